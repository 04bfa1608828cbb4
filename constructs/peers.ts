import type { Environment } from "../environments";
import { API_SERVICE } from "../environments/names";
import {
  closedRanges,
  endpointRanges,
  separateEndpointRanges,
  subnetRanges,
} from "../environments/address-plan";
import { LINK_LOCAL } from "../environments/cidr";
import type { Peer, Rule } from "./network-policy";

export const HTTP = 80;
export const HTTPS = 443;
export const DNS_PORT = 53;

const EVERYWHERE = "0.0.0.0/0";

/** CoreDNS. */
export const DNS: Rule = {
  peers: [{ namespace: "kube-system", pods: { "k8s-app": "kube-dns" } }],
  ports: [DNS_PORT],
  protocols: ["UDP", "TCP"],
};

/**
 * The EKS Pod Identity agent, which hands each pod the credentials of its own role, at the same address on every node.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
export const POD_IDENTITY: Rule = { peers: [{ cidr: "169.254.170.23/32" }], ports: [HTTP] };

/** Any address: client addresses are preserved on the way to Traefik. */
export const ANYONE: Peer = { cidr: EVERYWHERE };

/** The internet, as far as it isn't closed to pods. */
export function internet(environment: Environment): Peer {
  return { cidr: EVERYWHERE, except: closedRanges(environment.network) };
}

/** The subnets of ElastiCache. */
export function cacheSubnets(environment: Environment): Peer[] {
  return peersOf(plan(environment).cache);
}

/** The subnets of the load balancer. */
export function loadBalancerSubnets(environment: Environment): Peer[] {
  const { public: open, private: closed } = plan(environment);
  return peersOf(environment.loadBalancer.internal ? closed : open);
}

/**
 * The subnets of the cluster. The control plane calls webhooks from network interfaces there, whose addresses change;
 * the nodes' and pods' addresses are there too.
 */
export function clusterSubnets(environment: Environment): Peer[] {
  const { public: open, private: closed } = plan(environment);
  return peersOf(environment.network.nat === "none" ? open : closed);
}

/**
 * The Kubernetes API. The VPC CNI evaluates a connection as it leaves the pod, while it still targets the Service's
 * address, and resolves Services through the pods they select. This one selects none, so its address is listed; a
 * plugin that evaluates later sees the control plane's network interfaces.
 *
 * @see https://github.com/aws/amazon-network-policy-controller-k8s (getMatchingServiceClusterIPs)
 */
export function kubernetesApi(environment: Environment): Rule {
  return { peers: [{ cidr: `${API_SERVICE}/32` }, ...clusterSubnets(environment)], ports: [HTTPS] };
}

/** Interface endpoints of AWS's services, apart from the cluster. */
export function separateEndpoints({ network, zones }: Environment): Rule {
  return { peers: peersOf(separateEndpointRanges(network, zones)), ports: [HTTPS] };
}

/**
 * AWS's APIs: public addresses, interface endpoints, or an emulator's port at any address; plus Pod Identity for the
 * credentials.
 */
export function awsApis(environment: Environment): Rule[] {
  const { emulator, network, zones } = environment;
  return [
    POD_IDENTITY,
    { peers: [internet(environment)], ports: [HTTPS] },
    { peers: peersOf(endpointRanges(network, zones)), ports: [HTTPS] },
    ...(emulator === undefined
      ? []
      : [{ peers: [{ cidr: EVERYWHERE, except: [LINK_LOCAL] }], ports: [portOf(emulator.endpoint)] }]),
  ];
}

/** The port of a URL, else its scheme's default. */
export function portOf(endpoint: string): number {
  const { port, protocol } = new URL(endpoint);
  return Number(port || (protocol === "https:" ? HTTPS : HTTP));
}

function plan({ network, zones }: Environment) {
  return subnetRanges(network, zones);
}

function peersOf(ranges: readonly string[]): Peer[] {
  return ranges.map((cidr) => ({ cidr }));
}
