import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackName } from "../../../stacks/stack-names";
import { validate } from "../../../commands/terraform/validate";
import { print, refusing, standIn, type Answer, type Call, type StandIn } from "./stand-in";

let terraform: StandIn;
let root: string;
let stacks: { environment: string; stack: StackName; path: string }[];
beforeEach(() => {
  terraform = standIn();
  root = join(terraform.folder, "all");
  stacks = (["dev", "prod"] as const).flatMap((environment) =>
    (["infra", "app"] as StackName[]).map((stack) => {
      const path = join(root, environment, "stacks", stack);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "cdk.tf.json"), "{}");
      return { environment, stack, path };
    }),
  );
});
afterEach(() => {
  terraform.remove();
});

const error = (filename: string, context: string) => ({
  severity: "error",
  summary: "Extraneous JSON object property",
  detail: 'No argument or block type is named "nmae".',
  range: { filename },
  snippet: { context },
});
const warning = { severity: "warning", summary: "Backend configuration ignored", detail: "" };
const invalid = (...diagnostics: readonly object[]): Answer => ({
  ...print({ valid: false, diagnostics }),
  code: 1,
});
const good = { validate: print({ valid: true, diagnostics: [warning] }) };

it("validates all stacks at once, as modules of one configuration", async () => {
  terraform.answer(good);
  expect(await validate(root, stacks)).toEqual({ invalid: [] });
  expect(terraform.calls()).toEqual(["all init", "all validate"]);
  expect(JSON.parse(readFileSync(join(root, "main.tf.json"), "utf8")).module).toMatchObject({
    "dev-stacks-infra": { source: "./dev/stacks/infra" },
    "prod-stacks-app": { source: "./prod/stacks/app" },
  });
});

it("leaves out import blocks, which Terraform refuses in modules", async () => {
  terraform.answer(good);
  const file = join(stacks[0]?.path ?? "", "cdk.tf.json");
  writeFileSync(file, JSON.stringify({ import: [{ to: "aws_x.y", id: "z" }], resource: {} }));
  await validate(root, stacks);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ resource: {} });
});

it("reports what is wrong with a stack, by its resource", async () => {
  terraform.answer({
    validate: invalid(
      warning,
      error("prod/stacks/infra/cdk.tf.json", "resource.aws_vpc.v"),
      error("prod/stacks/app/cdk.tf.json", "data.aws_x.y"),
    ),
  });
  const [, , infra, app] = stacks;
  const problem = 'No argument or block type is named "nmae".';
  expect(await validate(root, stacks)).toEqual({
    invalid: [
      { stack: infra, address: "aws_vpc.v", problem },
      { stack: app, address: "data.aws_x.y", problem },
    ],
  });
});

it("reports an error that has no place with every stack", async () => {
  terraform.answer({ validate: { ...print("Killed"), code: 1 } });
  expect((await validate(root, stacks)).invalid).toEqual(
    stacks.map((stack) => ({ stack, problem: "Killed" })),
  );
});

it("says that nothing was validated where Terraform is missing", async () => {
  process.env["TERRAFORM_BINARY_NAME"] = "no-such-program";
  expect(await validate(root, stacks)).toEqual({
    invalid: [],
    missing: '"no-such-program" can\'t be run: spawn no-such-program ENOENT',
  });
});

it.each([
  [
    "can't be had",
    () => refusing("Error: Failed to query available provider packages"),
    "(Error: Failed to query available provider packages)",
  ],
  [
    "take too long",
    async ({ interrupted }: Call) => {
      await interrupted();
      return refusing("Error: interrupted");
    },
    "within 0.03 s",
  ],
])("says why nothing was validated where the providers %s", async (_, init, why) => {
  terraform.answer({ init });
  expect(await validate(root, stacks, { initMs: 30 })).toEqual({
    invalid: [],
    missing: `terraform init could not get the providers ${why}`,
  });
});

it("says so where a variable would change what Terraform does", async () => {
  process.env["TF_DATA_DIR"] = "elsewhere";
  const { missing } = await validate(root, stacks).finally(() => delete process.env["TF_DATA_DIR"]);
  expect(missing).toMatch(/^TF_DATA_DIR is set: /);
  expect(terraform.calls()).toEqual([]);
});
