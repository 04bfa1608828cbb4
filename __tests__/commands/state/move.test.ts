import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { harness } from "../harness";
import { moveState } from "../../../commands/state/move";
import type { StackName } from "../../../stacks/stack-names";
import { loadEnvironment } from "../../../environments";
import { localState } from "../../../environments/local-state";
import { print, refusing, type Answer, type Call } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";

const { terraform, printed, text } = harness();
let bucket: Record<string, string>;
/** Stacks whose state was sent to the bucket. */
let pushes: string[];
const dev = loadEnvironment("dev", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
beforeEach(() => {
  terraform.answer(BUCKET);
  bucket = {};
  pushes = [];
});

/** A bucket that keeps what it is sent, by stack; what was never written is told as a state of no lineage. */
const bucketThat = (receives: (sent: string) => string | Answer) => ({
  state: ({ stack, args: [, what, path = ""] }: Call) => {
    if (what === "pull") return print(bucket[stack] ?? { version: 4, lineage: "" });
    pushes.push(stack);
    const received = receives(readFileSync(path, "utf8"));
    if (typeof received !== "string") return received;
    bucket[stack] = received;
    return {};
  },
});
const BUCKET = bucketThat((sent) => sent);
const state = (lineage: string, ...ids: string[]) =>
  JSON.stringify({
    version: 4,
    lineage,
    resources: [
      { mode: "managed", type: "aws_vpc", name: "x", instances: ids.map((id) => ({ attributes: { id } })) },
      { mode: "data", type: "aws_region", name: "x", instances: [{ attributes: {} }] },
    ],
  });
const file = (stack: StackName) => localState("dev", stack);
const here = (stack: StackName, text: string) => {
  writeFileSync(file(stack), text);
};

/** The local file is as it was, and nothing was set aside. */
function expectKept(stack: StackName, content: string): void {
  expect(readFileSync(file(stack), "utf8")).toBe(content);
  expect(existsSync(`${file(stack)}.moved`)).toBe(false);
}

const deletable = (files: string) =>
  `The local files contain secrets. Once a diff has shown that nothing changes, delete them:\n  rm ${files}`;

it("moves both states, says how many resources they have, and sets the local files aside", async () => {
  here("infra", state("one", "vpc-1", "vpc-2"));
  here("app", state("two", "vpc-3"));
  expect(await moveState(new Session(dev))).toBe(0);
  expect(bucket["infra"]).toBe(state("one", "vpc-1", "vpc-2"));
  expect(bucket["app"]).toBe(state("two", "vpc-3"));
  for (const stack of ["infra", "app"] as const) expect(existsSync(file(stack))).toBe(false);
  expect(readFileSync(`${file("infra")}.moved`, "utf8")).toBe(state("one", "vpc-1", "vpc-2"));
  expect(text()).toBe(
    [
      "Moving the state of infra to a-bucket …",
      // By name: a pattern would take another environment's as well.
      "Moved the state of infra: 2 resources kept [0.1 s]",
      deletable(`${relative("", file("infra"))}.moved`),
      "Moving the state of app to a-bucket …",
      "Moved the state of app: 1 resources kept [0.1 s]",
      deletable(`${relative("", file("app"))}.moved`),
    ].join("\n"),
  );
});

it("names Terraform's own backups, which contain secrets, too", async () => {
  here("infra", state("one", "vpc-1"));
  writeFileSync(`${file("infra")}.backup`, state("one"));
  await moveState(new Session(dev));
  expect(printed.at(-1)).toContain(
    `delete them:\n  rm ${relative("", file("infra"))}.moved ${relative("", file("infra"))}.backup`,
  );
});

it("initializes each folder for the bucket first, and never lets Terraform migrate the state itself", async () => {
  here("app", state("two", "vpc-3"));
  await moveState(new Session(dev));
  expect(terraform.calls()).toEqual(["app init", "app state", "app state", "app state"]);
  expect(terraform.lines()[0]).toBe("init -reconfigure -input=false -no-color -lockfile=readonly");
});

it("continues an interrupted move: what has arrived is not pushed again", async () => {
  here("infra", state("one", "vpc-1"));
  // Terraform gives what is pushed another lineage.
  bucket["infra"] = state("another", "vpc-1");
  expect(await moveState(new Session(dev))).toBe(0);
  expect(pushes).toEqual([]);
  expect(existsSync(`${file("infra")}.moved`)).toBe(true);
});

it("has nothing to move without a local state, and names no backup of one: it may be the only copy", async () => {
  writeFileSync(`${file("infra")}.backup`, state("one", "vpc-1"));
  expect(await moveState(new Session(dev))).toBe(0);
  expect(printed).toEqual([
    'Nothing to move: dev has no local state next to cdktf.json. From another bucket: docs/recovery.md, "Another state bucket"',
  ]);
  expect(terraform.calls()).toEqual([]);
});

it("is refused without a bucket, with the command that creates one", async () => {
  here("infra", state("one", "vpc-1"));
  await expect(moveState(new Session(loadEnvironment("dev")))).rejects.toMatchObject({
    message:
      'The environment "dev" keeps its state in local files. To see how to use a bucket: npx wbot bootstrap --env dev',
    exitCode: 1,
  });
  expectKept("infra", state("one", "vpc-1"));
});

it("never overwrites another state in the bucket", async () => {
  here("infra", state("one", "vpc-1"));
  bucket["infra"] = state("one", "vpc-9");
  const path = join(terraform.folder, "out", "dev", "stacks", "infra");
  await expect(moveState(new Session(dev))).rejects.toThrow(
    new Error(
      `Nothing was overwritten: the bucket already has a different state of infra. Compare the two: ${terraform.folder}/terraform -chdir=${path} state list, and ${file("infra")}`,
    ),
  );
  expect(pushes).toEqual([]);
  expect(bucket["infra"]).toBe(state("one", "vpc-9"));
  expectKept("infra", state("one", "vpc-1"));
});

it("moves a state that a newer Terraform writes with further keys", async () => {
  here("infra", state("one", "vpc-1"));
  terraform.answer(
    bucketThat((sent) => sent.replaceAll('{"attributes"', '{"identity_schema_version":0,"attributes"')),
  );
  expect(await moveState(new Session(dev))).toBe(0);
  expect(bucket["infra"]).toContain("identity_schema_version");
  expect(existsSync(`${file("infra")}.moved`)).toBe(true);
});

it.each([
  ["one more instance", '"instances":[{"index_key":1,"attributes":{"id":"vpc-1"}},'],
  ["another index", '"instances":[{"index_key":1,"attributes":{"id":"vpc-1"}}],"each":['],
  ["an old object", '"instances":[{"deposed":"0a1b2c3d","attributes":{"id":"vpc-1"}}],"each":['],
])("takes %s for another state", async (_, instances) => {
  here("infra", state("one", "vpc-1"));
  bucket["infra"] = state("one", "vpc-1").replace('"instances":[', instances);
  await expect(moveState(new Session(dev))).rejects.toThrow(`state list, and ${file("infra")}`);
});

it("leaves the file in place if the bucket's state is not what was pushed", async () => {
  here("infra", state("one", "vpc-1", "vpc-2"));
  terraform.answer(bucketThat((sent) => sent.replace("vpc-2", "vpc-0")));
  await expect(moveState(new Session(dev))).rejects.toThrow(
    new Error(`The state in the bucket is not what was pushed: ${file("infra")} is left as it is.`),
  );
  expectKept("infra", state("one", "vpc-1", "vpc-2"));
});

it("refuses while Terraform is running on the state", async () => {
  here("infra", state("one", "vpc-1"));
  const lock = join(terraform.folder, `.${basename(file("infra"))}.lock.info`);
  writeFileSync(lock, "{}");
  await expect(moveState(new Session(dev))).rejects.toThrow(
    new Error(
      `Terraform is running on the local state of infra, or was killed: nothing was moved. ${lock} says who started it, and when. Once that run has certainly ended, delete this file and run the same command again.`,
    ),
  );
  expect(terraform.calls()).toEqual([]);
  expectKept("infra", state("one", "vpc-1"));
});

it("refuses a file that is not valid, without quoting it", async () => {
  here("infra", '{"resources":[{"password":"word');
  await expect(moveState(new Session(dev))).rejects.toThrow(
    new Error(
      `${file("infra")} is not a valid Terraform state: nothing was moved. Check it, and its .backup.`,
    ),
  );
  expect(terraform.calls()).toEqual([]);
});

it("keeps what has been moved if the next state fails, which a second run then moves", async () => {
  here("infra", state("one", "vpc-1"));
  here("app", state("two", "vpc-3"));
  terraform.answer({ ...BUCKET, "app init": refusing("Error: connection reset by peer") });
  await expect(moveState(new Session(dev))).rejects.toThrow("terraform init -reconfigure failed for app");
  expect(existsSync(`${file("infra")}.moved`)).toBe(true);
  expectKept("app", state("two", "vpc-3"));
  terraform.answer(BUCKET);
  expect(await moveState(new Session(dev))).toBe(0);
  expect(bucket["app"]).toBe(state("two", "vpc-3"));
});

const DENIED = "Error: AccessDenied: not authorized to perform: s3:PutObject";
it.each([
  ["init -reconfigure", { ...BUCKET, init: refusing(DENIED) }],
  ["state pull", { state: refusing(DENIED) }],
  ["state push", bucketThat(() => refusing(DENIED))],
])("leaves the local state as it is if %s fails", async (words, answers) => {
  here("infra", state("one", "vpc-1"));
  terraform.answer(answers);
  await expect(moveState(new Session(dev))).rejects.toThrow(
    new Error(`terraform ${words} failed for infra, and its local state is left as it is:\n\n  ${DENIED}`),
  );
  expectKept("infra", state("one", "vpc-1"));
});
