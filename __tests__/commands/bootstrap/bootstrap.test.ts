import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { bootstrap } from "../../../commands/bootstrap/bootstrap";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import { Session } from "../../../commands/session/session";
import { loadEnvironment, type Environment, type Overrides } from "../../../environments";
import { localState } from "../../../environments/local-state";
import { CI } from "../../constructs/ci/scope";
import { headError, sdkError } from "../sdk-error";
import { changing, print, standIn, type Answer, type Answers, type StandIn } from "../terraform/stand-in";

jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));
jest.mock("../../../stacks/synthesize", () => jest.requireActual("../terraform/stand-in"));
jest.mock("../../../environments/bootstrap", () => {
  const { bootstrapOf } = jest.requireActual("../../../environments/bootstrap");
  return { bootstrapOf: (...given: unknown[]) => bootstrapOf(...given, (name: string) => mockLoad(name)) };
});
// Not next to this project's own cdktf.json.
jest.mock("../../../environments/local-state", () => ({
  ...jest.requireActual<object>("../../../environments/local-state"),
  localState: (environment: string, stack: string) =>
    jest.requireActual("node:path").join(mockProject, `terraform.${environment}.${stack}.tfstate`),
}));

const iam = mockClient(IAMClient);
const s3 = mockClient(S3Client);
const sts = mockClient(STSClient);
const prod = loadEnvironment("prod", { overrides: CI });
const BUCKET = "aws_s3_bucket.x";
const YES = { yes: true, allowDelete: false };
const CI_VARIABLE = process.env["CI"];

let mockProject: string;
/** The other environments. */
let mockLoad: (name: string) => Environment;
let terraform: StandIn;
let printed: string[];
beforeEach(() => {
  // Plain output, whatever terminal the tests run in.
  process.env["CI"] = "true";
  printed = [];
  mockLoad = loadEnvironment;
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  terraform = standIn();
  mockProject = join(terraform.folder, "project");
  mkdirSync(mockProject);
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
  iam.reset();
  iam.on(GetOpenIDConnectProviderCommand).rejects(sdkError("NoSuchEntityException"));
  s3.reset();
  s3.on(HeadBucketCommand).rejects(headError(404));
  s3.on(GetBucketPolicyCommand).rejects(sdkError("NoSuchBucketPolicy"));
  s3.on(GetBucketLifecycleConfigurationCommand).rejects(sdkError("NoSuchLifecycleConfiguration"));
});
afterEach(() => {
  if (CI_VARIABLE === undefined) delete process.env["CI"];
  else process.env["CI"] = CI_VARIABLE;
  jest.restoreAllMocks();
  terraform.remove();
  // Whatever a test asks for.
  for (const { args } of s3.calls())
    expect(args[0].input).toMatchObject({ Bucket: "wbot-state", ExpectedBucketOwner: "111122223333" });
});

const file = () => localState("wbot-state", "bootstrap");
const options = () =>
  JSON.parse(
    readFileSync(
      join(terraform.folder, "out", "bootstrap", "wbot-state", "stacks", "bootstrap", "options.json"),
      "utf8",
    ),
  ) as { state: string; existingProvider?: string; existingBucket?: unknown };
const state = JSON.stringify({ version: 4, lineage: "one", resources: [] });
const bucket = () => join(terraform.folder, "bucket");
const writesState = () => {
  writeFileSync(file(), state);
  return {};
};
/** Terraform, with a bucket that stores what it is sent. */
const answers = (show: Answer): Answers => ({
  show,
  apply: writesState,
  state: ({ args: [, word, from = ""] }) => {
    if (word === "pull")
      return print(existsSync(bucket()) ? readFileSync(bucket(), "utf8") : '{"version":4,"lineage":""}');
    if (word === "push") copyFileSync(from, bucket());
    return {};
  },
});
const bucketIsThere = () => s3.on(HeadBucketCommand).resolves({});

it("plans with a local state while there is no bucket, and moves that state into it", async () => {
  terraform.answer(answers(changing("create", BUCKET)));
  expect(await bootstrap(new Session(prod), YES)).toBe(0);
  expect(terraform.calls().map((call) => call.replace("bootstrap ", ""))).toEqual([
    "init",
    "plan",
    "show",
    "apply",
    "init",
    "state",
    "state",
    "state",
  ]);
  expect(readFileSync(join(terraform.folder, "bucket"), "utf8").trim()).toBe(state);
  expect([existsSync(file()), existsSync(`${file()}.moved`)]).toEqual([false, true]);
  expect(options()).toMatchObject({ state: "s3" });
  expect(options().existingProvider).toBeUndefined();
  expect(printed.join("\n")).toContain("Applied bootstrap: 1 created");
  expect(printed.at(-2)).toBe(
    "If CI is new to prod, give its roles access to the cluster, as an administrator: npx wbot deploy infra --env prod",
  );
});

it("says how to go on if it is interrupted while it moves the state", async () => {
  terraform.answer(answers(changing("create", BUCKET)));
  await bootstrap(new Session(prod), YES);
  expect(jest.mocked(ifInterrupted).mock.lastCall).toEqual([
    "bootstrap is applied; its local state is only set aside once it is in the bucket. To continue: npx wbot bootstrap --env prod",
  ]);
});

it("uses the state in the bucket from then on, and changes nothing if everything is in place", async () => {
  bucketIsThere();
  terraform.answer(answers(print({ resource_changes: [] })));
  expect(await bootstrap(new Session(prod), { yes: false, allowDelete: false })).toBe(0);
  expect(options().state).toBe("s3");
  expect(terraform.calls()).toEqual(["bootstrap init", "bootstrap plan", "bootstrap show"]);
});

it("imports what already exists in AWS, and applies a plan that does nothing else", async () => {
  bucketIsThere();
  s3.on(GetBucketPolicyCommand).resolves({
    Policy: JSON.stringify({ Statement: [{ Sid: "WbotTlsOnly" }, { Sid: "WbotKmsOnly" }] }),
  });
  iam.on(GetOpenIDConnectProviderCommand).resolves({});
  const imported = { actions: ["no-op"], before: {}, after: {}, importing: { id: "wbot-state" } };
  const change = { address: BUCKET, mode: "managed", type: "aws_s3_bucket", change: imported };
  terraform.answer({ ...answers(print({ resource_changes: [change] })), apply: {} });
  await bootstrap(new Session(prod), YES);
  expect(options()).toMatchObject({
    existingProvider: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    existingBucket: { policy: true, lifecycle: false },
  });
  expect(printed.join("\n")).toContain("  ← state-bucket/bucket  aws_s3_bucket: imported, from wbot-state");
  expect(printed.join("\n")).toContain("Applied bootstrap: 1 imported");
});

it("shows the plan, and applies nothing without confirmation", async () => {
  terraform.answer(answers(changing("create", BUCKET)));
  await expect(bootstrap(new Session(prod), { yes: false, allowDelete: false })).rejects.toThrow(
    /^Nothing was changed: .+: npx wbot bootstrap --yes --env prod$/,
  );
  expect(printed.join("\n")).toContain("+ state-bucket/bucket");
  expect(terraform.calls()).not.toContain("bootstrap apply");
});

it("deletes nothing, such as the roles of an environment whose local file is missing, unless allowed", async () => {
  bucketIsThere();
  terraform.answer({ ...answers(changing("delete", BUCKET)), apply: {} });
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow(
    "Nothing was changed: this would delete state-bucket/bucket. Check that this machine has the settings of every environment that shares the bucket (environments/<name>.local.json). If they are meant to be deleted: npx wbot bootstrap --allow-delete --env prod",
  );
  await expect(bootstrap(new Session(prod), { yes: false, allowDelete: true })).rejects.toThrow(
    /: npx wbot bootstrap --yes --allow-delete --env prod$/,
  );
  expect(await bootstrap(new Session(prod), { yes: true, allowDelete: true })).toBe(0);
});

describe("the roles of an environment whose settings have another bucket", () => {
  const policy = (name: string) => `arn:aws:iam::111122223333:policy/${name}`;
  const ROLES: Parameters<typeof changing>[1][] = [
    ["aws_iam_role.plan", { arn: "arn:aws:iam::111122223333:role/wbot-staging-ci-plan" }],
    ["aws_iam_policy.boundary", { arn: policy("wbot-staging-boundary") }],
    ["aws_iam_role_policy_attachment.read", { policy_arn: policy("wbot-staging-ci-read") }],
  ];
  const otherBucket = { state: { kind: "s3", bucket: "another-state" } };
  const stagingIs = (overrides: Overrides) => {
    mockLoad = (name) => loadEnvironment(name, name === "staging" ? { overrides } : {});
  };
  beforeEach(() => {
    bucketIsThere();
    terraform.answer({ ...answers(changing("delete", ...ROLES)), apply: {} });
  });

  it("are never deleted, and the page on changing the bucket is named", async () => {
    stagingIs({ ...CI, ...otherBucket });
    await expect(bootstrap(new Session(prod), { yes: true, allowDelete: true })).rejects.toThrow(
      /^Nothing was changed: this would delete CI's roles of staging, which are in use, .+ than wbot-state\. .+: docs\/recovery\.md, "Another state bucket"\. .+, which deletes nothing: \S*terraform -chdir=\S+ state rm aws_iam_role\.plan aws_iam_policy\.boundary aws_iam_role_policy_attachment\.read$/,
    );
    expect(terraform.calls()).not.toContain("bootstrap apply");
    const page = readFileSync(join(__dirname, "../../../docs/recovery.md"), "utf8");
    expect(page).toContain("\n## Another state bucket\n");
  });

  it("may be deleted once it has no CI", async () => {
    stagingIs(otherBucket);
    expect(await bootstrap(new Session(prod), { yes: true, allowDelete: true })).toBe(0);
  });

  it("may be deleted in an account that it has left", async () => {
    const access = { admins: ["arn:aws:iam::444455556666:role/a"] };
    stagingIs({ ...CI, ...otherBucket, account: "444455556666", access });
    expect(await bootstrap(new Session(prod), { yes: true, allowDelete: true })).toBe(0);
  });
});

it("continues with the local state of an interrupted run", async () => {
  bucketIsThere();
  terraform.answer(answers(changing("create", BUCKET)));
  terraform.answer({
    ...answers(changing("create", BUCKET)),
    apply: () => ({ ...writesState(), code: 1 }),
  });
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow();
  terraform.answer(answers(changing("create", BUCKET)));
  await bootstrap(new Session(prod), YES);
  expect(existsSync(`${file()}.moved`)).toBe(true);
});

it("says what to configure if the state is in local files, and creates nothing", async () => {
  await expect(bootstrap(new Session(loadEnvironment("dev")), YES)).rejects.toThrow(
    'The environment "dev" keeps its state in local files, and nothing was created. To keep it in a bucket, add to environments/dev.ts:\n\n  account: "111122223333",\n  state: { kind: "s3", bucket: "wbot-state-111122223333-us-east-1" },\n\nthen run this command again.',
  );
  expect(s3.calls()).toEqual([]);
});

it("creates nothing in an account other than the environment's", async () => {
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "444455556666", Arn: "arn:aws:iam::444455556666:root" });
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow("Nothing was created.");
  expect(iam.calls()).toEqual([]);
});

it("refuses a bucket that it can't access, or whose own rules it would delete", async () => {
  s3.on(HeadBucketCommand).rejects(headError(403));
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow(
    "The bucket wbot-state belongs to another account, or you have no access to it",
  );
  s3.on(HeadBucketCommand).rejects(headError(301, { "x-amz-bucket-region": "eu-west-1" }));
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow(
    "The bucket wbot-state is in eu-west-1: set state.region, or, if it isn't yours, choose another name",
  );
  bucketIsThere();
  s3.on(GetBucketPolicyCommand).resolves({
    Policy: JSON.stringify({ Statement: [{ Sid: "WbotTlsOnly" }, { Sid: "Theirs" }] }),
  });
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow(
    "The bucket wbot-state has policy statements that this stack would delete: Theirs. Nothing was changed.",
  );
  s3.on(GetBucketPolicyCommand).rejects(sdkError("NoSuchBucketPolicy"));
  s3.on(GetBucketLifecycleConfigurationCommand).resolves({ Rules: [{ ID: "theirs", Status: "Enabled" }] });
  await expect(bootstrap(new Session(prod), YES)).rejects.toThrow(/ has lifecycle rules .*: theirs\./);
  expect(terraform.calls()).toEqual([]);
});
