import { join, relative } from "node:path";
import { localState, localStateFrom } from "../../environments/local-state";

const PROJECT = join(__dirname, "../..");
const FILE = join(PROJECT, "terraform.dev.app.tfstate");

it("is next to cdktf.json", () => {
  expect(localState("dev", "app")).toBe(FILE);
});

it("has the same path in every checkout, relative to a folder in it", () => {
  const folder = join(PROJECT, "cdktf.out/dev/stacks/app");
  expect(localStateFrom(folder, "dev", "app")).toBe("../../../../terraform.dev.app.tfstate");
  expect(localStateFrom(relative(process.cwd(), folder), "dev", "app")).toBe(
    "../../../../terraform.dev.app.tfstate",
  );
});

it("has an absolute path for a folder elsewhere", () => {
  expect(localStateFrom("/somewhere/dev/stacks/app", "dev", "app")).toBe(FILE);
  expect(localStateFrom(`${PROJECT}-copy/stacks/app`, "dev", "app")).toBe(FILE);
});
