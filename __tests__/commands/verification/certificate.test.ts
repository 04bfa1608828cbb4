import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../../commands/session/session";
import { checks } from "../../../commands/verification/verification";
import { loadEnvironment, type Overrides } from "../../../environments";
import { CERTIFICATE, kubernetesCluster } from "../kubernetes";

// Only what is asked of the cluster matters here.
jest.mock("../../../commands/verification/load-balancer", () => ({
  loadBalancer: () => Promise.resolve(undefined),
}));

jest.mock("../../../commands/cli/wait", () => jest.requireActual<object>("../look-once"));

const kubernetes = kubernetesCluster();
const folder = mkdtempSync(join(tmpdir(), "wbot-certificate-"));

describe("a certificate that isn't issued", () => {
  const fix = async (overrides: Overrides) => {
    kubernetes.answers[CERTIFICATE] = {
      status: { conditions: [{ type: "Ready", status: "False", message: "issuing" }] },
    };
    const session = new Session(loadEnvironment("prod", { overrides }), folder);
    const all = await checks(session);
    const found = await all.find(({ check }) => check === "certificate")?.run();
    expect(found).toMatchObject({ status: "fail", why: "issuing" });
    return found?.fix;
  };
  const live =
    "If it is live elsewhere, that would move its users to a host without a certificate: docs/moving-here.md says how to get one first.";

  it("is no reason to move users of a host that is live elsewhere", async () => {
    expect(await fix({ domain: { host: "chat.example.com" } })).toBe(
      `Let's Encrypt validates it over http://chat.example.com. If nobody uses the name yet, point it at the load balancer, then wait a few minutes. ${live}`,
    );
  });

  it("needs the name to point at the proxies in front", async () => {
    expect(
      await fix({ domain: { host: "chat.example.com" }, traffic: { trustedProxies: ["203.0.113.0/24"] } }),
    ).toContain(" point it at the proxies of traffic.trustedProxies, then ");
  });

  it("is validated by a record in its hosted zone, whatever the name points at", async () => {
    expect(await fix({ domain: { host: "chat.example.com", hostedZoneId: "Z0123456789ABC" } })).toBe(
      "kubectl describe certificates,orders,challenges -n wbot",
    );
  });
});
