import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../../commands/session/session";
import { checks } from "../../../commands/verification/verification";
import { loadEnvironment } from "../../../environments";
import { EXTERNAL_SECRETS, kubernetesCluster } from "../kubernetes";
import { LOGS_AT_A_VENDOR } from "../../shapes";

// Only what is asked of the cluster matters here.
jest.mock("../../../commands/verification/load-balancer", () => ({
  loadBalancer: () => Promise.resolve(undefined),
}));

jest.mock("../../../commands/cli/wait", () => jest.requireActual<object>("../look-once"));

const kubernetes = kubernetesCluster();

const COPIES = EXTERNAL_SECRETS.replace("/wbot/", "/alloy/");
const folder = mkdtempSync(join(tmpdir(), "wbot-secrets-"));
const session = new Session(loadEnvironment("prod", { overrides: LOGS_AT_A_VENDOR }), folder);
const found = async () => {
  const all = await checks(session);
  return all.find(({ check }) => check === "secrets")?.run();
};
const copied = (status: string, message: string) => ({
  items: [{ metadata: { name: "alloy-otlp" }, status: { conditions: [{ type: "Ready", status, message }] } }],
});

it("looks at the key that is copied to Alloy as well as at the product's", async () => {
  kubernetes.answers[COPIES] = copied("True", "synced");
  expect(await found()).toMatchObject({
    status: "pass",
    why: "3 Secrets are synced from Secrets Manager",
  });
});

it("fails where there is none", async () => {
  kubernetes.answers[EXTERNAL_SECRETS] = kubernetes.answers[COPIES] = { items: [] };
  expect(await found()).toMatchObject({ status: "fail", why: "there are no ExternalSecrets" });
});

it("names the one that isn't synced", async () => {
  kubernetes.answers[COPIES] = copied("False", "access denied");
  expect(await found()).toMatchObject({ status: "fail", why: "alloy-otlp: access denied" });
  kubernetes.answers[COPIES] = copied("False", "can't render password=hunter-22");
  expect((await found())?.why).toBe("alloy-otlp: can't render password=(sensitive)");
});
