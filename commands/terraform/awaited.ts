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

/** What is waited for while this resource is changed; undefined if nothing is. */
export function awaitedOf(json: StackJson, address: string): Awaited | undefined {
  const found = resourcesOf(json).find((each) => each.address === address);
  const type = TYPES[found?.type ?? ""];
  if (found === undefined || type === undefined) return undefined;
  const { metadata, name, namespace } = found.body as Metadata & { readonly metadata?: Metadata };
  return {
    address,
    type,
    name: metadata?.name ?? name ?? "",
    namespace: namespaceIn(json, metadata?.namespace ?? namespace ?? ""),
  };
}

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

/** A namespace's name, which may be a reference to the namespace. */
export function namespaceIn({ resource = {} }: StackJson, name: string): string {
  const [, id = ""] = /^\$\{kubernetes_namespace_v1\.([\w-]+)\./.exec(name) ?? [];
  const { metadata } = (resource["kubernetes_namespace_v1"]?.[id] ?? {}) as { readonly metadata?: Metadata };
  return metadata?.name ?? name;
}
