import { metadata, synth } from "../synth";
import { allowed, INTERNET, KUBE_DNS, STRANGER, TRAEFIK } from "../connections";

describe.each(["dev", "staging", "prod"])("the network policies of %s", (name) => {
  const { app } = synth(name);
  const policies = app.of("kubernetes_network_policy_v1");
  const namespace = app.one("kubernetes_namespace_v1");

  it("are in the product's namespace, each for both directions", () => {
    for (const policy of policies) {
      expect(metadata(policy)["namespace"]).toBe(`\${${namespace.address}.metadata[0].name}`);
      expect(policy.body["spec"].policy_types).toEqual(["Ingress", "Egress"]);
    }
  });

  it("never leave peers or ports open: an empty list would mean all", () => {
    for (const { path, body } of policies) {
      for (const rule of body["spec"].ingress) expect([path, rule.from]).not.toEqual([path, []]);
      for (const rule of body["spec"].egress) expect([path, rule.to]).not.toEqual([path, []]);
      for (const rule of [...body["spec"].ingress, ...body["spec"].egress]) {
        expect(rule.ports.length).toBeGreaterThan(0);
        for (const { port, protocol } of rule.ports) {
          expect(port).toMatch(/^\d+$/);
          expect(["TCP", "UDP"]).toContain(protocol);
        }
      }
    }
  });

  it.each([
    ["Traefik", TRAEFIK],
    ["the internet", INTERNET],
    ["another pod of the namespace", STRANGER],
  ])("let %s reach no pod that has no policy of its own, and that pod nobody", (_, end) => {
    expect(allowed(app, end, STRANGER, 443)).toBe(false);
    expect(allowed(app, STRANGER, end, 443)).toBe(false);
    expect(allowed(app, STRANGER, KUBE_DNS, 53, "UDP")).toBe(false);
  });
});
