import { KUBERNETES_VERSIONS } from "../../environments/kubernetes-versions";
import { NODE_GROUPS } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import { emulatorVariables } from "../emulator";
import { awsApis } from "../peers";
import { streamTimes } from "../../environments/stream-times";
import { PodRole } from "../pod-role";
import { podsOf, type Controller } from "./helm-chart";
import {
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

/** Namespace, release and service account. */
const NAME = "cluster-autoscaler";
const REQUESTS: Requests = { cpu: "25m", memory: "256Mi" };

/** Adds nodes for pending pods and removes idle ones. */
export const clusterAutoscaler: Controller = {
  name: NAME,
  chart: {
    name: "cluster-autoscaler",
    version: "9.59.0",
    repository: "https://kubernetes.github.io/autoscaler",
  },
  pods: (settings) => podsOf({ [NAME]: REQUESTS }, settings),
  traffic: (environment) => [{ name: "controller", egress: awsApis(environment) }],

  /** Lets it describe node groups, and resize those of this cluster. */
  role(stack, { cluster }) {
    return new PodRole(stack, "cluster-autoscaler-role", {
      cluster,
      namespace: NAME,
      serviceAccount: NAME,
      statements: [
        {
          sid: "Describe",
          actions: [
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "autoscaling:DescribeLaunchConfigurations",
            "autoscaling:DescribeScalingActivities",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:GetInstanceTypesFromInstanceRequirements",
          ],
          // None of these actions supports resource-level permissions.
          resources: ["*"],
        },
        {
          sid: "DescribeNodeGroups",
          actions: ["eks:DescribeNodegroup"],
          resources: [stack.arn("eks", `nodegroup/${stack.names.cluster}/*`)],
        },
        {
          sid: "Resize",
          actions: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
          resources: [stack.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/eks-*")],
          condition: [
            {
              test: "StringEquals",
              variable: `aws:ResourceTag/k8s.io/cluster-autoscaler/${stack.names.cluster}`,
              values: ["owned"],
            },
          ],
        },
      ],
    });
  },

  values({ environment, names }) {
    const { platform, cluster, region } = environment;
    return {
      cloudProvider: "aws",
      awsRegion: region,
      autoDiscovery: { clusterName: names.cluster },
      image: { tag: KUBERNETES_VERSIONS[cluster.version].clusterAutoscaler },
      replicaCount: platform.replicas,
      podDisruptionBudget: platform.replicas > 1 ? { maxUnavailable: 1 } : null,
      ...placement(podLabels("aws-cluster-autoscaler", NAME), platform.capacity),
      priorityClassName: PRIORITY_CLASS,
      resources: resources(REQUESTS),
      ...(environment.emulator === undefined ? {} : { extraEnv: emulatorVariables(environment) }),
      securityContext: RESTRICTED_POD,
      containerSecurityContext: RESTRICTED_CONTAINER,
      rbac: { serviceAccount: { name: NAME } },
      extraArgs: {
        // Spot first for pods that may run on both; on-demand after 5 minutes without spot capacity.
        expander: "priority,least-waste",
        "max-node-provision-time": "5m0s",
        // As long as the slowest pod may take to terminate, or removing a node would cut its streams.
        "max-graceful-termination-sec": streamTimes(environment).autoscalerPatience,
        // Traefik's budget lets a node's pods go in up to four turns, each once the last one's successors are ready. By default
        // it gives up after two minutes, and the node stays.
        "max-pod-eviction-time": "10m0s",
        "balance-similar-node-groups": true,
        // Every workload has an emptyDir for /tmp, and every node has system pods: neither may block a scale-down.
        "skip-nodes-with-local-storage": false,
        "skip-nodes-with-system-pods": false,
      },
      // EKS names a node group's Auto Scaling group eks-<node group>-<id>.
      expanderPriorities: { 50: [`^eks-${NODE_GROUPS.spot.name}-.*`], 10: [".*"] },
    };
  },
};
