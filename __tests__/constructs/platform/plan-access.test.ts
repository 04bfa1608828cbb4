import { CI } from "../ci/scope";
import { loadEnvironment } from "../../../environments";
import { controllersOf } from "../../../stacks/controllers";
import { metadata, synth, type Found } from "../../synth";

/** Their namespaces. */
const CONTROLLERS = controllersOf(loadEnvironment("prod", { overrides: CI }))
  .map(({ name, namespace = name }) => namespace)
  .sort();
const { infra, app } = synth("prod", CI);
const dev = synth("dev", { redis: { kind: "in-cluster" } });
const clusterRole = infra.one("kubernetes_cluster_role_v1");

interface Rule {
  readonly api_groups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}
const rules = ({ body }: Found) => body["rule"] as Rule[];
const may = (verb: string, group: string, resource: string) =>
  rules(clusterRole).some(
    (rule) =>
      rule.verbs.includes(verb) && rule.api_groups.includes(group) && rule.resources.includes(resource),
  );

/** API group and resource of each kind that the Kubernetes provider has its own resource type for. */
const TYPES: Readonly<Record<string, readonly [group: string, resource: string]>> = {
  kubernetes_cluster_role_binding_v1: ["rbac.authorization.k8s.io", "clusterrolebindings"],
  kubernetes_cluster_role_v1: ["rbac.authorization.k8s.io", "clusterroles"],
  kubernetes_config_map_v1: ["", "configmaps"],
  kubernetes_deployment_v1: ["apps", "deployments"],
  kubernetes_horizontal_pod_autoscaler_v2: ["autoscaling", "horizontalpodautoscalers"],
  kubernetes_ingress_v1: ["networking.k8s.io", "ingresses"],
  kubernetes_limit_range_v1: ["", "limitranges"],
  kubernetes_namespace_v1: ["", "namespaces"],
  kubernetes_network_policy_v1: ["networking.k8s.io", "networkpolicies"],
  kubernetes_resource_quota_v1: ["", "resourcequotas"],
  kubernetes_role_binding_v1: ["rbac.authorization.k8s.io", "rolebindings"],
  kubernetes_role_v1: ["rbac.authorization.k8s.io", "roles"],
  kubernetes_service_account_v1: ["", "serviceaccounts"],
  kubernetes_service_v1: ["", "services"],
  kubernetes_stateful_set_v1: ["apps", "statefulsets"],
  kubernetes_storage_class_v1: ["storage.k8s.io", "storageclasses"],
};

/** What has to be read of one object. */
function kindOf({ type, body }: Found): readonly [group: string, resource: string] {
  if (type !== "kubernetes_manifest") {
    const known = TYPES[type];
    if (known === undefined)
      throw new Error(`${type} is new: put it into READ in constructs/platform/plan-access.ts, and here`);
    return known;
  }
  const { apiVersion, kind } = body["manifest"] as { apiVersion: string; kind: string };
  return resourceOf(apiVersion, kind);
}

function resourceOf(apiVersion: string, kind: string): readonly [group: string, resource: string] {
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return [group, `${kind.toLowerCase()}s`];
}

/** What data sources list. */
const lists = [infra, app, dev.app]
  .flatMap(({ all }) => all)
  .filter(({ type }) => type.startsWith("data.kubernetes_"))
  .map(({ type, body }) => {
    if (type !== "data.kubernetes_resources")
      throw new Error(
        `${type} is new: allow what it reads in constructs/platform/plan-access.ts, and look at it here`,
      );
    return resourceOf(String(body["api_version"]), String(body["kind"]));
  });

const kinds = new Map(
  [infra, app, dev.app]
    .flatMap(({ all }) => all)
    .filter(({ type }) => type.startsWith("kubernetes_"))
    .map((found) => [kindOf(found).join("/"), kindOf(found)]),
);

it.each([...kinds.values()])("may get each object of %s %s, which the stacks create", (group, resource) => {
  expect(may("get", group, resource)).toBe(true);
});

it("may get the same whatever is switched off: app has it until its own deploy, after infra's", () => {
  const off = { metrics: { kind: "none" }, logs: { kind: "none" } };
  const without = synth("prod", { ...CI, observability: off }).infra;
  expect(rules(without.one("kubernetes_cluster_role_v1"))).toEqual(rules(clusterRole));
});

it("may list what a plan looks up in the product's namespace", () => {
  expect(new Set(lists.map(([, resource]) => resource))).toEqual(new Set(["deployments"]));
  for (const [group, resource] of lists)
    expect(rules(infra.one("kubernetes_role_v1", "plan-access/product-role"))).toEqual([
      { api_groups: [group], resources: [resource], verbs: ["list"] },
    ]);
});

it("may list nothing in the whole cluster but the definitions of custom resources", () => {
  const listed = rules(clusterRole)
    .filter(({ verbs }) => verbs.includes("list"))
    .flatMap(({ resources }) => resources);
  expect(listed.sort()).toEqual(["customresourcedefinitions"]);
});

it("may get nothing that the stacks don't create, and change nothing", () => {
  const reads = rules(clusterRole).flatMap(({ api_groups: [group = ""], resources }) =>
    resources.map((resource) => `${group}/${resource}`),
  );
  expect(reads.filter((read) => !kinds.has(read))).toEqual([
    // The schemas by which custom resources are planned.
    "apiextensions.k8s.io/customresourcedefinitions",
  ]);
  expect(may("list", "apiextensions.k8s.io", "customresourcedefinitions")).toBe(true);
  const roles = [clusterRole, ...infra.of("kubernetes_role_v1")];
  expect(new Set(roles.flatMap(rules).flatMap(({ verbs }) => verbs))).toEqual(new Set(["get", "list"]));
});

it("reads Secrets, where Helm stores its releases, in the controllers' namespaces only", () => {
  expect(may("get", "", "secrets")).toBe(false);
  const roles = infra.of("kubernetes_role_v1").filter(({ path }) => !path.includes("product"));
  const namespaceOf = (found: Found) => {
    const address = /\$\{(kubernetes_namespace_v1\.[\w-]+)\./.exec(String(metadata(found)["namespace"]))?.[1];
    const namespace = infra.all.find((each) => each.address === address);
    return namespace && metadata(namespace)["name"];
  };
  expect(roles.map(namespaceOf).sort()).toEqual(CONTROLLERS);
  expect(infra.of("kubernetes_role_binding_v1").map(namespaceOf).sort()).toEqual(
    [...CONTROLLERS, "wbot"].sort(),
  );
  for (const role of roles)
    expect(rules(role)).toEqual([{ api_groups: [""], resources: ["secrets"], verbs: ["get", "list"] }]);
  expect(app.all.filter(({ type }) => /^kubernetes_.*role/.test(type))).toEqual([]);
});

it("is granted to the plan role's group only", () => {
  for (const binding of [
    ...infra.of("kubernetes_cluster_role_binding_v1"),
    ...infra.of("kubernetes_role_binding_v1"),
  ])
    expect(binding.body["subject"]).toEqual([
      { api_group: "rbac.authorization.k8s.io", kind: "Group", name: "wbot:plan" },
    ]);
});

it("is created after the administrators' access, and destroyed before it", () => {
  const rbac = infra.all.filter(({ path }) => path.startsWith("plan-access/"));
  expect(rbac).toHaveLength(2 + 2 * CONTROLLERS.length + 2);
  for (const each of rbac)
    for (const right of infra.of("aws_eks_access_policy_association"))
      expect([each.path, infra.isAfter(each, right)]).toEqual([each.path, true]);
});

it("doesn't exist without CI", () => {
  const found = synth("prod").infra.all.filter(({ type }) => /^kubernetes_.*role/.test(type));
  expect(found).toEqual([]);
});
