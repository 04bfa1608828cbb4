import { hostsOf } from "../../environments/hosts";
import type { EnvironmentStack } from "../environment-stack";
import { CERT_MANAGER } from "../platform/cert-manager";
import { CLUSTER_AUTOSCALER } from "../platform/cluster-autoscaler";
import { EXTERNAL_SECRETS } from "../platform/external-secrets";
import type { Cluster } from "./cluster";
import { PodRole } from "../pod-role";

/** What each controller may do in AWS: named actions on named resources, and nothing where AWS allows names. */

/** Addresses for pods. AWS keeps the list of actions, which changes with the plugin. */
export function vpcCniRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "vpc-cni-role", {
    cluster,
    namespace: "kube-system",
    serviceAccount: "aws-node",
    managedPolicy: "AmazonEKS_CNI_Policy",
  });
}

/** Volumes for pods; AWS's own policy is limited to what the driver has tagged. */
export function ebsCsiRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "ebs-csi-role", {
    cluster,
    namespace: "kube-system",
    serviceAccount: "ebs-csi-controller-sa",
    managedPolicy: "service-role/AmazonEBSCSIDriverPolicy",
  });
}

/** Reading the two secrets of this environment. */
export function externalSecretsRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  const { appSecret, redisSecret } = stack.names;
  return new PodRole(stack, "external-secrets-role", {
    cluster,
    ...EXTERNAL_SECRETS,
    statements: [
      {
        sid: "ReadSecrets",
        actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        resources: [stack.secretArn(appSecret), stack.secretArn(redisSecret)],
      },
    ],
  });
}

/** Seeing the node groups, and resizing those of this cluster. */
export function clusterAutoscalerRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "cluster-autoscaler-role", {
    cluster,
    ...CLUSTER_AUTOSCALER,
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
        // None of these actions can be limited to a resource.
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
}

/** Proving each host that has a zone by a TXT record there; undefined where none has. */
export function certManagerRole(stack: EnvironmentStack, cluster: Cluster): PodRole | undefined {
  const { partition, environment } = stack;
  const hosts = hostsOf(environment).filter(({ hostedZoneId }) => hostedZoneId !== undefined);
  if (hosts.length === 0) return undefined;
  const ids = [...new Set(hosts.map(({ hostedZoneId = "" }) => hostedZoneId))];
  const zones = ids.map((id) => `arn:${partition}:route53:::hostedzone/${id}`);
  return new PodRole(stack, "cert-manager-role", {
    cluster,
    ...CERT_MANAGER,
    statements: [
      {
        sid: "WatchChange",
        actions: ["route53:GetChange"],
        resources: [`arn:${partition}:route53:::change/*`],
      },
      { sid: "ReadRecords", actions: ["route53:ListResourceRecordSets"], resources: zones },
      {
        sid: "WriteChallenge",
        actions: ["route53:ChangeResourceRecordSets"],
        resources: zones,
        condition: [
          {
            test: "ForAllValues:StringEquals",
            variable: "route53:ChangeResourceRecordSetsRecordTypes",
            values: ["TXT"],
          },
          {
            test: "ForAllValues:StringLike",
            variable: "route53:ChangeResourceRecordSetsNormalizedRecordNames",
            values: hosts.map(({ host }) => `_acme-challenge.${host}`),
          },
        ],
      },
    ],
  });
}
