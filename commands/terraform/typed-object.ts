import { isGroup } from "../../environments/json-text";
import * as client from "@kubernetes/client-node";
import { resourcesOf, type Resource, type StackJson } from "../../stacks/stack-json";
import { isTemplate } from "./references";

/**
 * The Kubernetes object that Terraform's provider sends for one of its typed resources, such as kubernetes_deployment_v1.
 * Guided by Kubernetes' own types, snake case becomes camel case, a single block an object, and repeated blocks a list with
 * their plural name; map keys are kept. Unknown fields are kept as well, for the schema to reject.
 */

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** A field of a type of @kubernetes/client-node. */
interface Field {
  readonly baseName: string;
  /** Such as "string", "V1PodSpec" or "Array<V1Container>". */
  readonly type: string;
}

type Block = Readonly<Record<string, unknown>>;

/** Arguments that belong to Terraform or the provider and are not sent. */
const NOT_SENT = /^(\/\/|depends_on|lifecycle|provider|timeouts|wait_for_.*)$/;

/** Arguments that the provider names differently from Kubernetes, by kind. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  StorageClass: { storage_provisioner: "provisioner" },
};

/**
 * What the provider (2.38) sends for omitted fields, as far as it matters for pod security: its false in a container
 * overrides the pod's true.
 */
const SENT_BY_DEFAULT: Readonly<Record<string, Block>> = {
  V1SecurityContext: {
    allow_privilege_escalation: true,
    privileged: false,
    read_only_root_filesystem: false,
    run_as_non_root: false,
  },
};

/** The object that a provider resource creates; undefined for types that create none, such as kubernetes_labels. */
export function objectOf({ type, body }: Pick<Resource, "type" | "body">): KubernetesObject | undefined {
  return type === "kubernetes_manifest" ? (body["manifest"] as KubernetesObject) : typedObject(type, body);
}

/** The objects that a stack creates, each with its resource. */
export function objectsIn(
  json: StackJson,
): { readonly resource: Resource; readonly object: KubernetesObject }[] {
  return resourcesOf(json).flatMap((resource) => {
    const object = objectOf(resource);
    return object === undefined ? [] : [{ resource, object }];
  });
}

function typedObject(type: string, body: Block): KubernetesObject | undefined {
  const header = typedKind(type);
  if (header === undefined) return undefined;
  const { apiVersion, kind } = header;
  const model = `${(apiVersion.split("/").at(-1) ?? "").toUpperCase()}${kind}`;
  if (fieldsOf(model) === undefined) return undefined;
  const sent = Object.entries(body)
    .filter(([key]) => !NOT_SENT.test(key))
    .map(([key, value]) => [RENAMED[kind]?.[key] ?? key, value]);
  return {
    ...header,
    ...(converted(Object.fromEntries(sent) as Block, model) as Pick<KubernetesObject, "metadata">),
  };
}

/** Kinds by API group; all others in use are in the core group. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  apps: ["DaemonSet", "Deployment", "StatefulSet"],
  autoscaling: ["HorizontalPodAutoscaler"],
  batch: ["CronJob", "Job"],
  "networking.k8s.io": ["Ingress", "IngressClass", "NetworkPolicy"],
  policy: ["PodDisruptionBudget"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  "scheduling.k8s.io": ["PriorityClass"],
  "storage.k8s.io": ["StorageClass"],
};

const TYPE = /^kubernetes_(?<name>[a-z_]+)_(?<version>v\d+(?:(?:alpha|beta)\d+)?)$/;

/**
 * What a type of Terraform's Kubernetes provider creates: "kubernetes_deployment_v1" a Deployment of apps/v1. Undefined for
 * kubernetes_manifest, whose kind is in its manifest, and for types that create no object, such as kubernetes_labels.
 */
function typedKind(type: string): Pick<KubernetesObject, "apiVersion" | "kind"> | undefined {
  const { name, version = "" } = TYPE.exec(type)?.groups ?? {};
  if (name === undefined) return undefined;
  const kind = camelCase(`_${name}`);
  const group = Object.keys(GROUPS).find((each) => GROUPS[each]?.includes(kind));
  return { apiVersion: group === undefined ? version : `${group}/${version}`, kind };
}

const MODELS = client as unknown as Record<string, { getAttributeTypeMap?: () => Field[] } | undefined>;

function fieldsOf(model: string): readonly Field[] | undefined {
  return MODELS[model]?.getAttributeTypeMap?.();
}

function converted(block: Block, model: string): unknown {
  const fields = fieldsOf(model) ?? [];
  const entries = Object.entries({ ...SENT_BY_DEFAULT[model], ...block }).flatMap(([key, value]) => {
    const field = fieldOf(key, fields);
    const sent = field ? valueOf(value, field.type) : value;
    return sent === undefined ? [] : [[field?.baseName ?? camelCase(key), sent]];
  });
  return Object.fromEntries(entries);
}

/** By its own name, or by the singular of a list's name. */
function fieldOf(key: string, fields: readonly Field[]): Field | undefined {
  const name = bare(key);
  const plurals = [`${name}s`, `${name}es`, name.replace(/y$/, "ies")];
  return (
    fields.find(({ baseName }) => bare(baseName) === name) ??
    fields.find(({ baseName, type }) => type.startsWith("Array<") && plurals.includes(bare(baseName)))
  );
}

/** "host_ipc" and "hostIPC" are the same name. */
function bare(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function valueOf(value: unknown, type: string): unknown {
  if (value === null) return undefined;
  if (isTemplate(value)) return value;
  const [, item] = /^Array<(.+)>$/.exec(type) ?? [];
  if (item !== undefined) return Array.isArray(value) ? value.map((each) => valueOf(each, item)) : value;
  if (fieldsOf(type) !== undefined) {
    const block: unknown = Array.isArray(value) ? value[0] : value;
    return isGroup(block) ? converted(block, type) : block;
  }
  // The provider writes some numbers as strings.
  const isNumber = type === "number" || type === "IntOrString";
  return isNumber && typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
}
