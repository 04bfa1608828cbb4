import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { harness } from "../commands/harness";
import { clusterIs } from "../commands/kubernetes";
import { changing, failing, print, type Answer } from "../commands/terraform/stand-in";
import { Session } from "../../commands/session/session";
import { EXIT } from "../../commands/cli/exit-codes";
import { environments, loadEnvironment } from "../../environments";
import { standing } from "../../environments/shipped/list";
import { synth } from "../synth";
import { policy, resultsOf, plansOf } from "../../tools/policy";
import { skipsOf } from "../../tools/policy-skips";

const mockBin = mkdtempSync(join(tmpdir(), "wbot-checkov-"));
jest.mock("../../commands/cli/python-program", () => ({
  pythonProgram: () => Promise.resolve(join(mockBin, "checkov")),
}));
afterAll(() => {
  rmSync(mockBin, { recursive: true });
});

/** All that brings further skips. */
const DECIDED = {
  protection: false,
  cluster: { logs: ["audit"], logRetentionDays: 30 },
  network: { flowLogRetentionDays: 30 },
  // Loki needs more room than prod has as shipped.
  nodes: { onDemand: { instanceTypes: ["m7g.xlarge", "m6g.xlarge"] } },
  redis: { logRetentionDays: 30 },
  registry: { copies: ["us-west-2"] },
  observability: { logs: { kind: "loki" } },
};
const SHIPPED = skipsOf(loadEnvironment("prod"));
const SKIPS = skipsOf(loadEnvironment("prod", { overrides: DECIDED }));

it("skips what an owner has decided in the settings, at a construct that there is, and fails it as shipped", () => {
  const { infra } = synth("prod", DECIDED);
  const decided = SKIPS.filter((skip) => !SHIPPED.some((each) => isDeepStrictEqual(each, skip)));
  expect(decided.map(({ check, path }) => `${check} ${path.replace("infra/", "")}`)).toEqual([
    "CKV_AWS_150 load-balancer/nlb",
    "CKV_AWS_37 cluster/cluster",
    "CKV_AWS_338 cluster/logs",
    "CKV_AWS_338 network/flow-log-group",
    "CKV_AWS_338 redis/slow-log",
    ...["18", "21", "144"].map((check) => `CKV_AWS_${check} log-store/bucket/bucket`),
    "CKV2_AWS_62 log-store/bucket/bucket",
    "CKV_AWS_51 wbot-ai-us-west-2/repository",
    "CKV_AWS_51 wbot-web-us-west-2/repository",
  ]);
  const paths = infra.all.map(({ path }) => `infra/${path}`);
  expect(decided.filter(({ path }) => !paths.includes(path))).toEqual([]);
});

it("has a reason and a stack for every skip: others are never held against what a check found", () => {
  expect(SKIPS.filter(({ reason, path }) => reason.length < 40 || !/^(infra|app)\//.test(path))).toEqual([]);
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

describe("a skip that nothing needs", () => {
  harness({});
  let errors: string[];
  beforeEach(() => {
    errors = [];
    jest.spyOn(console, "error").mockImplementation((line: string) => void errors.push(line));
  });
  const scanned = (...failed_checks: object[]) => {
    const report = { results: { failed_checks }, summary: { passed: 7, parsing_errors: 0 } };
    const script = `#!/bin/sh\necho '${JSON.stringify(report)}'\n`;
    writeFileSync(join(mockBin, "checkov"), script, { mode: 0o700 });
    return policy({ plan: false });
  };
  const closeEndpoint = () => {
    const access = { ...standing.prod.access, publicCidrs: [], privateCidrs: ["10.200.0.0/16"] };
    jest.replaceProperty(environments, "prod", { ...standing.prod, access });
  };

  it("fails in prod as shipped", async () => {
    expect(await scanned()).toBe(EXIT.failed);
    expect(errors).toContain(
      "stale: tools/policy-skips.ts skips CKV_AWS_39 at infra/cluster/cluster, which no longer fails",
    );
  });

  it("may be one of an owner's settings, which still fail by what no skip covers", async () => {
    closeEndpoint();
    expect([await scanned(), errors]).toEqual([EXIT.done, []]);
    expect(await scanned({ check_id: "CKV_1", check_name: "a check", resource: "resource.x" })).toBe(
      EXIT.failed,
    );
    expect(errors[0]).toBe("failed: CKV_1 at infra/network/vpc: a check");
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
