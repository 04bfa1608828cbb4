import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { labels } from "./labels";

/** The other end of a connection: pods by label, in this namespace or another, or an IP range. */
export type Peer =
  | { readonly pods: Readonly<Record<string, string>>; readonly namespace?: string }
  | { readonly cidr: string; readonly except?: readonly string[] };

export interface Rule {
  /** Any of these; if empty, the rule allows nothing. */
  readonly peers: readonly Peer[];
  /** The pods' ports, not those of their Services. */
  readonly ports: readonly number[];
  /** @default ["TCP"] */
  readonly protocols?: readonly ("TCP" | "UDP")[];
}

export interface NetworkPolicyProps {
  readonly namespace: string;
  readonly name: string;
  readonly component: string;
  /** Pods it applies to. @default - every pod of the namespace */
  readonly pods?: Readonly<Record<string, string>>;
  /** Allowed ingress, in addition to other policies. @default - none */
  readonly ingress?: readonly Rule[];
  /** Allowed egress, in addition to other policies. @default - none */
  readonly egress?: readonly Rule[];
}

/** Allows some pods' traffic and denies everything else, in both directions. */
export class NetworkPolicy extends Construct {
  /** For the pods it applies to, to depend on: they start after it, and are gone before it. */
  readonly resource: ITerraformDependable;

  constructor(scope: Construct, id: string, props: NetworkPolicyProps) {
    super(scope, id);
    this.resource = new NetworkPolicyV1(this, "policy", {
      metadata: { name: props.name, namespace: props.namespace, labels: labels(props.name, props.component) },
      spec: {
        podSelector: props.pods ? { matchLabels: props.pods } : {},
        policyTypes: ["Ingress", "Egress"],
        ingress: rules(props.ingress).map((rule) => ({ from: rule.peers.map(peer), ports: ports(rule) })),
        egress: rules(props.egress).map((rule) => ({ to: rule.peers.map(peer), ports: ports(rule) })),
      },
    });
  }
}

/** To Kubernetes, a rule without peers allows everyone. */
function rules(all: readonly Rule[] = []): readonly Rule[] {
  return all.filter(({ peers }) => peers.length > 0);
}

function peer(it: Peer) {
  if ("cidr" in it) return { ipBlock: { cidr: it.cidr, ...(it.except ? { except: [...it.except] } : {}) } };
  return {
    podSelector: { matchLabels: it.pods },
    ...(it.namespace === undefined
      ? {}
      : { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": it.namespace } } }),
  };
}

function ports({ ports, protocols = ["TCP"] }: Rule) {
  return ports.flatMap((port) => protocols.map((protocol) => ({ port: String(port), protocol })));
}
