import { Testing, TerraformStack } from "cdktf";
import { NetworkPolicy } from "../../constructs/network-policy";
import { metadata, synth, type Body } from "../synth";
import { namespaceOf } from "../connections";

describe.each(["dev", "staging", "prod"])("the network policies of %s", (name) => {
  const written = synth(name);
  const policies = [written.infra, written.app].flatMap((stack) => stack.of("kubernetes_network_policy_v1"));

  it("are each for both directions", () => {
    for (const { path, body } of policies)
      expect([path, body["spec"].policy_types]).toEqual([path, ["Ingress", "Egress"]]);
  });

  it("deny everything in all our namespaces, unless another one allows it", () => {
    const stacks = [written.infra, written.app];
    const denied = stacks.flatMap((stack) =>
      stack
        .of("kubernetes_network_policy_v1")
        .filter((policy) => metadata(policy)["name"] === "default-deny")
        .map((policy) => {
          expect(policy.body["spec"]).toEqual({
            pod_selector: {},
            policy_types: ["Ingress", "Egress"],
            ingress: [],
            egress: [],
          });
          return namespaceOf(stack, policy);
        }),
    );
    const all = stacks.flatMap((stack) =>
      stack.of("kubernetes_namespace_v1").map((each) => metadata(each)["name"] as string),
    );
    expect(all).not.toHaveLength(0);
    expect(denied.sort()).toEqual(all.sort());
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
});

it("admits nobody by a rule without peers, which to Kubernetes would allow everyone", () => {
  const stack = new TerraformStack(Testing.app(), "test");
  const ports = [8080];
  new NetworkPolicy(stack, "policy", {
    namespace: "wbot",
    name: "nobody",
    component: "network",
    ingress: [{ peers: [], ports }],
    egress: [{ peers: [], ports }],
  });
  const written = JSON.parse(Testing.synth(stack)) as Body;
  const [policy] = Object.values(written["resource"].kubernetes_network_policy_v1 as Record<string, Body>);
  expect(policy?.["spec"]).toMatchObject({ ingress: [], egress: [] });
});
