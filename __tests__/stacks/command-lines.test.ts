import { resolve } from "node:path";
import { argument, terraformLine, terraformProgram } from "../../stacks/command-lines";

it.each([
  ["docs/a_b-c.json", "docs/a_b-c.json"],
  ["/home/me/a b", "'/home/me/a b'"],
  ["it's", "'it'\\''s'"],
  ['aws_eks_node_group.spot["a"]', `'aws_eks_node_group.spot["a"]'`],
  ["", "''"],
])("writes %j as one word of a shell's line", (text, word) => {
  expect(argument(text)).toBe(word);
});

it("finds a program by its name on the PATH, and by a path from wherever it runs", () => {
  const program = (name: string) => terraformProgram({ TERRAFORM_BINARY_NAME: name });
  expect(program("tofu")).toBe("tofu");
  expect(program("./bin/tofu")).toBe(resolve("bin", "tofu"));
  expect(program("/opt/tofu")).toBe("/opt/tofu");
  expect(program("")).toBe("terraform");
});

describe("a line that runs Terraform", () => {
  afterEach(() => {
    delete process.env["TERRAFORM_BINARY_NAME"];
    delete process.env["INIT_CWD"];
  });

  it("works in a path with spaces, and with addresses that have keys", () => {
    expect(terraformLine("/a b/infra", "import", 'aws_x.y["z"]', "id")).toBe(
      `terraform -chdir='/a b/infra' import 'aws_x.y["z"]' id`,
    );
  });

  it("works in any checkout of the project", () => {
    expect(terraformLine(resolve("cdktf.out/prod/stacks/infra"), "state", "list")).toBe(
      "terraform -chdir=cdktf.out/prod/stacks/infra state list",
    );
  });

  it.each([
    ["the stack's own folder", resolve("cdktf.out/prod/stacks/infra")],
    ["another folder of the project, as npm says", resolve("docs")],
  ])("works in %s", (_, shell) => {
    process.env["INIT_CWD"] = shell;
    const folder = resolve("cdktf.out/prod/stacks/infra");
    expect(terraformLine(folder, "state", "list")).toBe(`terraform -chdir=${argument(folder)} state list`);
  });

  it("runs what runs in Terraform's place", () => {
    process.env["TERRAFORM_BINARY_NAME"] = "tofu";
    expect(terraformLine("out", "state", "list")).toBe("tofu -chdir=out state list");
    process.env["TERRAFORM_BINARY_NAME"] = "/my programs/tofu";
    expect(terraformLine("out", "state", "list")).toBe("'/my programs/tofu' -chdir=out state list");
  });
});
