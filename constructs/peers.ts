import type { Environment } from "../environments";
import { SERVICE_CIDR } from "../environments/names";
import { addressPlan } from "./aws/address-plan";
import type { Peer, Rule } from "./network-policy";

/** Link-local addresses: instance metadata and Pod Identity, which the workloads have no business with. */
const LINK_LOCAL = "169.254.0.0/16";

/** Names are looked up in CoreDNS. */
export const DNS: Rule = {
  peers: [{ namespace: "kube-system", pods: { "k8s-app": "kube-dns" } }],
  ports: [53],
  protocols: ["UDP", "TCP"],
};

/** Everything outside the VPC and the cluster. */
export function internet(environment: Environment): Peer {
  return { cidr: "0.0.0.0/0", except: [environment.network.cidr, SERVICE_CIDR, LINK_LOCAL] };
}

/** The subnets of ElastiCache. */
export function cacheSubnets(environment: Environment): Peer[] {
  return addressPlan(environment.network.cidr, environment.zones.length).cache.map((cidr) => ({ cidr }));
}
