import type { ITerraformDependable } from "cdktf";
import type { Environment } from "../../environments";
import { CHARTS } from "../../environments/charts";
import { hostsOf } from "../../environments/hosts";
import { CONTROLLERS, type Requests } from "../../environments/requests";
import type { EnvironmentStack } from "../environment-stack";
import { clusterSubnets, DNS_PORT, HTTP, HTTPS, internet, POD_IDENTITY } from "../peers";
import { HelmChart, type Traffic } from "./helm-chart";
import { disruptionBudget, placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

/** Whom the DNS-01 role is for. */
export const CERT_MANAGER = { namespace: "cert-manager", serviceAccount: "cert-manager" };

/** `webhook.securePort` of the chart. */
const WEBHOOK_PORT = 10250;
const RELEASE = "cert-manager";

/** Keeps the product's certificate issued and renewed. */
export class CertManager extends HelmChart {
  constructor(stack: EnvironmentStack, props: { readonly dependsOn: readonly ITerraformDependable[] }) {
    const { replicas, capacity } = stack.environment.platform;
    const { namespace, serviceAccount } = CERT_MANAGER;
    const pods = (name: string, requests: Requests) => ({
      replicaCount: replicas,
      podDisruptionBudget: disruptionBudget(replicas),
      ...placement(podLabels(name, RELEASE), capacity),
      resources: resources(requests),
    });
    super(stack, RELEASE, {
      chart: CHARTS.certManager,
      namespace,
      dependsOn: props.dependsOn,
      traffic: certManagerTraffic(stack.environment),
      values: {
        ...pods("cert-manager", CONTROLLERS["cert-manager"]),
        // Certificates must survive an accident with the release.
        crds: { enabled: true, keep: true },
        serviceAccount: { name: serviceAccount },
        global: { priorityClassName: PRIORITY_CLASS, leaderElection: { namespace } },
        webhook: pods("webhook", CONTROLLERS["cert-manager-webhook"]),
        cainjector: pods("cainjector", CONTROLLERS["cert-manager-cainjector"]),
      },
    });
  }
}

function certManagerTraffic(environment: Environment): Traffic[] {
  const outside = internet(environment);
  const provesByDns = hostsOf(environment).some(({ hostedZoneId }) => hostedZoneId !== undefined);
  return [
    {
      name: "controller",
      pods: podLabels("cert-manager", RELEASE),
      egress: [
        // The certificate authority, and its own look at a challenge's answer before that one looks. Whatever the
        // issuer is: another one is a change of `app` alone.
        { peers: [outside], ports: [HTTP, HTTPS] },
        // Its look at a TXT record asks the zone's name servers themselves.
        ...(provesByDns
          ? [POD_IDENTITY, { peers: [outside], ports: [DNS_PORT], protocols: ["UDP", "TCP"] as const }]
          : []),
      ],
    },
    {
      name: "webhook",
      pods: podLabels("webhook", RELEASE),
      ingress: [{ peers: clusterSubnets(environment), ports: [WEBHOOK_PORT] }],
    },
  ];
}
