import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsCloudwatchLogGroups } from "@cdktf/provider-aws/lib/data-aws-cloudwatch-log-groups";
import { EksAccessEntry } from "@cdktf/provider-aws/lib/eks-access-entry";
import { EksAccessPolicyAssociation } from "@cdktf/provider-aws/lib/eks-access-policy-association";
import { EksCluster } from "@cdktf/provider-aws/lib/eks-cluster";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { accessPolicies } from "../../environments/access-policies";
import { administrators, ciOf, PLAN_GROUP } from "../../environments/ci";
import { logGroup, SERVICE_CIDR } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { onlyExisting, type LiveCluster } from "./live-cluster";
import { attachAwsPolicy, serviceRole } from "../service-role";
import { shortHash } from "../text";
import { privateAccess } from "./private-access";

export interface ClusterProps {
  /** Subnets of the control plane's network interfaces. */
  readonly subnetIds: readonly string[];
  /** KMS key of the cluster's secrets and of its log group. */
  readonly keyArn: string;
  readonly live: LiveCluster;
}

/**
 * Arguments that matter only at creation, and that AWS doesn't return: because of them, Terraform would replace a cluster
 * that is imported into the state after a killed run.
 */
const ONLY_AT_CREATION = [
  "access_config[0].bootstrap_cluster_creator_admin_permissions",
  "bootstrap_self_managed_addons",
];
/**
 * Set by whoever shifts away from a degraded zone (docs/runbooks/zone-lost.md). To take it out again, the provider would send
 * an update of nothing, which EKS refuses.
 */
const ZONAL_SHIFT = "zonal_shift_config";

/** EKS control plane, its log group, and the IAM principals that administer it. */
export class Cluster extends Construct {
  readonly name: string;
  readonly endpoint: string;
  /** Base64 of the cluster's certificate authority. */
  readonly certificateAuthority: string;
  /** Security group that EKS creates, for the control plane's network interfaces and every node. */
  readonly securityGroupId: string;
  /**
   * The administrators' access, and the network path to the API: anything that uses the Kubernetes API is created after it
   * and destroyed before it.
   */
  readonly access: readonly ITerraformDependable[];
  readonly resource: EksCluster;

  constructor(stack: EnvironmentStack, id: string, props: ClusterProps) {
    super(stack, id);
    const { environment, names } = stack;
    const { cluster, access, protection } = environment;

    const role = serviceRole(this, {
      name: "cluster",
      service: "eks.amazonaws.com",
      source: stack.arn("eks", `cluster/${names.cluster}`),
    });
    const rolePolicy = attachAwsPolicy(this, "role-policy", role, "AmazonEKSClusterPolicy");
    const logs = this.logs(stack, props.keyArn);

    this.resource = new EksCluster(this, "cluster", {
      name: names.cluster,
      version: cluster.version,
      roleArn: role.arn,
      enabledClusterLogTypes: cluster.logs,
      // Otherwise EKS installs unmanaged add-ons, which the managed ones would have to overwrite.
      bootstrapSelfManagedAddons: false,
      deletionProtection: protection,
      // The API's default, EXTENDED, costs six times as much once standard support ends.
      upgradePolicy: { supportType: "STANDARD" },
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      kubernetesNetworkConfig: { serviceIpv4Cidr: SERVICE_CIDR },
      encryptionConfig: { provider: { keyArn: props.keyArn }, resources: ["secrets"] },
      vpcConfig: {
        subnetIds: [...props.subnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: access.publicCidrs.length > 0,
        ...(access.publicCidrs.length > 0 ? { publicAccessCidrs: access.publicCidrs } : {}),
      },
      lifecycle: {
        preventDestroy: protection,
        precondition: [props.live.sameZones(), props.live.sameVpc(), props.live.versionStep()],
        ignoreChanges: [...ONLY_AT_CREATION, ZONAL_SHIFT],
      },
      dependsOn: [rolePolicy, logs],
    });
    this.name = this.resource.name;
    this.endpoint = this.resource.endpoint;
    this.certificateAuthority = this.resource.certificateAuthority.get(0).data;
    this.securityGroupId = this.resource.vpcConfig.clusterSecurityGroupId;
    const { admins, viewers } = accessPolicies(environment.region);
    this.access = [
      ...administrators(environment).map((arn) => this.grant("admin", arn, admins)),
      ...privateAccess(this, environment, this.securityGroupId),
    ];
    for (const arn of access.viewers) this.grant("viewer", arn, viewers);
    const planRole = ciOf(environment)?.planRole;
    // Its only rights are its group's, which PlanAccess grants.
    if (planRole !== undefined)
      new EksAccessEntry(this, "plan-entry", {
        clusterName: this.name,
        principalArn: planRole,
        kubernetesGroups: [PLAN_GROUP],
      });
  }

  /**
   * Created before the cluster: otherwise EKS creates it, without retention, and leaves it behind. EKS may also create it
   * after a destroy, to deliver its last events: then the next deploy imports that one.
   *
   * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763
   */
  private logs(stack: EnvironmentStack, keyArn: string): CloudwatchLogGroup {
    const name = logGroup(stack.names.cluster);
    const logs = new CloudwatchLogGroup(this, "logs", {
      name,
      retentionInDays: stack.environment.cluster.logRetentionDays,
      kmsKeyId: keyArn,
    });
    const existing = new DataAwsCloudwatchLogGroups(this, "existing-logs", { logGroupNamePrefix: name });
    // An address: Terraform accepts no template here.
    const to = `${logs.terraformResourceType}.${logs.friendlyUniqueId}`;
    const ids = onlyExisting(`${existing.fqn}.log_group_names`, name);
    stack.addOverride("import", [{ for_each: ids, to, id: "${each.value}" }]);
    return logs;
  }

  private grant(kind: "admin" | "viewer", principalArn: string, policyArn: string): ITerraformDependable {
    // From the ARN, not the index: reordering the list must not replace entries.
    const id = shortHash(principalArn);
    const entry = new EksAccessEntry(this, `entry-${id}`, { clusterName: this.name, principalArn });
    return new EksAccessPolicyAssociation(this, `${kind}-${id}`, {
      clusterName: this.name,
      principalArn: entry.principalArn,
      policyArn,
      accessScope: { type: "cluster" },
    });
  }
}
