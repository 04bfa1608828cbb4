import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { labels } from "./labels";

/** Who is at the other end: pods by their labels, here or in another namespace, or a range of addresses. */
export type Peer =
  | { readonly pods: Readonly<Record<string, string>>; readonly namespace?: string }
  | { readonly cidr: string; readonly except?: readonly string[] };

export interface Rule {
  /** Any of them; with none the rule allows nothing. */
  readonly peers: readonly Peer[];
  /** TCP, unless `protocols` says otherwise. Ports are those of the pods, not of their Services. */
  readonly ports: readonly number[];
  /** @default ["TCP"] */
  readonly protocols?: readonly ("TCP" | "UDP")[];
}

export interface NetworkPolicyProps {
  readonly namespace: string;
  readonly name: string;
  readonly component: string;
  /** Pods it is for. @default - every pod of the namespace */
  readonly pods?: Readonly<Record<string, string>>;
  /** What may come in, besides what other policies allow. @default - nothing */
  readonly ingress?: readonly Rule[];
  /** What may go out, besides what other policies allow. @default - nothing */
  readonly egress?: readonly Rule[];
}

/** What some pods may talk to; everything else is refused, both ways. */
export class NetworkPolicy extends Construct {
  /** Pods that it is for depend on it: they start after it, and are gone before it. */
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

/** To Kubernetes a rule without peers is one for everybody. */
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
