import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1, type RoleV1Rule } from "@cdktf/provider-kubernetes/lib/role-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { PLAN_GROUP } from "../../environments/ci";
import type { EnvironmentStack } from "../environment-stack";
import { labels } from "../labels";
import type { HelmChart } from "./helm-chart";

/**
 * Kinds that the stacks create, by API group: a plan gets each object by name. Not only those that the settings want: `app`
 * keeps what was switched off until its own deploy, after that of `infra`.
 */
const READ: Readonly<Record<string, readonly string[]>> = {
  "": ["configmaps", "limitranges", "namespaces", "resourcequotas", "serviceaccounts", "services"],
  apps: ["deployments", "statefulsets"],
  autoscaling: ["horizontalpodautoscalers"],
  "networking.k8s.io": ["ingresses", "networkpolicies"],
  policy: ["poddisruptionbudgets"],
  "rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
  "storage.k8s.io": ["storageclasses"],
  "cert-manager.io": ["certificates", "clusterissuers"],
  "external-secrets.io": ["externalsecrets", "secretstores"],
  "monitoring.coreos.com": ["podmonitors", "prometheusrules"],
  "traefik.io": ["middlewares"],
};

const NAME = "wbot-plan";
const GROUP = "rbac.authorization.k8s.io";
const METADATA = { name: NAME, labels: labels(NAME, "ci") };
const SUBJECT = [{ kind: "Group", name: PLAN_GROUP, apiGroup: GROUP }];

export interface PlanAccessProps {
  /** Charts whose releases a plan must read. */
  readonly charts: readonly HelmChart[];
  /** Name of the product's namespace. */
  readonly namespace: string;
  /** A working cluster: the administrators' access takes effect seconds after it is granted, while nodes start. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * What a plan reads in the cluster, granted to the plan role's group: no pods and no logs. Helm stores releases in
 * Secrets, and plans a release it can't read as new: hence Secrets, in the controllers' namespaces only.
 */
export class PlanAccess extends Construct {
  constructor(stack: EnvironmentStack, id: string, { charts, namespace, dependsOn }: PlanAccessProps) {
    super(stack, id);
    const role = new ClusterRoleV1(this, "cluster-role", {
      metadata: METADATA,
      rule: [
        ...Object.entries(READ).map(([group, resources]) => ({
          apiGroups: [group],
          resources: [...resources],
          verbs: ["get"],
        })),
        // The provider plans custom resources by their CRDs' schemas, and lists all CRDs to find them.
        {
          apiGroups: ["apiextensions.k8s.io"],
          resources: ["customresourcedefinitions"],
          verbs: ["get", "list"],
        },
      ],
      dependsOn: [...dependsOn],
    });
    new ClusterRoleBindingV1(this, "cluster-role-binding", {
      metadata: METADATA,
      roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: role.metadata.name },
      subject: SUBJECT,
    });
    const secrets = { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] };
    for (const chart of charts) this.inNamespace(chart.node.id, chart.namespace.metadata.name, secrets);
    // For workloads/running-image.ts.
    const deployments = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] };
    this.inNamespace("product", namespace, deployments);
  }

  private inNamespace(id: string, namespace: string, rule: RoleV1Rule): void {
    const metadata = { ...METADATA, namespace };
    const role = new RoleV1(this, `${id}-role`, { metadata, rule: [rule] });
    new RoleBindingV1(this, `${id}-role-binding`, {
      metadata,
      roleRef: { apiGroup: GROUP, kind: "Role", name: role.metadata.name },
      subject: SUBJECT,
    });
  }
}
