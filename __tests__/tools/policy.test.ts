import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { harness } from "../commands/harness";
import { clusterIs } from "../commands/kubernetes";
import { changing, failing, print, type Answer } from "../commands/terraform/stand-in";
import { Session } from "../../commands/session/session";
import { loadEnvironment } from "../../environments";
import { resultsOf, plansOf } from "../../tools/policy";
import { SKIPS } from "../../tools/policy-skips";

it("has a reason for every skip", () => {
  expect(SKIPS.filter(({ reason }) => reason.length < 40)).toEqual([]);
});

it("has only skips of a stack, since others are never held against what a check found", () => {
  expect(SKIPS.filter(({ path }) => !/^(infra|app)\//.test(path))).toEqual([]);
});

describe("a report", () => {
  const json = {
    resource: { aws_kms_key: { key_0123ABCD: { "//": { metadata: { path: "infra/key/policy" } } } } },
  };
  const failing = (resource: string) => ({ check_id: "CKV_AWS_7", check_name: "a check", resource });

  it.each(["resource.key_0123ABCD", "aws_kms_key.key_0123ABCD"])(
    "names the construct of a failed check at %s",
    (resource) => {
      const results = { failed_checks: [failing(resource)] };
      expect(resultsOf({ results, summary: { passed: 7, parsing_errors: 0 } }, "infra", json)).toEqual({
        passed: 7,
        findings: [{ check: "CKV_AWS_7", name: "a check", path: "infra/key/policy" }],
      });
    },
  );

  it("without results looked at nothing", () => {
    expect(resultsOf({}, "infra", json)).toEqual({ passed: 0, findings: [] });
  });

  it("is refused if something could not be read", () => {
    expect(() => resultsOf({ summary: { passed: 7, parsing_errors: 1 } }, "infra", json)).toThrow(
      "policy: checkov could not read 1 files of infra",
    );
  });
});

describe("the plans that are looked at", () => {
  const { terraform, printed } = harness({});
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
    expect(readdirSync(folder).sort()).toEqual(["app", "infra"]);
  });

  it("are only infra's while it has yet to install the kinds of app's objects", async () => {
    expect(
      await looked(changing("create", "helm_release.r"), failing("kubernetes_manifest.c", KIND)),
    ).toEqual(["infra"]);
    expect(printed.at(-1)).toBe(
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
