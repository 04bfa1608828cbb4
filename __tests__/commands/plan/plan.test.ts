import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformOutput, type TerraformStack } from "cdktf";
import { apply, isApplicable, plan, planStack, type Plan } from "../../../commands/plan/plan";
import { stackFolders, type StackFolder } from "../../../commands/terraform/stack-folder";
import { pulled } from "../../../commands/terraform/state";
import { loadEnvironment } from "../../../environments";
import { Deployed } from "../../deployed";
import { describeWith, TERRAFORM } from "../../programs";
import { print, standIn, VPC, type Answer, type Answers, type StandIn } from "../terraform/stand-in";
import { resource } from "./plans";

jest.mock("../../../stacks/synthesize", () => jest.requireActual("../terraform/stand-in"));

let terraform: StandIn;
let folder: StackFolder;
beforeEach(() => {
  terraform = standIn();
  folder = stackFolders(loadEnvironment("dev")).infra;
});
afterEach(() => {
  terraform.remove();
});

async function planned(show: Answer, answers: Answers = {}): Promise<Plan> {
  terraform.answer({ show, ...answers });
  return plan(folder);
}

it("says what a saved plan does to resources and outputs", async () => {
  const { changes, outputs } = await planned(
    print({
      resource_changes: [resource(VPC, ["create"], null, {}), resource("aws_x.x", ["create"], null, {})],
      output_changes: { url: { actions: ["create"], before: null, after: "a", after_unknown: false } },
    }),
  );
  expect(changes.map(({ name }) => name)).toEqual(["network/vpc", "aws_x.x"]);
  expect(outputs.map(({ path }) => path)).toEqual(["url"]);
});

it.each([
  ["Terraform says so", { applyable: true }, true],
  [
    "Terraform says otherwise",
    { applyable: false, resource_changes: [resource(VPC, ["update"], {}, {})] },
    false,
  ],
  ["it does not say, and nothing changes", {}, false],
  [
    "Terraform doesn't say, and a resource is moved",
    { resource_changes: [resource(VPC, ["no-op"], {}, {}, { previous_address: "aws_vpc.a" })] },
    true,
  ],
  [
    "Terraform doesn't say, and an output changes",
    { output_changes: { a: { actions: ["delete"], before: 1, after: null, after_unknown: false } } },
    true,
  ],
])("may be applied or not, as %s", async (_, json, applicable) => {
  expect(isApplicable(await planned(print(json)))).toBe(applicable);
});

describeWith([TERRAFORM], "a change of outputs alone, with Terraform itself", () => {
  it("is applied, and then in the state", async () => {
    delete process.env["TERRAFORM_BINARY_NAME"];
    const stack = new Deployed();
    const printing = (value: string) => (scope: TerraformStack) =>
      new TerraformOutput(scope, "url", { value });
    try {
      await stack.init(printing("a"));
      await stack.deploy(printing("a"));
      const made = await stack.planned(printing("b"));
      expect([isApplicable(made), made.changes, made.outputs.map(({ path }) => path)]).toEqual([
        true,
        [],
        ["url"],
      ]);
      await apply(made, () => undefined);
      expect(await pulled(made.folder, "")).toMatchObject({ outputs: { url: { value: "b" } } });
      expect(isApplicable(await stack.planned(printing("b")))).toBe(false);
    } finally {
      stack.remove();
    }
  }, 60_000);
});

it("writes first a state that an earlier apply could not", async () => {
  writeFileSync(join(folder.path, "errored.tfstate"), "{}");
  terraform.answer({ show: print({}) });
  await planStack(folder, { silent: true });
  expect(terraform.calls()).toEqual(["infra init", "infra state", "infra plan", "infra show"]);
  expect(terraform.lines()[1]).toBe("state push -lock-timeout=10s errored.tfstate");
});

it("counts both halves of a replacement", async () => {
  const hook = (type: string, addr: string) => JSON.stringify({ type, hook: { resource: { addr } } });
  const replaced = (address: string) => resource(address, ["delete", "create"], {}, {});
  const half = (address: string, end: string) => [hook("apply_start", address), hook(end, address)];
  const made = await planned(print({ resource_changes: [replaced(VPC), replaced("aws_x.x")] }), {
    apply: print(
      [
        ...half(VPC, "apply_complete"),
        ...half(VPC, "apply_complete"),
        ...half("aws_x.x", "apply_errored"),
      ].join("\n"),
    ),
  });
  const lines: string[] = [];
  await apply(made, (line) => lines.push(line));
  expect(lines).toEqual([
    "0 of 4: network/vpc",
    "1 of 4",
    "1 of 4: network/vpc",
    "2 of 4",
    "2 of 4: aws_x.x",
    "3 of 4",
  ]);
});

it("reports the progress of an apply, and what has been running longest", async () => {
  const hook = (type: string, addr: string) => JSON.stringify({ type, hook: { resource: { addr } } });
  const moved = resource("aws_x.new", ["no-op"], {}, {}, { previous_address: "aws_x.old" });
  const made = await planned(
    print({
      resource_changes: [
        resource("aws_lb.nlb", ["create"], null, {}),
        resource(VPC, ["create"], null, {}),
        moved,
      ],
    }),
    {
      apply: print(
        [
          hook("apply_start", "data.aws_vpc.d"),
          hook("apply_start", VPC),
          "a wrapper's own line",
          hook("apply_start", "aws_lb.nlb"),
          hook("apply_complete", "aws_lb.nlb"),
          hook("apply_complete", VPC),
        ].join("\n"),
      ),
    },
  );
  const lines: string[] = [];
  await apply(made, (line) => lines.push(line));
  expect(lines).toEqual(["0 of 2: network/vpc", "0 of 2: network/vpc", "1 of 2: network/vpc", "2 of 2"]);

  // What is known of its trouble is more than its name.
  const watch = {
    stop: new AbortController().signal,
    changing: () => undefined,
    trouble: "wbot-ai-1: crashed",
  };
  await apply(made, (line) => lines.push(line), watch);
  expect(lines[4]).toBe("0 of 2: wbot-ai-1: crashed");
});
