import { DataAwsEc2InstanceType } from "@cdktf/provider-aws/lib/data-aws-ec2-instance-type";
import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import { DataAwsEksClusters } from "@cdktf/provider-aws/lib/data-aws-eks-clusters";
import { DataAwsEksNodeGroup } from "@cdktf/provider-aws/lib/data-aws-eks-node-group";
import { DataAwsEksNodeGroups } from "@cdktf/provider-aws/lib/data-aws-eks-node-groups";
import { DataAwsSubnet } from "@cdktf/provider-aws/lib/data-aws-subnet";
import type { Precondition } from "cdktf";
import { Construct } from "constructs";
import { subnetRanges, ZONE_LETTERS } from "../../environments/address-plan";
import { otherVersion, otherVpc, otherZones } from "../../environments/hints";
import { NODE_GROUPS } from "../../environments/names";
import type { Settings } from "../../environments/schema";
import type { EnvironmentStack } from "../environment-stack";

/**
 * The cluster as it is before an apply, read at plan; empty on a first deploy.
 *
 * Whether EKS accepts some settings depends on the current cluster, and it refuses them only minutes into an apply. It also
 * has the node counts that the autoscaler has changed since the last deploy.
 */
export class LiveCluster extends Construct {
  private readonly stack: EnvironmentStack;
  private readonly cluster: DataAwsEksCluster;
  private readonly subnet: DataAwsSubnet;
  private readonly group: DataAwsEksNodeGroup;
  private readonly type: DataAwsEc2InstanceType;

  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    this.stack = stack;
    const { cluster } = stack.names;
    const all = new DataAwsEksClusters(this, "all", {});
    const existing = onlyExisting(`${all.fqn}.names`, cluster);

    this.cluster = new DataAwsEksCluster(this, "cluster", { name: "${each.key}" });
    this.cluster.addOverride("for_each", existing);
    this.subnet = new DataAwsSubnet(this, "subnet", { id: "${each.key}" });
    this.subnet.addOverride(
      "for_each",
      `\${toset(flatten([for cluster in ${this.cluster.fqn} : tolist(cluster.vpc_config[0].subnet_ids)]))}`,
    );
    const groups = new DataAwsEksNodeGroups(this, "groups", { clusterName: "${each.key}" });
    groups.addOverride("for_each", existing);
    this.group = new DataAwsEksNodeGroup(this, "group", {
      clusterName: cluster,
      nodeGroupName: "${each.key}",
    });
    this.group.addOverride(
      "for_each",
      `\${toset(flatten([for each in ${groups.fqn} : tolist(each.names)]))}`,
    );
    this.type = new DataAwsEc2InstanceType(this, "type", { instanceType: "${each.key}" });
    const replaced = (["onDemand", "spot"] as const).map((key) => {
      const type = JSON.stringify(stack.environment.nodes[key].instanceTypes[0]);
      return `[for group in ${this.group.fqn} : [group.instance_types[0], ${type}] if ${isNamed(NODE_GROUPS[key].name)} && try(group.instance_types[0], ${type}) != ${type}]`;
    });
    // Sizes are only asked for while a group's type changes.
    this.type.addOverride("for_each", `\${toset(flatten([${replaced.join(", ")}]))}`);
  }

  /**
   * Desired number of nodes of a group, as an expression: the autoscaler's current one, within the bounds. EKS refuses a
   * minimum above the desired number, and a maximum below it, so they change together; and nodes scaled out stay. With types
   * of another size, a new group takes over: it starts with as many nodes as have the CPU and the memory of the old ones,
   * since these are drained all at once.
   *
   * @param name The group's name, without Terraform's suffix
   */
  desiredSize(name: string, { min, max, instanceTypes: [type = ""] }: Settings["nodes"]["onDemand"]): string {
    const desired = "group.scaling_config[0].desired_size";
    const before = `${this.type.fqn}[group.instance_types[0]]`;
    const after = `${this.type.fqn}[${JSON.stringify(type)}]`;
    const [cpu, memory] = ["default_vcpus", "memory_size"].map(
      (size) => `ceil(${desired} * ${before}.${size} / ${after}.${size})`,
    );
    const live = `[for group in ${this.group.fqn} : try(max(${cpu}, ${memory}), ${desired}) if ${isNamed(name)}]`;
    return `\${min(max(concat([${min}], ${live})...), ${max})}`;
  }

  /**
   * Passes unless the cluster was created in another VPC. A VPC of this project is recognized by its subnets' ranges, since
   * the ID of one still to be created is not known at plan. They may be of any zone: other zones are refused by themselves.
   */
  sameVpc(): Precondition {
    const { network, region } = this.stack.environment;
    const { private: closed, public: open } = subnetRanges(
      network,
      Array.from(ZONE_LETTERS, (letter) => region + letter),
    );
    const [live, wanted] =
      network.existing === undefined
        ? [`[for subnet in ${this.subnet.fqn} : subnet.cidr_block]`, [...closed, ...open]]
        : [`[for cluster in ${this.cluster.fqn} : cluster.vpc_config[0].vpc_id]`, [network.existing.vpcId]];
    return {
      condition: `\${length(setsubtract(${live}, ${JSON.stringify(wanted)})) == 0}`,
      errorMessage: otherVpc(this.stack.environment),
    };
  }

  /**
   * Passes unless the cluster was created in other zones.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
   */
  sameZones(): Precondition {
    const { environment } = this.stack;
    const live = `distinct([for subnet in ${this.subnet.fqn} : subnet.availability_zone])`;
    return {
      condition: `\${length(${live}) == 0 || toset(${live}) == toset(${JSON.stringify(environment.zones)})}`,
      errorMessage: otherZones(environment, `\${join(", ", sort(${live}))}`),
    };
  }

  /**
   * Passes unless EKS would refuse the version. It can go back by one for seven days after an upgrade, but only once the nodes
   * went back: an order that Terraform doesn't have.
   */
  versionStep(): Precondition {
    const { environment } = this.stack;
    const { version } = environment.cluster;
    const before = `1.${Number(version.split(".")[1]) - 1}`;
    const live = `[for cluster in ${this.cluster.fqn} : cluster.version]`;
    return {
      condition: `\${length(setsubtract(${live}, ${JSON.stringify([before, version])})) == 0}`,
      errorMessage: otherVersion(environment, `\${join("", ${live})}`),
    };
  }
}

/** Whether the group of an expression has a name, to which Terraform adds a suffix. */
function isNamed(name: string): string {
  return `startswith(group.node_group_name, "${name}-")`;
}

/**
 * A `for_each` over one name, or over nothing if a list read at plan doesn't contain it.
 *
 * @param names Expression for the list of names, such as "data.aws_eks_clusters.all.names"
 */
export function onlyExisting(names: string, name: string): string {
  return `\${toset([for name in ${names} : name if name == ${JSON.stringify(name)}])}`;
}
