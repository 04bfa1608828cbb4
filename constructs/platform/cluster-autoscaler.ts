import type { ITerraformDependable } from "cdktf";
import { CHARTS } from "../../environments/charts";
import { KUBERNETES_VERSIONS } from "../../environments/kubernetes-versions";
import { CONTROLLERS } from "../../environments/requests";
import { emulatorVariables } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { awsApis } from "../peers";
import { streamTimes } from "../../environments/stream-times";
import { HelmChart } from "./helm-chart";
import {
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

export const CLUSTER_AUTOSCALER = { namespace: "cluster-autoscaler", serviceAccount: "cluster-autoscaler" };

/** Adds nodes for pods that find no room, and takes away those that stand idle. */
export class ClusterAutoscaler extends HelmChart {
  constructor(stack: EnvironmentStack, props: { readonly dependsOn: readonly ITerraformDependable[] }) {
    const { platform, cluster, region } = stack.environment;
    super(stack, "cluster-autoscaler", {
      chart: CHARTS.clusterAutoscaler,
      namespace: CLUSTER_AUTOSCALER.namespace,
      dependsOn: props.dependsOn,
      traffic: [{ name: "controller", egress: awsApis(stack.environment) }],
      values: {
        cloudProvider: "aws",
        awsRegion: region,
        autoDiscovery: { clusterName: stack.names.cluster },
        image: { tag: KUBERNETES_VERSIONS[cluster.version].clusterAutoscaler },
        replicaCount: platform.replicas,
        ...(platform.replicas > 1
          ? { podDisruptionBudget: { maxUnavailable: 1 } }
          : { podDisruptionBudget: null }),
        ...placement(podLabels("aws-cluster-autoscaler", "cluster-autoscaler"), platform.capacity),
        priorityClassName: PRIORITY_CLASS,
        resources: resources(CONTROLLERS["cluster-autoscaler"]),
        ...(stack.environment.emulator === undefined
          ? {}
          : { extraEnv: emulatorVariables(stack.environment) }),
        securityContext: RESTRICTED_POD,
        containerSecurityContext: RESTRICTED_CONTAINER,
        rbac: { serviceAccount: { name: CLUSTER_AUTOSCALER.serviceAccount } },
        extraArgs: {
          // Spot first where pods may run on both; on-demand when AWS has no spot to give for 5 minutes.
          expander: "priority,least-waste",
          "max-node-provision-time": "5m0s",
          // As long as the slowest pod may take to go, or its streams would be cut when a node is taken away.
          "max-graceful-termination-sec": streamTimes(stack.environment).autoscalerPatience,
          "balance-similar-node-groups": true,
          // Every workload has an emptyDir for /tmp, and every node system pods: neither is worth a node.
          "skip-nodes-with-local-storage": false,
          "skip-nodes-with-system-pods": false,
        },
        // EKS names a group's Auto Scaling group eks-<node group>-<id>.
        expanderPriorities: { 50: ["^eks-spot-.*"], 10: [".*"] },
      },
    });
  }
}
