import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { harness } from "../harness";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import { listVersions, restoreVersion } from "../../../commands/state/versions";
import { loadEnvironment } from "../../../environments";
import { print, refusing, type Call } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";
import { sdkError } from "../sdk-error";

jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));

const { terraform, person, printed, text } = harness();
const s3 = mockClient(S3Client);
mockClient(STSClient)
  .on(GetCallerIdentityCommand)
  .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:user/me" });
const prod = loadEnvironment("prod", { overrides: { state: { kind: "s3", bucket: "states" } } });
const KEY = "wbot/prod/infra.tfstate";

const state = (serial: number, ...names: string[]) => ({
  version: 4,
  lineage: "one",
  serial,
  resources: names.map((name) => ({ mode: "managed", type: "aws_vpc", name, instances: [{}] })),
});

let pushed: unknown[];
beforeEach(() => {
  s3.reset();
  pushed = [];
  today(state(7, "kept", "new"));
});

// Whatever a test asks for.
afterEach(() => {
  for (const { args } of s3.calls())
    expect(args[0].input).toMatchObject({ Bucket: "states", ExpectedBucketOwner: "111122223333" });
});

const today = (now: object) => {
  terraform.answer({
    state: ({ args: [, what, path = ""] }: Call) => {
      if (what === "pull") return print(now);
      pushed.push(JSON.parse(readFileSync(path, "utf8")));
      return {};
    },
  });
};
const version = (earlier: object) =>
  s3.on(GetObjectCommand, { Bucket: "states", Key: KEY, VersionId: "v5" }).resolves({
    Body: { transformToString: () => Promise.resolve(JSON.stringify(earlier)) } as never,
  });
const restore = (yes = true) => restoreVersion(new Session(prod), "infra", "v5", yes);

it("lists the versions of one state, newest first", async () => {
  const at = (day: number) => new Date(Date.UTC(2026, 9, day));
  s3.on(ListObjectVersionsCommand, { Bucket: "states", Prefix: KEY }).resolves({
    Versions: [
      { Key: KEY, VersionId: "v7", LastModified: at(7), Size: 300_000, IsLatest: true },
      { Key: KEY, VersionId: "v5", LastModified: at(5), Size: 1_000, IsLatest: false },
      { Key: `${KEY}.tflock`, VersionId: "a-lock", LastModified: at(5), Size: 10, IsLatest: false },
    ],
  });
  expect(await listVersions(new Session(prod), "infra")).toBe(0);
  expect(
    text()
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["v7", "2026-10-07T00:00:00.000Z", "293 KiB", "current"],
    ["v5", "2026-10-05T00:00:00.000Z", expect.stringMatching(/^1 KiB/)],
  ]);
});

it("says so where there is none", async () => {
  s3.on(ListObjectVersionsCommand).resolves({});
  expect(await listVersions(new Session(prod), "infra")).toBe(1);
  expect(printed).toEqual([`states has no state of infra (${KEY}).`]);
});

it("writes an earlier version as the newest, so that a write in between makes Terraform refuse it", async () => {
  version(state(5, "kept", "old"));
  expect(await restore()).toBe(0);
  expect(pushed).toEqual([state(8, "kept", "old")]);
  expect(terraform.calls()).toEqual(["infra init", "infra state", "infra state"]);
  expect(terraform.lines().at(-1)).not.toContain("-force");
  expect(text()).toBe(
    [
      "2 resources, 2 today:",
      "  + aws_vpc.old is in the state again",
      "  - aws_vpc.new is forgotten: it stays, but no stack manages it",
      "Restored. No resource was changed; see what a deploy would now do: npx wbot diff infra --env prod",
    ].join("\n"),
  );
});

it("says, if it is interrupted while it writes, how to see what was written", async () => {
  version(state(5, "kept"));
  const before: unknown[] = [];
  terraform.answer({
    state: ({ args: [, what] }: Call) => {
      before.push([what, ...(jest.mocked(ifInterrupted).mock.lastCall ?? [])]);
      return what === "pull" ? print(state(7)) : {};
    },
  });
  jest.mocked(ifInterrupted).mockClear();
  await restore();
  expect(before).toEqual([
    ["pull"],
    ["push", "To see whether this version is the current one now: npx wbot state versions infra --env prod"],
  ]);
});

it("brings back a state that was deleted", async () => {
  version(state(5, "kept"));
  today({ version: 4, lineage: "" });
  expect(await restore()).toBe(0);
  expect(pushed).toEqual([state(6, "kept")]);
});

it("asks first, and writes nothing without a yes", async () => {
  version(state(5, "kept"));
  await expect(restore(false)).rejects.toThrow(/^Nothing was written: .+: --yes$/);
  person.answers = [false];
  await expect(restore(false)).rejects.toThrow("Nothing was written: not confirmed.");
  expect(person.asked).toEqual(["Restore this state of infra in prod?"]);
  expect(pushed).toEqual([]);
});

it("is refused while an apply's state is still unwritten: after a newer one, it never could be", async () => {
  version(state(5, "kept"));
  const session = new Session(prod);
  const file = join((await session.synthesized()).infra.path, "errored.tfstate");
  writeFileSync(file, "{}");
  await expect(restoreVersion(session, "infra", "v5", false)).rejects.toThrow(
    `An apply of infra could not write its state, which is now only in ${file} and must be written first: without it, a plan would be wrong, and a newer state would keep it from ever being written. To write it: npx wbot state push --env dev\nIf that says that it can't be written any more, move the file out of that folder, keep it, and run this again.`,
  );
  expect(terraform.calls()).toEqual([]);
});

it("says so where there is no such version", async () => {
  s3.on(GetObjectCommand).rejects(sdkError("NoSuchVersion", "no"));
  await expect(restore()).rejects.toThrow(
    "The state of infra in states has no version v5. To see them: npx wbot state versions infra --env prod",
  );
});

it("passes on why Terraform refuses it", async () => {
  version(state(5, "kept"));
  terraform.answer({
    state: ({ args: [, what] }: Call) => (what === "pull" ? print(state(7)) : refusing("locked")),
  });
  await expect(restore()).rejects.toThrow(
    "terraform state push failed for infra, and the state is left as it is:\n\n  locked",
  );
});

it("says where the last state of local files is", async () => {
  await expect(listVersions(new Session(loadEnvironment("dev")), "app")).rejects.toThrow(
    'The environment "dev" keeps its state in local files, which have no versions, only the last one: terraform.dev.app.tfstate.backup',
  );
});
