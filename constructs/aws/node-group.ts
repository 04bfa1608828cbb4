import { EksNodeGroup } from "@cdktf/provider-aws/lib/eks-node-group";
import { LaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import { Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NODE_GROUPS } from "../../environments/names";
import { streamTimes, WAVE_PERCENT } from "../../environments/stream-times";
import type { EnvironmentStack } from "../environment-stack";
import type { Cluster } from "./cluster";
import type { LiveCluster } from "./live-cluster";
import type { NodeRole } from "./node-role";

/** Bottlerocket's devices: the read-only system volume, and the data volume for images, logs and emptyDirs. */
const SYSTEM_DEVICE = "/dev/xvda";
const DATA_DEVICE = "/dev/xvdb";
const SYSTEM_GIB = 4;

export interface NodeGroupProps {
  readonly cluster: Cluster;
  readonly live: LiveCluster;
  readonly role: NodeRole;
  readonly subnetIds: readonly string[];
  /** Networking add-ons and Pod Identity associations: without them a node never becomes ready. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A managed group of Bottlerocket nodes behind a launch template. */
export class NodeGroup extends Construct {
  readonly resource: EksNodeGroup;

  constructor(stack: EnvironmentStack, group: keyof typeof NODE_GROUPS, props: NodeGroupProps) {
    const { name: id, capacity } = NODE_GROUPS[group];
    super(stack, id);
    const { environment, names } = stack;
    const settings = environment.nodes[group];
    const { release } = environment.nodes;
    const name = `${names.prefix}-${id}`;
    const tags = { ...stack.tags, Name: name };
    const patience = `${Math.ceil(streamTimes(environment).nodeGroup / 60)}m`;
    const disk = (deviceName: string, volumeSize: number) => ({
      deviceName,
      ebs: { volumeSize, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" },
    });

    const template = new LaunchTemplate(this, "template", {
      namePrefix: `${name}-`,
      updateDefaultVersion: true,
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        // One hop: only the node itself. Pods have Pod Identity instead.
        httpPutResponseHopLimit: 1,
      },
      // Encrypted with the account's default key: AWS's own, or one that must admit Auto Scaling's role, or nodes don't start
      // (preflight's `volumes`).
      blockDeviceMappings: [disk(SYSTEM_DEVICE, SYSTEM_GIB), disk(DATA_DEVICE, settings.diskGiB)],
      // The provider's default tags don't apply to what Auto Scaling launches.
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags,
      })),
      lifecycle: { createBeforeDestroy: true },
    });

    this.resource = new EksNodeGroup(this, "group", {
      clusterName: props.cluster.name,
      nodeGroupNamePrefix: `${id}-`,
      nodeRoleArn: props.role.arn,
      subnetIds: [...props.subnetIds],
      version: environment.cluster.version,
      ...(release === undefined ? {} : { releaseVersion: release }),
      amiType: environment.nodes.architecture === "arm64" ? "BOTTLEROCKET_ARM_64" : "BOTTLEROCKET_x86_64",
      capacityType: capacity,
      instanceTypes: settings.instanceTypes,
      launchTemplate: { id: template.id, version: Token.asString(template.latestVersion) },
      labels: { "wbot/node-group": id },
      scalingConfig: {
        minSize: settings.min,
        maxSize: settings.max,
        desiredSize: Token.asNumber(props.live.desiredSize(id, settings)),
      },
      updateConfig: { maxUnavailablePercentage: WAVE_PERCENT },
      nodeRepairConfig: { enabled: true },
      timeouts: { update: patience, delete: patience },
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...props.dependsOn, ...props.role.ready],
    });
  }
}
