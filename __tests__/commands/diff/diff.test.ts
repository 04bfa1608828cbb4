import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { harness } from "../harness";
import { clusterIs } from "../kubernetes";
import { diff, type DiffOptions } from "../../../commands/diff/diff";
import { riskOf } from "../../../commands/plan/risks";
import { lookedUp } from "../../../commands/images/wanted";
import type { Report } from "../../../commands/diff/report";
import { loadEnvironment, type Overrides } from "../../../environments";
import { LOCK_FILE } from "../../../stacks/lock";
import { changing, DEPLOYMENT, failing, print, VPC, type Answer, type Call } from "../terraform/stand-in";
import { CI } from "../../constructs/ci/scope";
import { plan, resource, update } from "../plan/plans";
import { Session } from "../../../commands/session/session";

jest.mock("../../../commands/images/wanted", () => ({
  ...jest.requireActual<object>("../../../commands/images/wanted"),
  lookedUp: jest.fn(),
}));

const dev = loadEnvironment("dev");
const CHANGES = {
  "infra show": changing("delete", VPC),
  "app show": changing("update", DEPLOYMENT),
};
const { terraform, printed } = harness(CHANGES);
const NONE = { show: print({}) };

beforeEach(() => {
  const config = new KubeConfig();
  // Where nothing answers.
  config.loadFromClusterAndUser(
    { name: "dev", server: "http://127.0.0.1:1", skipTLSVerify: true },
    { name: "test" },
  );
  clusterIs(config);
  jest.spyOn(Session.prototype, "cluster").mockResolvedValue(undefined);
});
afterEach(() => {
  delete process.env["WBOT_IMAGE_TAG"];
  process.exitCode = 0;
});

const diffed = (options: Partial<DiffOptions> = {}) =>
  diff(new Session(dev), { stacks: ["infra", "app"], format: "json", exitCode: false, ...options });
const report = () => JSON.parse(printed.join("\n")) as Report;

it("plans both stacks in order, applies nothing, and leaves no plan behind", async () => {
  expect(await diffed()).toBe(0);
  expect(terraform.calls()).toEqual([
    "infra init",
    "infra plan",
    "infra show",
    "app init",
    "app plan",
    "app show",
  ]);
  expect(
    report().stacks.map(({ stack, changes }) => [
      stack,
      changes.map(({ name, action }) => `${action} ${name}`),
    ]),
  ).toEqual([
    ["infra", ["delete network/vpc"]],
    ["app", ["update ai/deployment"]],
  ]);
});

it("locks nothing, so that a read-only role may run it", async () => {
  await diffed();
  const unlocked = expect.stringMatching(/^plan -json -input=false -out=\S+ -lock=false$/);
  expect(terraform.lines().filter((line) => line.startsWith("plan"))).toEqual([unlocked, unlocked]);
});

it("writes no state that an apply could not, and plans nothing without it", async () => {
  const unwritten = ({ path }: Call) => {
    writeFileSync(join(path, "errored.tfstate"), "{}");
    return {};
  };
  terraform.answer({ ...CHANGES, "infra init": unwritten });
  await diffed();
  expect(terraform.calls()).toEqual(["infra init", "app init", "app plan", "app show"]);
  expect(report().stacks[0]?.error).toContain("To write it: npx wbot state push --env dev");
});

it("shows progress, then what changes", async () => {
  await diffed({ format: "text" });
  expect(printed[0]).toBe("Planning infra …");
  expect(printed.at(-1)).toBe(
    [
      "dev: what a deploy would change",
      "",
      "infra: 1 to delete",
      "",
      "  - network/vpc  aws_vpc: destroyed [high risk, network]",
      `      ${riskOf("aws_vpc", "delete")[1]}`,
      "",
      "app: 1 to update",
      "",
      "  app was planned against infra as it is now: its plan may differ once infra is deployed.",
      "",
      "  ~ ai/deployment  kubernetes_deployment_v1: updated",
      `      ${riskOf("kubernetes_deployment_v1", "update")[1]}`,
      '      name: "a" → "b"',
    ].join("\n"),
  );
});

it("adds up what both stacks' changes cost", async () => {
  terraform.answer({ ...NONE, "infra show": changing("create", "aws_kms_key.a") });
  await diffed();
  expect(report().cost).toEqual({ usd: 1, because: [{ item: "KMS keys", usd: 1 }], unpriced: [] });
});

describe("its exit code", () => {
  it.each([
    ["0 where something changes", CHANGES, {}, 0],
    ["4 where something changes and that was asked for", CHANGES, { exitCode: true }, 4],
    ["0 where nothing changes", NONE, { exitCode: true }, 0],
    [
      "1 where a stack can't be planned",
      { ...CHANGES, "app plan": failing(DEPLOYMENT, "No") },
      { exitCode: true },
      1,
    ],
  ])("is %s", async (_, answers, options, code) => {
    terraform.answer(answers);
    expect(await diffed(options)).toBe(code);
  });
});

it("lists app as synthesized if there is no cluster yet, and says so", async () => {
  clusterIs(undefined);
  terraform.answer({ ...CHANGES, "infra show": changing("create", VPC) });
  await diffed({ format: "text" });
  expect(terraform.calls()).not.toContain("app plan");
  expect(printed.at(-1)).toContain(
    [
      "app: 1 to create, listed but not planned",
      "",
      "  There is no cluster of dev yet, so app can't be planned. Its resources are listed as synthesized: they will be created once infra is deployed.",
      "",
      "  + ai/deployment  kubernetes_deployment_v1",
    ].join("\n"),
  );
  printed.length = 0;
  await diffed({ stacks: ["app"] });
  expect(report().stacks[0]).toMatchObject({ source: "synthesis" });
});

it("says what else is unknown of app without a cluster: its images' digests, and infra's plan", async () => {
  clusterIs(undefined);
  jest.mocked(lookedUp).mockResolvedValue(undefined);
  terraform.answer({ ...CHANGES, "infra plan": { code: 1 } });
  process.env["WBOT_IMAGE_TAG"] = "ai=typo";
  const named = loadEnvironment("dev", {
    overrides: { account: "111122223333", ai: { image: { tag: "typo" } } },
  });
  await diff(new Session(named), { stacks: ["infra", "app"], format: "json" });
  expect(report().stacks[1]?.notes).toEqual([
    expect.stringMatching(/^the digest of dev\/wbot-ai:typo can't be looked up/),
    "infra could not be planned: it is unknown whether it changes what app reads.",
    expect.stringContaining(" no cluster "),
  ]);
});

it("reports one stack's error beside the other's plan", async () => {
  terraform.answer({
    ...CHANGES,
    "app plan": failing(DEPLOYMENT, "The app secret lacks OPENAI_API_KEY"),
  });
  expect(await diffed()).toBe(1);
  const [infra, app] = report().stacks;
  expect(infra?.changes).toHaveLength(1);
  expect(app).toMatchObject({
    source: "none",
    error: expect.stringContaining(
      "ai/deployment (kubernetes_deployment_v1): The app secret lacks OPENAI_API_KEY",
    ),
  });
});

it("keeps infra's plan if app's providers are refused", async () => {
  terraform.answer({
    ...CHANGES,
    "app init": ({ path }) => {
      writeFileSync(join(path, LOCK_FILE), 'provider "registry.terraform.io/stranger/aws" {\n}\n');
      return {};
    },
  });
  const folder = join(terraform.folder, "saved");
  expect(await diffed({ save: folder })).toBe(1);
  const saved = JSON.parse(readFileSync(join(folder, "diff.json"), "utf8")) as Report;
  expect(saved.stacks).toMatchObject([
    { source: "plan", changes: [{ action: "delete" }] },
    {
      source: "none",
      error: expect.stringContaining("installed registry.terraform.io/stranger/aws for app"),
    },
  ]);
});

it("plans app even if infra can't be planned, and says what is unknown", async () => {
  terraform.answer({ ...CHANGES, "infra plan": failing(VPC, "No") });
  expect(await diffed()).toBe(1);
  expect(report().stacks[1]).toMatchObject({
    source: "plan",
    notes: [expect.stringMatching(/^infra /)],
  });
});

it("mentions the CRDs that a deploy upgrades, since no plan shows them", async () => {
  const release = (version: string) => ({ name: "traefik", chart: "traefik", version });
  const show = print(plan(update("helm_release.t", release("41.2.0"), release("41.3.0"))));
  terraform.answer({ ...CHANGES, "infra show": show });
  await diffed();
  expect(report().stacks[0]?.notes).toEqual([
    "traefik's chart contains its CRDs, which the deploy upgrades first.",
  ]);
});

it("notes what CI's deploy role may not do, where there is one", async () => {
  const key = resource("aws_kms_key.k", ["create"], null, {});
  terraform.answer({ ...NONE, "infra show": print(plan(key)) });
  const notes = async (overrides: Overrides) => {
    printed.length = 0;
    const session = new Session(loadEnvironment("dev", { overrides }));
    await diff(session, { stacks: ["infra"], format: "json" });
    return report().stacks[0]?.notes;
  };
  expect(await notes(CI)).toEqual([
    "CI's deploy role may not create aws_kms_key.k (aws_kms_key). As an administrator, deploy infra from your machine (docs/ci-roles.md): npx wbot deploy infra --env dev",
  ]);
  expect(await notes({})).toEqual([]);
});

describe("app, if infra installs the chart of its custom resources", () => {
  const KIND = "API did not recognize GroupVersionKind from manifest (CRD may not be installed)";
  const DETAIL = 'no matches for kind "Certificate" in group "cert-manager.io"';
  const fails = (...summaries: readonly string[]) => {
    const lines = summaries.map((summary) =>
      JSON.stringify({
        type: "diagnostic",
        diagnostic: { severity: "error", summary, detail: summary === KIND ? DETAIL : "" },
      }),
    );
    return { ...print(lines.join("\n")), code: 1 };
  };
  const release = (action: "create" | "update") => changing(action, "helm_release.r");
  const given = (infraShow: Answer, ...summaries: readonly string[]) => {
    const manifest = { apiVersion: "cert-manager.io/v1", kind: "Certificate" };
    terraform.synthesizes("app", { resource: { kubernetes_manifest: { c: { manifest } } } });
    terraform.answer({ ...CHANGES, "infra show": infraShow, "app plan": fails(...summaries) });
  };

  it("is listed as synthesized", async () => {
    given(release("create"), KIND, KIND);
    expect(await diffed()).toBe(0);
    expect(report().stacks[1]).toMatchObject({
      source: "synthesis",
      notes: [
        "app needs custom resource definitions that infra's charts install, so app can't be planned yet. Its resources are listed as synthesized, including existing ones: run the diff again once infra is deployed.",
      ],
      changes: [{ address: "kubernetes_manifest.c", type: "Certificate", action: "create" }],
    });
  });

  it.each([
    ["the chart is there already", release("update"), [KIND]],
    ["something else failed, too", release("create"), [KIND, "No such key"]],
  ])("is told as an error where %s", async (_, show, summaries) => {
    given(show, ...summaries);
    expect(await diffed()).toBe(1);
    expect(report().stacks[1]).toMatchObject({ source: "none", error: expect.any(String) });
  });
});

it("doesn't say that app's plan may differ where infra doesn't change", async () => {
  terraform.answer({ ...CHANGES, "infra show": print({}) });
  await diffed();
  expect(report().stacks[1]).toMatchObject({ changes: [{ action: "update" }], notes: [] });
});

it("reports an AWS error as that stack's error", async () => {
  const denied = Object.assign(new Error("not authorized to perform: eks:DescribeCluster"), {
    name: "AccessDeniedException",
    $metadata: {},
  });
  clusterIs(undefined).mockRejectedValue(denied);
  expect(await diffed()).toBe(1);
  expect(report().stacks[1]?.error).toContain("Not authorized to perform: eks:DescribeCluster.");
});

it("redacts secrets in errors", async () => {
  terraform.answer({ ...CHANGES, "app plan": failing(DEPLOYMENT, "No answer of redis://me:fake@host") });
  await diffed();
  expect(report().stacks[1]?.error).toMatch(/No answer of redis:\/\/\(sensitive\)@host$/);
});

it("saves one run's report in every format, with errors too", async () => {
  terraform.answer({ ...CHANGES, "app plan": failing(DEPLOYMENT, "No") });
  const folder = join(terraform.folder, "a", "b");
  expect(await diffed({ format: "markdown", save: folder })).toBe(1);
  const saved = (name: string) => readFileSync(join(folder, name), "utf8");
  expect(saved("diff.md")).toBe(printed.join("\n"));
  expect(saved("diff.md")).toMatch(/^<!-- wbot-diff:dev -->\n/);
  expect(saved("diff.txt")).toContain("infra: 1 to delete\n");
  expect((JSON.parse(saved("diff.json")) as Report).environment).toBe("dev");
  expect(terraform.calls().filter((call) => call.endsWith(" plan"))).toHaveLength(2);
});

it("says why a report can't be saved", async () => {
  const file = join(terraform.folder, "file");
  writeFileSync(file, "");
  await expect(diffed({ save: file })).rejects.toThrow(
    `The report can't be written to ${file} (--save): EEXIST`,
  );
});

describe("images given on the command line", () => {
  beforeEach(() => {
    process.env["WBOT_IMAGE_TAG"] = "ai=3f2c1e9";
  });
  const DIGEST = `sha256:${"a".repeat(64)}`;
  const repository = "111122223333.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai";
  const named = { ...dev, ai: { ...dev.ai, image: { repository, tag: "3f2c1e9" } } };
  const written = () =>
    JSON.parse(
      readFileSync(join(terraform.folder, "out", "dev", "stacks", "app", "images.json"), "utf8"),
    ) as object;

  it("are pinned to their tags' digests, as in a deploy", async () => {
    jest.mocked(lookedUp).mockResolvedValue({ digest: DIGEST });
    await diff(new Session(named), { stacks: ["app"], format: "json", exitCode: false });
    expect(written()).toEqual({ ai: { repository, tag: "3f2c1e9", digest: DIGEST }, web: {} });
  });

  it("are mentioned if their digest can't be looked up", async () => {
    jest.mocked(lookedUp).mockResolvedValue(undefined);
    await diff(new Session(named), { stacks: ["app"], format: "json", exitCode: false });
    expect(report().stacks[0]?.notes).toEqual([
      expect.stringMatching(`^the digest of ${repository}:3f2c1e9 .*\\.$`),
    ]);
  });
});
