import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackName } from "../../../stacks/stack-names";
import { validate } from "../../../commands/terraform/validate";
import { prints, script, type Script } from "./script";

let terraform: Script;
let root: string;
let stacks: { environment: string; stack: StackName; path: string }[];
beforeEach(() => {
  terraform = script();
  root = join(terraform.folder, "all");
  stacks = (["dev", "prod"] as const).flatMap((environment) =>
    (["infra", "app"] as StackName[]).map((stack) => {
      const path = join(root, environment, "stacks", stack);
      mkdirSync(path, { recursive: true });
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
const refusing = (...diagnostics: readonly object[]) => `${prints({ valid: false, diagnostics })}\nexit 1`;
const good = { init: "", validate: prints({ valid: true, diagnostics: [warning] }) };

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
    ...good,
    validate: refusing(
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
  terraform.answer({ ...good, validate: "echo Killed; exit 1" });
  const { invalid } = await validate(root, stacks);
  expect(invalid).toEqual(stacks.map((stack) => ({ stack, problem: "Killed" })));
});

it.each([
  ["Terraform is missing", undefined, /^"\/.*\/terraform" can't be run: spawn .* ENOENT$/],
  [
    "the providers can't be had",
    { init: "echo 'Error: Failed to query available provider packages' >&2; exit 1" },
    /^terraform init could not get the providers \(Error: Failed to query available provider packages\)$/,
  ],
  [
    "the providers take too long",
    { init: "exec sleep 30" },
    /^terraform init did not get the providers within 0\.3 s$/,
  ],
])("says why nothing was validated where %s", async (_, answers, missing) => {
  if (answers) terraform.answer(answers);
  expect(await validate(root, stacks, { initMs: 300 })).toEqual({
    invalid: [],
    missing: expect.stringMatching(missing),
  });
});

it("says so where a variable would change what Terraform does", async () => {
  process.env["TF_DATA_DIR"] = "elsewhere";
  const { missing } = await validate(root, stacks).finally(() => delete process.env["TF_DATA_DIR"]);
  expect(missing).toMatch(/^TF_DATA_DIR is set: /);
  expect(terraform.calls()).toEqual([]);
});
