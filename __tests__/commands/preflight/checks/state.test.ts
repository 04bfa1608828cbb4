import { rmSync, writeFileSync } from "node:fs";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import {
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { headError, sdkError } from "../../sdk-error";
import { eks, look } from "../look";

const mockFile = `${__filename}.tfstate`;
jest.mock("../../../../environments/local-state", () => ({
  ...jest.requireActual<object>("../../../../environments/local-state"),
  localState: () => mockFile,
}));

const s3 = mockClient(S3Client);
beforeEach(() => {
  s3.reset();
  rmSync(mockFile, { force: true });
  eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
  s3.on(GetBucketVersioningCommand).resolves({ Status: "Enabled" });
});
afterAll(() => {
  rmSync(mockFile, { force: true });
});

// Whatever a test asks for.
afterEach(() => {
  for (const { args } of s3.calls())
    expect(args[0].input).toMatchObject({ Bucket: "wbot-state", ExpectedBucketOwner: "222233334444" });
});

const lost = (where: string) => [
  [
    "fail",
    `the cluster wbot-dev exists, but its state is not in ${where}: it was deployed from elsewhere, such as another clone or bucket, or the state was lost`,
    "Delete nothing. Find that state, and set `state` in environments/dev.ts to its bucket, or deploy from the checkout with its file. docs/recovery.md says how to move it to another bucket, and what to do if it is lost",
  ],
];

it.each([
  ["no local state", undefined],
  ["an empty one", '{"version":4,"resources":[]}'],
])("fails with %s beside a living cluster, and advises to delete nothing", async (_, state) => {
  if (state !== undefined) writeFileSync(mockFile, state);
  expect(await look("state")).toEqual(lost("the file state.test.ts.tfstate"));
});

it("passes with a local state that has resources, and before the first deploy", async () => {
  for (const kept of ['"resources":[{}]', '"encrypted_data":"x"']) {
    writeFileSync(mockFile, `{"version":4,${kept}}`);
    expect((await look("state"))[0]?.[0]).toBe("pass");
  }
  rmSync(mockFile);
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  expect((await look("state"))[0]?.[0]).toBe("pass");
});

it("fails in a job whose first deploy would lose its state, and only there", async () => {
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  jest.replaceProperty(process, "env", { ...process.env, CI: "true" });
  expect(await look("state")).toEqual([
    [
      "fail",
      "local files, which are lost when this job ends (CI is set): nothing could then change or destroy what it deployed",
      "npx wbot bootstrap --env dev (if this job also destroys it, or its files are kept, unset CI)",
    ],
  ]);
  process.env["CI"] = "false";
  expect((await look("state"))[0]?.[0]).toBe("pass");
  process.env["CI"] = "true";
  writeFileSync(mockFile, '{"version":4,"resources":[{}]}');
  expect((await look("state"))[0]?.[0]).toBe("pass");
  rmSync(mockFile);
  process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566";
  expect((await look("state"))[0]?.[0]).toBe("pass");
});

const holding = (state: string) => ({
  Body: { transformToString: () => Promise.resolve(state) } as never,
});
const BUCKET = { state: { kind: "s3", bucket: "wbot-state" } };

it("fails with a bucket that lacks the state of a living cluster, unless it can't be asked", async () => {
  s3.on(GetObjectCommand, { Key: "wbot/dev/infra.tfstate" }).rejects(sdkError("NoSuchKey"));
  expect(await look("state", BUCKET)).toEqual(lost("s3://wbot-state/wbot/dev/infra.tfstate"));
  s3.on(GetObjectCommand, { Key: "wbot/dev/infra.tfstate" }).rejects(sdkError("AccessDenied"));
  expect((await look("state", BUCKET))[0]?.[0]).toBe("pass");
  s3.on(GetObjectCommand, { Key: "wbot/dev/infra.tfstate" }).resolves(holding('{"resources":[{}]}'));
  expect((await look("state", BUCKET))[0]?.[0]).toBe("pass");
});

it("fails with an empty state in a bucket beside a living cluster", async () => {
  s3.on(GetObjectCommand).resolves(holding('{"version":4,"resources":[]}'));
  expect(await look("state", BUCKET)).toEqual(lost("s3://wbot-state/wbot/dev/infra.tfstate"));
});

it.each([undefined, "Suspended"] as const)("warns of a bucket whose versioning is %s", async (Status) => {
  s3.on(GetBucketVersioningCommand).resolves(Status === undefined ? {} : { Status });
  s3.on(GetObjectCommand).resolves(holding('{"resources":[{}]}'));
  expect((await look("state", BUCKET))[0]?.slice(0, 2)).toEqual([
    "warn",
    "the bucket wbot-state is not versioned: a broken state could not be restored",
  ]);
  // Worse.
  s3.on(GetObjectCommand).rejects(sdkError("NoSuchKey"));
  expect(await look("state", BUCKET)).toEqual(lost("s3://wbot-state/wbot/dev/infra.tfstate"));
});

it.each([
  [headError(404), "the bucket wbot-state does not exist", ["npx wbot bootstrap --env dev"]],
  [headError(403), "the bucket wbot-state denies you access, or belongs to another account", []],
  [
    headError(301, { "x-amz-bucket-region": "eu-west-1" }),
    "the bucket wbot-state is in eu-west-1: set state.region",
    [],
  ],
])("fails with a bucket that can't be used, and says why", async (error, why, fix) => {
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  s3.on(HeadBucketCommand).rejects(error);
  s3.on(GetObjectCommand).rejects(error);
  expect(await look("state", BUCKET)).toEqual([["fail", why, ...fix]]);
});
