import { resourcesOf, type Resource, type StackJson } from "../../stacks/stack-json";
import { differing, type PlanJson, type ResourceChange } from "../terraform/plan-json";
import type { ChangedRead } from "./report";

/** Something in infra that app reads, through a data source or by name. */
export interface Read extends ChangedRead {
  /** Attributes whose change matters. @default - all of them */
  readonly attributes?: readonly string[];
  /** The release that installs the custom resource definitions that are read. @default - something else is read */
  readonly release?: string;
}

type Body = Resource["body"];

/** Read besides what providers sign in with: the version decides which kinds of objects the cluster knows. */
const NOTICED = ["version"];

/** What app reads from infra, found in the synthesized output of both. */
export function readsOf(infra: StackJson, app: StackJson): Read[] {
  const text = JSON.stringify(app);
  const groups = groupsOf(app);
  return resourcesOf(infra).flatMap(({ type, address, body: { name } }) => {
    if (typeof name !== "string") return [];
    const isReadByName = type === "aws_secretsmanager_secret" && text.includes(JSON.stringify(name));
    return [
      ...dataSourceReads(type, address, name, app, text),
      ...(isReadByName ? secretReads(address, name, infra) : []),
      ...(type === "helm_release" && groups.has(name)
        ? [{ address, what: `the custom resource definitions of ${name}`, atPlan: true, release: name }]
        : []),
    ];
  });
}

/** Names of releases that a plan of infra creates and whose custom resource definitions app needs. */
export function newKinds(reads: readonly Read[], { resource_changes: changes = [] }: PlanJson): string[] {
  const created = changes.filter(({ change }) => change.actions.join() === "create");
  return reads.flatMap(({ address, release }) =>
    release !== undefined && created.some((each) => each.address === address) ? [release] : [],
  );
}

/** In words; others are named by their Terraform type. */
const KINDS: Readonly<Record<string, string>> = {
  aws_eks_cluster: "the cluster",
  aws_kms_alias: "the key",
  aws_lb: "the load balancer",
};

/** A data source of the same type and name; only the attributes read from it count. */
function dataSourceReads(type: string, address: string, name: string, app: StackJson, text: string): Read[] {
  return Object.entries(app.data?.[type] ?? {})
    .filter(([, body]) => (body as Body)["name"] === name)
    .map(([id]) => {
      const reference = new RegExp(`data\\.${type}\\.${id}\\.(\\w+)`, "g");
      const read = [...text.matchAll(reference)].flatMap(([, attribute]) => attribute ?? []);
      const what = `${KINDS[type] ?? type} ${name}`;
      return { address, what, atPlan: true, attributes: [...new Set([...read, ...NOTICED])] };
    });
}

/** External Secrets copies the value to the pods: it is in no plan. */
function secretReads(address: string, name: string, infra: StackJson): Read[] {
  const versions = Object.entries(infra.resource?.["aws_secretsmanager_secret_version"] ?? {})
    .filter(([, body]) => String((body as Body)["secret_id"]).includes(`${address}.`))
    .map(([id]) => `aws_secretsmanager_secret_version.${id}`);
  return [address, ...versions].map((read) => ({ address: read, what: `the secret ${name}`, atPlan: false }));
}

/** First words of the API groups of app's custom resources: the names of the charts that install them. */
function groupsOf(app: StackJson): Set<string> {
  const manifests = Object.values(app.resource?.["kubernetes_manifest"] ?? {});
  return new Set(
    manifests.map((body) => {
      const { apiVersion = "" } = ((body as Body)["manifest"] ?? {}) as { apiVersion?: string };
      return apiVersion.split(".")[0] ?? "";
    }),
  );
}

/** The reads that a plan of infra changes. */
export function changedReads(
  reads: readonly Read[],
  { resource_changes: changes = [] }: PlanJson,
): ChangedRead[] {
  const changed = reads.filter(({ address, attributes }) =>
    changes.some((change) => change.address === address && isNoticed(change, attributes)),
  );
  const once = new Map(changed.map(({ address, what, atPlan }) => [what, { address, what, atPlan }]));
  return [...once.values()];
}

function isNoticed({ change }: ResourceChange, attributes: readonly string[] | undefined): boolean {
  const [action] = change.actions;
  if (action === "no-op" || action === "read" || action === "forget") return false;
  if (action !== "update" || change.actions.length > 1 || attributes === undefined) return true;
  return differing(change).some((key) => attributes.includes(key));
}
