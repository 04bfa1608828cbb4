import { helmValues, synth } from "../../synth";

const { infra } = synth("prod");
const release = infra.one("helm_release", "aws-load-balancer-controller");
const values = helmValues(release);

it("registers targets and makes nothing: no load balancer, no security group, no class of Ingress", () => {
  expect(values).toMatchObject({
    watchNamespace: "traefik",
    createIngressClassResource: false,
    disableIngressClassAnnotation: true,
    enableBackendSecurityGroup: false,
    controllerConfig: {
      featureGates: { EnableServiceController: false, NLBGatewayAPI: false, ALBGatewayAPI: false },
    },
  });
});

it("stands in the way of no Service and no Ingress, should it be down", () => {
  expect(values).toMatchObject({
    enableServiceMutatorWebhook: false,
    webhookConfig: { disableIngressValidation: true },
  });
  // Would widen the webhook for pods, which fails closed, beyond namespaces with the label.
  expect(values["webhookNamespaceSelectors"]).toBeUndefined();
});

it("knows cluster, region and VPC without instance metadata, which no pod may reach", () => {
  expect(values).toMatchObject({ clusterName: "wbot-prod", region: "us-east-1" });
  expect(release.body["set"]).toEqual([{ name: "vpcId", value: `\${${infra.one("aws_vpc").address}.id}` }]);
});

it.each(["dev", "staging", "prod"])("has a spare in %s: without it no pod of Traefik starts", (name) => {
  const own = helmValues(synth(name).infra.one("helm_release", "aws-load-balancer-controller"));
  expect(own).toMatchObject({
    replicaCount: 2,
    podDisruptionBudget: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    priorityClassName: "system-cluster-critical",
  });
});

it("keeps its webhook's certificate over upgrades", () => {
  expect(values["keepTLSSecret"]).toBe(true);
});
