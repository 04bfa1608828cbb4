import { EksAddon } from "@cdktf/provider-aws/lib/eks-addon";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { AddOnName } from "../../environments/add-ons";
import type { EnvironmentStack } from "../environment-stack";
import type { Cluster } from "./cluster";
import { PodRole } from "../pod-role";

export interface AddOnProps {
  readonly cluster: Cluster;
  /** Configuration values, in the add-on's own schema. @default - the add-on's defaults */
  readonly configuration?: object;
  /** Leaves the software in the cluster when the add-on is removed. @default false */
  readonly preserve?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A managed EKS add-on, in the version from the settings, else in EKS's default version at creation. Its id is the
 * add-on's name.
 */
export class AddOn extends Construct {
  readonly resource: EksAddon;

  constructor(stack: EnvironmentStack, id: AddOnName, props: AddOnProps) {
    super(stack, id);
    const version = stack.environment.cluster.addOns[id];
    this.resource = new EksAddon(this, "add-on", {
      clusterName: props.cluster.name,
      addonName: id,
      ...(version === undefined ? {} : { addonVersion: version }),
      ...(props.configuration ? { configurationValues: JSON.stringify(props.configuration) } : {}),
      preserve: props.preserve ?? false,
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      dependsOn: [...(props.dependsOn ?? [])],
    });
  }
}

/** Role of the VPC CNI, which assigns pod addresses. AWS maintains the list of actions, which changes with the plugin. */
export function vpcCniRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "vpc-cni-role", {
    cluster,
    namespace: "kube-system",
    serviceAccount: "aws-node",
    managedPolicy: "AmazonEKS_CNI_Policy",
  });
}

/** Role of the EBS driver, which manages pod volumes; AWS's own policy is limited to volumes the driver has tagged. */
export function ebsCsiRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "ebs-csi-role", {
    cluster,
    namespace: "kube-system",
    serviceAccount: "ebs-csi-controller-sa",
    managedPolicy: "AmazonEBSCSIDriverPolicyV2",
  });
}

/**
 * Tags of pods' volumes, which Terraform's provider doesn't create. Without those that the EBS driver keeps for itself, or
 * reads otherwise: it doesn't start with the former, and ends a key at its first "=".
 */
export function volumeTags({ tags }: EnvironmentStack): Record<string, string> {
  const refused = /^kubernetes\.io|^ebs\.csi\.aws\.com\/|^CSIVolume(Snapshot)?Name$|=/;
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !refused.test(key)));
}
