import { resourcesOf, type StackJson } from "../../stacks/stack-json";

/** What Terraform waits for in the cluster, silently and for minutes. */
export interface Awaited {
  readonly address: string;
  readonly type: "Deployment" | "StatefulSet" | "release";
  readonly namespace: string;
  readonly name: string;
}

const TYPES: Readonly<Record<string, Awaited["type"]>> = {
  kubernetes_deployment_v1: "Deployment",
  kubernetes_stateful_set_v1: "StatefulSet",
  helm_release: "release",
};

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

/** Everything in a stack that is waited for while it is changed. */
export function awaitedIn(json: StackJson): Awaited[] {
  return resourcesOf(json).flatMap(({ address, type: resource, body }) => {
    const type = TYPES[resource];
    if (type === undefined) return [];
    const { metadata = body } = body as Metadata & { readonly metadata?: Metadata };
    const { name = "", namespace = "" } = metadata as Metadata;
    return [{ address, type, name, namespace: namespaceIn(json, namespace) }];
  });
}

/** What a stack itself rolls out. */
export function workloadsIn(json: StackJson): Awaited[] {
  return awaitedIn(json).filter(({ type }) => type !== "release");
}

/** A namespace's name, which may be a reference to the namespace. */
function namespaceIn({ resource = {} }: StackJson, name: string): string {
  const [, id = ""] = /^\$\{kubernetes_namespace_v1\.([\w-]+)\./.exec(name) ?? [];
  const { metadata } = (resource["kubernetes_namespace_v1"]?.[id] ?? {}) as { readonly metadata?: Metadata };
  return metadata?.name ?? name;
}
