import { isIPv4 } from "node:net";
import type { Environment } from "../../environments";
import { challengeRecords, hostsWithZone } from "../../environments/hosts";
import type { Requests } from "../../environments/requests";
import { resolverUrl } from "../../environments/schema-fields";
import { NetworkPolicy, type Rule } from "../network-policy";
import { clusterSubnets, DNS_PORT, HTTP, HTTPS, internet, POD_IDENTITY, portOf } from "../peers";
import { PodRole } from "../pod-role";
import { podsOf, restrictedNamespace, type Controller, type AllowedTraffic } from "./helm-chart";
import {
  disruptionBudget,
  EVICT_UNHEALTHY,
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
} from "./placement";

/** Namespace, release and service account. */
const NAME = "cert-manager";

/**
 * A namespace for the ACME account's key alone. Whoever has the key can get certificates for a host while its last validation
 * is still valid, and can revoke the live one; and CI's plan role reads the Secrets in the controllers' namespaces, where
 * Helm keeps its releases.
 */
const ACCOUNT_NAMESPACE = "acme-account";

/** `webhook.securePort` of the chart. */
const WEBHOOK_PORT = 10250;
const REQUESTS = {
  "cert-manager": { cpu: "25m", memory: "128Mi" },
  "cert-manager-webhook": { cpu: "25m", memory: "64Mi" },
  "cert-manager-cainjector": { cpu: "25m", memory: "192Mi" },
} satisfies Record<string, Requests>;

/** Issues and renews the product's certificate. */
export const certManager: Controller = {
  name: NAME,
  chart: {
    name: "cert-manager",
    version: "v1.21.1",
    repository: "oci://quay.io/jetstack/charts",
  },
  pods: (settings) => podsOf(REQUESTS, settings),
  traffic: certManagerTraffic,

  /** Lets it write DNS-01 TXT records for the hosts with a hosted zone; undefined if none has one. */
  role(stack, { cluster }) {
    const { partition, environment } = stack;
    const hosts = hostsWithZone(environment);
    if (hosts.length === 0) return undefined;
    const ids = [...new Set(hosts.map(({ hostedZoneId }) => hostedZoneId))];
    const zones = ids.map((id) => `arn:${partition}:route53:::hostedzone/${id}`);
    return new PodRole(stack, "cert-manager-role", {
      cluster,
      namespace: NAME,
      serviceAccount: NAME,
      statements: [
        {
          sid: "WatchChange",
          actions: ["route53:GetChange"],
          resources: [`arn:${partition}:route53:::change/*`],
        },
        { sid: "ReadRecords", actions: ["route53:ListResourceRecordSets"], resources: zones },
        {
          sid: "WriteChallenge",
          actions: ["route53:ChangeResourceRecordSets"],
          resources: zones,
          condition: [
            {
              test: "ForAllValues:StringEquals",
              variable: "route53:ChangeResourceRecordSetsRecordTypes",
              values: ["TXT"],
            },
            {
              test: "ForAllValues:StringLike",
              variable: "route53:ChangeResourceRecordSetsNormalizedRecordNames",
              values: challengeRecords(environment),
            },
          ],
        },
      ],
    });
  },

  needs(stack, { dependsOn }) {
    const account = restrictedNamespace(stack, ACCOUNT_NAMESPACE, { name: ACCOUNT_NAMESPACE, dependsOn });
    new NetworkPolicy(stack, `${ACCOUNT_NAMESPACE}-default-deny`, {
      namespace: account.metadata.name,
      name: "default-deny",
      component: "network",
    });
    return [account];
  },

  values({ environment }) {
    const { replicas, capacity } = environment.platform;
    const { resolvers } = environment.tls;
    const pods = (name: string, requests: Requests) => ({
      replicaCount: replicas,
      podDisruptionBudget: { ...disruptionBudget(replicas), ...EVICT_UNHEALTHY },
      ...placement(podLabels(name, NAME), capacity),
      resources: resources(requests),
    });
    return {
      ...pods("cert-manager", REQUESTS["cert-manager"]),
      // Certificates must survive an accidental uninstall.
      crds: { enabled: true, keep: true },
      serviceAccount: { name: NAME },
      // Pods that run before their role exists never get its credentials: this replaces them.
      podAnnotations: { "wbot/dns-01": String(hostsWithZone(environment).length > 0) },
      clusterResourceNamespace: ACCOUNT_NAMESPACE,
      ...(resolvers.length === 0
        ? {}
        : { dns01RecursiveNameservers: resolvers.join(","), dns01RecursiveNameserversOnly: true }),
      global: {
        priorityClassName: PRIORITY_CLASS,
        leaderElection: { namespace: NAME },
        // Nobody here has the roles that these add to: EKS's access policies aren't aggregated.
        rbac: { aggregateClusterRoles: false },
      },
      webhook: pods("webhook", REQUESTS["cert-manager-webhook"]),
      cainjector: pods("cainjector", REQUESTS["cert-manager-cainjector"]),
    };
  },
};

function certManagerTraffic(environment: Environment): AllowedTraffic[] {
  const outside = internet(environment);
  return [
    {
      name: "controller",
      pods: podLabels("cert-manager", NAME),
      egress: [
        // The certificate authority, and cert-manager's self-check of HTTP-01 challenges. Whatever the issuer, since changing
        // it must not change `infra`.
        { peers: [outside], ports: [HTTP, HTTPS] },
        ...(hostsWithZone(environment).length > 0 ? [POD_IDENTITY, ...nameServers(environment)] : []),
      ],
    },
    {
      name: "webhook",
      pods: podLabels("webhook", NAME),
      ingress: [{ peers: clusterSubnets(environment), ports: [WEBHOOK_PORT] }],
    },
  ];
}

/** What the self-check of a DNS-01 challenge queries: the zone's name servers, or only the resolvers in the settings. */
function nameServers(environment: Environment): Rule[] {
  const outside = internet(environment);
  const protocols = ["UDP", "TCP"] as const;
  const { resolvers } = environment.tls;
  if (resolvers.length === 0) return [{ peers: [outside], ports: [DNS_PORT], protocols }];
  return resolvers.map((resolver) => {
    const url = resolverUrl(resolver);
    const { hostname } = new URL(url);
    const peer = isIPv4(hostname) ? { cidr: `${hostname}/32` } : outside;
    return { peers: [peer], ports: [portOf(url)], ...(url === resolver ? {} : { protocols }) };
  });
}
