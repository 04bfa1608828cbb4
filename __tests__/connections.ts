import { parseCidr } from "../environments/cidr";
import { metadata, target, type Body, type Found, type Written, type WrittenStack } from "./synth";

/** What the network policies of both stacks allow, worked out from what was written, as the API's reference describes it. */

/** One end of a connection: a pod, or an address that is no pod's. */
export interface End {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly address: string;
}

/** Ends that the project doesn't make, or that charts do. Every pod has an address of the VPC (10.0.0.0/16). */
export const TRAEFIK: End = {
  namespace: "traefik",
  labels: { "app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-traefik" },
  address: "10.0.1.2",
};
export const KUBE_DNS: End = {
  namespace: "kube-system",
  labels: { "k8s-app": "kube-dns" },
  address: "10.0.1.3",
};
/** Wears Traefik's label, but not in Traefik's namespace. */
export const IMPOSTOR: End = {
  namespace: "elsewhere",
  labels: { "app.kubernetes.io/name": "traefik" },
  address: "10.0.1.4",
};
/** A pod of the namespace that no policy is for but the one that is for all. */
export const STRANGER: End = {
  namespace: "wbot",
  labels: { "app.kubernetes.io/name": "debug", "app.kubernetes.io/part-of": "wbot" },
  address: "10.0.1.5",
};
export const SOLVER: End = {
  namespace: "wbot",
  labels: { "acme.cert-manager.io/http01-solver": "true" },
  address: "10.0.1.6",
};
export const INTERNET: End = { address: "198.51.100.7" };
export const METADATA: End = { address: "169.254.169.254" };
export const POD_IDENTITY: End = { address: "169.254.170.23" };
/** A node, or an interface of the control plane. */
export const VPC: End = { address: "10.0.0.9" };
/** The Service of the Kubernetes API, as it is called from a pod. */
export const API: End = { address: "172.20.0.1" };

/** The pods of a Deployment or StatefulSet as they were written. */
export function pods(app: WrittenStack, name: string): End {
  const [workload] = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1"]
    .flatMap((type) => app.of(type))
    .filter((each) => metadata(each)["name"] === name);
  if (!workload) throw new Error(`no workload ${name}`);
  const { labels } = workload.body["spec"].template.metadata;
  return { namespace: "wbot", labels: labels as Record<string, string>, address: "10.0.2.2" };
}

type Protocol = "TCP" | "UDP";

/** Whether the policies let `from` open a connection to a port of `to`, at both ends. */
export function allowed(
  written: Written,
  from: End,
  to: End,
  port: number,
  protocol: Protocol = "TCP",
): boolean {
  return permits(written, "Egress", from, to, port, protocol) && accepts(written, from, to, port, protocol);
}

/** Whether the policies of `to` let `from` in, whatever those of `from` say. */
export function accepts(
  written: Written,
  from: End,
  to: End,
  port: number,
  protocol: Protocol = "TCP",
): boolean {
  return permits(written, "Ingress", to, from, port, protocol);
}

function permits(
  written: Written,
  direction: "Ingress" | "Egress",
  end: End,
  other: End,
  port: number,
  protocol: Protocol,
): boolean {
  const own = policies(written).filter(
    ({ namespace, spec }) =>
      end.namespace === namespace &&
      (spec["policy_types"] as string[]).includes(direction) &&
      selects(spec["pod_selector"] as Body, end),
  );
  // What no policy is for may talk to anyone.
  if (own.length === 0) return true;
  const rules = own.flatMap(({ namespace, spec }) =>
    (spec[direction.toLowerCase()] as Body[]).map((rule) => ({ namespace, rule })),
  );
  const peers = direction === "Ingress" ? "from" : "to";
  return rules.some(
    ({ namespace, rule }) =>
      anyOf(rule[peers] as Body[] | undefined, (peer) => matches(peer, other, namespace)) &&
      anyOf(
        rule["ports"] as Body[] | undefined,
        (each) => each["port"] === String(port) && each["protocol"] === protocol,
      ),
  );
}

interface Policy {
  readonly namespace: string;
  readonly spec: Body;
}

const known = new WeakMap<Written, Policy[]>();

function policies(written: Written): Policy[] {
  const found = known.get(written) ?? [written.infra, written.app].flatMap(policiesOf);
  known.set(written, found);
  return found;
}

function policiesOf(stack: WrittenStack): Policy[] {
  return stack.of("kubernetes_network_policy_v1").map((policy) => ({
    namespace: namespaceOf(stack, policy),
    spec: policy.body["spec"] as Body,
  }));
}

/** The name of the namespace that an object refers to, or names: `app` has none of its own. */
export function namespaceOf(stack: WrittenStack, object: Found): string {
  const namespace = metadata(object)["namespace"] as string;
  if (!namespace.startsWith("${")) return namespace;
  return metadata(target(stack, namespace))["name"] as string;
}

/** An empty list of peers or ports means all of them. */
function anyOf(list: Body[] | undefined, holds: (each: Body) => boolean): boolean {
  return list === undefined || list.length === 0 || list.some(holds);
}

function matches(peer: Body, end: End, policyNamespace: string): boolean {
  const block = peer["ip_block"] as { cidr: string; except?: string[] } | undefined;
  if (block) {
    return contains(block.cidr, end.address) && !(block.except ?? []).some((it) => contains(it, end.address));
  }
  if (end.namespace === undefined) return false;
  const namespaces = peer["namespace_selector"] as Body | undefined;
  const inNamespace = namespaces
    ? selects(namespaces, {
        labels: { "kubernetes.io/metadata.name": end.namespace },
        address: end.address,
      })
    : end.namespace === policyNamespace;
  return inNamespace && selects((peer["pod_selector"] ?? {}) as Body, end);
}

/** An empty selector selects everything. */
function selects(selector: Body, end: End): boolean {
  const wanted = Object.entries((selector["match_labels"] ?? {}) as Record<string, string>);
  return wanted.every(([key, value]) => end.labels?.[key] === value);
}

function contains(cidr: string, address: string): boolean {
  const range = parseCidr(cidr);
  const single = parseCidr(`${address}/32`);
  if (!range || !single) throw new Error(`no range and address: ${cidr}, ${address}`);
  return single.base >= range.base && single.base < range.base + 2 ** (32 - range.prefix);
}
