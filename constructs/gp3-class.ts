import { StorageClassV1 } from "@cdktf/provider-kubernetes/lib/storage-class-v1";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { labels } from "./labels";

export interface Gp3ClassProps {
  readonly name: string;
  /** Its component label. */
  readonly component: string;
  /** Whether claims that name no class get this one. @default false */
  readonly isDefault?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Volumes of type gp3, each in the zone of its pod, deleted with their claim. Encrypted with the account's default key, which
 * must admit the CSI driver's role if it isn't AWS's own (preflight's `volumes`).
 */
export function gp3Class(scope: Construct, id: string, props: Gp3ClassProps): StorageClassV1 {
  const { name, component, isDefault = false, dependsOn = [] } = props;
  return new StorageClassV1(scope, id, {
    metadata: {
      name,
      labels: labels(name, component),
      ...(isDefault ? { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } : {}),
    },
    storageProvisioner: "ebs.csi.aws.com",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
    reclaimPolicy: "Delete",
    parameters: { type: "gp3", encrypted: "true" },
    ...(dependsOn.length > 0 ? { dependsOn: [...dependsOn] } : {}),
  });
}
