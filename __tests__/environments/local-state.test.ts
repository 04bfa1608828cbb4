import { join, relative } from "node:path";
import { localState, localStateFrom } from "../../environments/local-state";

const PROJECT = join(__dirname, "../..");
const FILE = join(PROJECT, "terraform.dev.app.tfstate");

it("lies beside cdktf.json", () => {
  expect(localState("dev", "app")).toBe(FILE);
});

it("is named alike in every checkout, from a folder in it", () => {
  const folder = join(PROJECT, "cdktf.out/dev/stacks/app");
  expect(localStateFrom(folder, "dev", "app")).toBe("../../../../terraform.dev.app.tfstate");
  expect(localStateFrom(relative(process.cwd(), folder), "dev", "app")).toBe(
    "../../../../terraform.dev.app.tfstate",
  );
});

it("is named from the root, from a folder elsewhere", () => {
  expect(localStateFrom("/somewhere/dev/stacks/app", "dev", "app")).toBe(FILE);
  expect(localStateFrom(`${PROJECT}-copy/stacks/app`, "dev", "app")).toBe(FILE);
});
