import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { harness } from "../commands/harness";
import { clusterIs } from "../commands/kubernetes";
import { changing, failing, print, type Answer } from "../commands/terraform/stand-in";
import { Session } from "../../commands/session/session";
import { loadEnvironment } from "../../environments";
import { judge, plansOf, reported, reportIn, unseen, type Finding, type Report } from "../../tools/policy";
import { SKIPS } from "../../tools/policy-skips";

const finding = (check: string, path: string): Finding => ({ check, path, name: "a check" });
const skip = { check: "CKV_1", path: "infra/key", reason: "because" };

it("fails what no skip covers: another check, another place, a place that only starts alike", () => {
  const findings = [
    finding("CKV_2", "infra/key"),
    finding("CKV_1", "infra/redis"),
    finding("CKV_1", "infra/key-2"),
  ];
  expect(judge(findings, [skip]).failed).toEqual(findings);
});

it("skips a construct and what is below it", () => {
  const findings = [finding("CKV_1", "infra/key"), finding("CKV_1", "infra/key/policy")];
  expect(judge(findings, [skip])).toEqual({ failed: [], skipped: findings, stale: [], late: [] });
});

it("names a skip that nothing needs any more", () => {
  expect(judge([], [skip]).stale).toEqual([skip]);
});

it("names a skip whose last day is over", () => {
  const dated = { ...skip, until: "2027-05-31" };
  const findings = [finding("CKV_1", "infra/key")];
  expect(judge(findings, [dated], "2027-05-31").late).toEqual([]);
  expect(judge(findings, [dated], "2027-06-01").late).toEqual([dated]);
});

it("has a reason for every skip", () => {
  expect(SKIPS.filter(({ reason }) => reason.length < 40)).toEqual([]);
});

it("takes a report without results for one that looked at nothing", () => {
  const found = reportIn('{"passed": 0, "failed": 0, "resource_count": 0, "checkov_version": "3.3.30"}');
  expect(unseen(found)).toEqual(["infra", "app"]);
});

it("is told of a stack in which nothing was looked at", () => {
  const check = (file_path: string) => ({ check_id: "a", check_name: "a", resource: "a.a", file_path });
  expect(unseen({ results: { passed_checks: [check("/infra.tf.json")], failed_checks: [] } })).toEqual([
    "app",
  ]);
  expect(
    unseen({ results: { passed_checks: [check("/infra.tf.json")], failed_checks: [check("/app.tf.json")] } }),
  ).toEqual([]);
});

describe("a report", () => {
  const KEY = "aws_kms_key.key_0123ABCD";
  const stacks = {
    infra: {
      resource: { aws_kms_key: { key_0123ABCD: { "//": { metadata: { path: "infra/key/policy" } } } } },
    },
    app: {},
  };
  const failing = (check_id: string) => ({
    check_id,
    check_name: "a check",
    resource: KEY,
    file_path: "/infra.json",
  });
  const report = (failed: readonly string[], parsing_errors = 0): Report => ({
    results: { passed_checks: [{ file_path: "/infra.json" }], failed_checks: failed.map(failing) },
    summary: { passed: 7, parsing_errors },
  });
  let lines: string[];
  beforeEach(() => {
    lines = [];
    const keep = (line: unknown) => void lines.push(String(line));
    jest.spyOn(console, "log").mockImplementation(keep);
    jest.spyOn(console, "error").mockImplementation(keep);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const ofPlan = (found: Report, looked: readonly ("infra" | "app")[] = ["infra"]) =>
    reported("the plans", found, { stacks, looked, isPlan: true });

  it("of a plan is held against the same skips, and says which it needed", () => {
    expect(ofPlan(report(["CKV_AWS_109"]))).toBe(true);
    expect(lines).toEqual([
      "policy: of the plans, 7 checks passed, 0 failed, 1 are skipped with a reason (CKV_AWS_109)",
    ]);
  });

  it("of the stacks names a resource without its type", () => {
    const found = { ...failing("CKV_AWS_7"), resource: "resource.key_0123ABCD", file_path: "/infra.tf.json" };
    const { summary } = report([]);
    ofPlan({ results: { passed_checks: [], failed_checks: [found] }, summary });
    expect(lines[0]).toBe("failed: CKV_AWS_7 at infra/key/policy: a check");
  });

  it("fails by what no skip covers", () => {
    expect(ofPlan(report(["CKV_AWS_7"]))).toBe(false);
    expect(lines[0]).toBe("failed: CKV_AWS_7 at infra/key/policy: a check");
  });

  it("fails where nothing was looked at, or something could not be read", () => {
    expect(ofPlan(report([]), ["infra", "app"])).toBe(false);
    expect(ofPlan(report([], 1))).toBe(false);
    expect(lines[0]).toBe("policy: checkov could not read 0 of the plans, and looked at nothing in app");
  });

  it("of the stacks fails by skips that nothing needs, which a plan need not have", () => {
    expect(reported("the stacks", report([]), { stacks, looked: ["infra"] })).toBe(false);
    expect(lines[0]).toMatch(/^stale: tools\/policy-skips\.ts skips /);
    expect(ofPlan(report([]))).toBe(true);
  });
});

describe("the plans that are looked at", () => {
  const { terraform, told } = harness({});
  const KIND = "API did not recognize GroupVersionKind from manifest (CRD may not be installed)";
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "wbot-policy-")), "planned");
    clusterIs(new KubeConfig());
    const manifest = { apiVersion: "cert-manager.io/v1", kind: "Certificate" };
    terraform.synthesizes("infra", { resource: { helm_release: { r: { name: "cert-manager" } } } });
    terraform.synthesizes("app", { resource: { kubernetes_manifest: { c: { manifest } } } });
  });
  afterEach(() => {
    rmSync(join(folder, ".."), { recursive: true });
  });
  const looked = (infraShow: Answer, appPlan?: Answer) => {
    terraform.answer({
      "infra show": infraShow,
      "app show": print({}),
      ...(appPlan && { "app plan": appPlan }),
    });
    return plansOf(new Session(loadEnvironment("prod")), folder);
  };

  it("are both stacks'", async () => {
    expect(await looked(print({}))).toEqual(["infra", "app"]);
    expect(readdirSync(folder).sort()).toEqual(["app.json", "infra.json"]);
  });

  it("are only infra's while it has yet to install the kinds of app's objects", async () => {
    expect(
      await looked(changing("create", "helm_release.r"), failing("kubernetes_manifest.c", KIND)),
    ).toEqual(["infra"]);
    expect(told.at(-1)).toBe(
      "skipped: app's plan, because infra has yet to install the custom resource definitions that it needs",
    );
  });

  it.each([
    ["no release is missing", print({}), KIND],
    ["something else is wrong", changing("create", "helm_release.r"), "no access"],
  ])("must be there if %s", async (_, infra, summary) => {
    await expect(looked(infra, failing("kubernetes_manifest.c", summary))).rejects.toThrow(summary);
  });
});
