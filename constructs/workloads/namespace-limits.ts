import { LimitRangeV1 } from "@cdktf/provider-kubernetes/lib/limit-range-v1";
import { ResourceQuotaV1 } from "@cdktf/provider-kubernetes/lib/resource-quota-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import { cpuQuantity, memoryQuantity } from "../../environments/quantity";
import { SOLVER, TRAEFIK_PODS } from "../edge";
import type { EnvironmentStack } from "../environment-stack";
import { labels } from "../labels";
import { NetworkPolicy } from "../network-policy";
import { total, type Demand } from "./quota";

/** Pods that cert-manager starts for HTTP-01 challenges: small, and few at a time. */
const SOLVERS: Demand = {
  pods: 4,
  requests: { cpu: 10, memory: 64 },
  limits: { cpu: 100, memory: 64 },
};

/** For containers that set no requests or limits. */
const DEFAULT_REQUEST = { cpu: "50m", memory: "64Mi" };
const DEFAULT_LIMIT = { cpu: "200m", memory: "128Mi" };

export interface NamespaceLimitsProps {
  /** Makes Terraform refuse, at plan, to destroy the product. */
  readonly protection: boolean;
  /** Its workloads' peak demand. */
  readonly demands: readonly Demand[];
}

/**
 * What limits the product in its namespace, which `infra` creates (platform/product-namespace.ts): a quota that fits its
 * workloads, and traffic denied by default.
 */
export class NamespaceLimits extends Construct {
  /** What must exist before its pods. */
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, props: NamespaceLimitsProps) {
    super(stack, id);
    // Earlier versions created the namespace here. Keep this until every environment is deployed: docs/rename-a-construct.md.
    stack.forget("kubernetes_namespace_v1.namespace_67941C3A");
    const { pods, requests, limits: most } = total([...props.demands, SOLVERS]);
    const quota = new ResourceQuotaV1(this, "quota", {
      metadata: { name: NAMESPACE, namespace: NAMESPACE, labels: labels(NAMESPACE, "quota") },
      spec: {
        hard: {
          pods: String(pods),
          "requests.cpu": cpuQuantity(requests.cpu),
          "requests.memory": memoryQuantity(requests.memory),
          "limits.cpu": cpuQuantity(most.cpu),
          "limits.memory": memoryQuantity(most.memory),
          // All traffic from outside comes through Traefik.
          "services.loadbalancers": "0",
          "services.nodeports": "0",
        },
      },
      lifecycle: { preventDestroy: props.protection },
    });
    const limits = new LimitRangeV1(this, "limits", {
      metadata: { name: NAMESPACE, namespace: NAMESPACE, labels: labels(NAMESPACE, "limits") },
      spec: {
        limit: [
          {
            type: "Container",
            defaultRequest: DEFAULT_REQUEST,
            default: DEFAULT_LIMIT,
            // No `max`: a lower one would keep lost pods of the old version from coming back. The quota bounds them all.
          },
        ],
      },
    });
    const deny = new NetworkPolicy(this, "default-deny", {
      namespace: NAMESPACE,
      name: "default-deny",
      component: "network",
    });
    const solvers = new NetworkPolicy(this, "http01-solver", {
      namespace: NAMESPACE,
      name: "http01-solver",
      component: "network",
      pods: SOLVER.pods,
      ingress: [{ peers: [TRAEFIK_PODS], ports: [SOLVER.port] }],
    });
    this.ready = [quota, limits, deny.resource, solvers.resource];
  }
}
