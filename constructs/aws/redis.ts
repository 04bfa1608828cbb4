import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { ElasticacheParameterGroup } from "@cdktf/provider-aws/lib/elasticache-parameter-group";
import { ElasticacheReplicationGroup } from "@cdktf/provider-aws/lib/elasticache-replication-group";
import { ElasticacheSubnetGroup } from "@cdktf/provider-aws/lib/elasticache-subnet-group";
import { ElasticacheUser } from "@cdktf/provider-aws/lib/elasticache-user";
import { ElasticacheUserGroup } from "@cdktf/provider-aws/lib/elasticache-user-group";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Id } from "@cdktf/provider-random/lib/id";
import { Construct } from "constructs";
import { REDIS_PORT } from "../../environments/names";
import { REDIS_VERSIONS } from "../../environments/schema-redis";
import type { ElastiCacheSettings } from "../../environments/schema";
import type { EnvironmentStack } from "../environment-stack";
import { Moved } from "../moved";
import { REDIS_RIGHTS } from "../redis-rights";
import type { NetworkIds } from "./network";
import { passwordSlots } from "./password-slots";
import { redisPassword, RedisSecret } from "./redis-secret";

export interface RedisProps {
  readonly settings: ElastiCacheSettings;
  readonly network: NetworkIds;
  /** The cluster's, of the nodes and the control plane: the only source admitted. */
  readonly clusterSecurityGroupId: string;
  /** KMS key of the slow log. */
  readonly logKeyArn: string;
}

/** ElastiCache: one shard with TLS, an RBAC user with two password slots, and its credential in Secrets Manager. */
export class Redis extends Construct {
  /** The replication group: its nodes. */
  readonly group: ElasticacheReplicationGroup;

  constructor(stack: EnvironmentStack, id: string, props: RedisProps) {
    super(stack, id);
    const { prefix, redisSecurityGroup } = stack.names;
    const { settings } = props;
    const version = settings.version ?? REDIS_VERSIONS[settings.engine][0];

    const subnetGroup = new ElasticacheSubnetGroup(this, "subnets", {
      name: prefix,
      description: `Cache subnets of ${prefix}`,
      subnetIds: [...props.network.cacheSubnetIds],
    });
    const family = `${settings.engine}${version.split(".")[0]}`;
    const parameterGroup = new ElasticacheParameterGroup(this, `${prefix}-${family}`, {
      name: `${prefix}-${family}`,
      family,
      description: `Cache of ${prefix}`,
      // A cache: when full, the least recently used entries are evicted.
      parameter: [{ name: "maxmemory-policy", value: "allkeys-lru" }],
      lifecycle: { createBeforeDestroy: true },
    });
    new Moved(this, "parameters", parameterGroup);
    const securityGroup = new SecurityGroup(this, "security-group", {
      name: redisSecurityGroup,
      description: "Redis: the nodes only, nothing out",
      vpcId: props.network.vpcId,
      tags: { Name: redisSecurityGroup },
    });
    new VpcSecurityGroupIngressRule(this, "from-nodes", {
      securityGroupId: securityGroup.id,
      description: "Redis from the nodes",
      referencedSecurityGroupId: props.clusterSecurityGroupId,
      ipProtocol: "tcp",
      fromPort: REDIS_PORT,
      toPort: REDIS_PORT,
    });

    const { generations, active } = passwordSlots(settings.passwordRotation);
    const passwords = [
      redisPassword(this, "password-0", generations[0]),
      redisPassword(this, "password-1", generations[1]),
    ] as const;
    const user = new ElasticacheUser(this, "user", {
      userId: prefix,
      userName: prefix,
      engine: settings.engine,
      accessString: REDIS_RIGHTS,
      authenticationMode: { type: "password", passwords: passwords.map((password) => password.result) },
    });
    const users = [user];
    if (settings.engine === "redis") {
      // A Redis user group must contain a user named "default": this one has no rights.
      users.push(
        new ElasticacheUser(this, "default-user", {
          userId: `${prefix}-default`,
          userName: "default",
          engine: settings.engine,
          accessString: "off ~* -@all",
          // Not authenticationMode: ElastiCache then says "no-password", which every plan would change.
          noPasswordRequired: true,
        }),
      );
    }
    const userGroup = new ElasticacheUserGroup(this, "users", {
      userGroupId: prefix,
      engine: settings.engine,
      userIds: users.map((each) => each.userId),
    });

    const slowLog = new CloudwatchLogGroup(this, "slow-log", {
      name: `/aws/elasticache/${prefix}/slow-log`,
      retentionInDays: settings.logRetentionDays,
      kmsKeyId: props.logKeyArn,
    });
    const survivesZone = settings.replicas > 0;
    this.group = new ElasticacheReplicationGroup(this, "group", {
      replicationGroupId: prefix,
      description: `Embedding cache of ${prefix}`,
      engine: settings.engine,
      engineVersion: version,
      nodeType: settings.nodeType,
      port: REDIS_PORT,
      numCacheClusters: settings.replicas + 1,
      automaticFailoverEnabled: survivesZone,
      multiAzEnabled: survivesZone,
      subnetGroupName: subnetGroup.name,
      parameterGroupName: parameterGroup.name,
      securityGroupIds: [securityGroup.id],
      userGroupIds: [userGroup.userGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: "true",
      // After an upgrade by AWS, the version here would be a downgrade, for which Terraform replaces the group.
      autoMinorVersionUpgrade: "false",
      applyImmediately: true,
      maintenanceWindow: settings.maintenanceWindow,
      snapshotRetentionLimit: settings.snapshotRetentionDays,
      ...(settings.snapshotRetentionDays > 0 ? { snapshotWindow: settings.snapshotWindow } : {}),
      ...(settings.restoreFrom === undefined ? {} : { snapshotName: settings.restoreFrom }),
      ...(settings.finalSnapshot
        ? { finalSnapshotIdentifier: this.finalSnapshotName(prefix, settings.restoreFrom) }
        : {}),
      logDeliveryConfiguration: [
        {
          logType: "slow-log",
          logFormat: "json",
          destinationType: "cloudwatch-logs",
          destination: slowLog.name,
        },
      ],
      lifecycle: {
        preventDestroy: stack.environment.protection,
        ...keptOnceRestored(settings, "snapshot_name"),
      },
    });

    new RedisSecret(stack, {
      host: this.group.primaryEndpointAddress,
      username: user.userName,
      password: passwords[active],
      // The server must accept a password before the pods get it.
      dependsOn: [user],
    });
  }

  /** A final snapshot outlives its Redis and keeps its name, so each deployment, and each restore, needs a new one. */
  private finalSnapshotName(prefix: string, restoreFrom: string | undefined): string {
    const suffix = new Id(this, "final-snapshot-suffix", {
      byteLength: 4,
      ...(restoreFrom === undefined ? {} : { keepers: { restoreFrom } }),
      lifecycle: keptOnceRestored({ restoreFrom }, "keepers"),
    });
    return `${prefix}-final-${suffix.hex}`;
  }
}

/** Setting `restoreFrom` replaces the resource; removing it must not replace it again. */
function keptOnceRestored(
  { restoreFrom }: Pick<ElastiCacheSettings, "restoreFrom">,
  attribute: string,
): { readonly ignoreChanges?: string[] } {
  return restoreFrom === undefined ? { ignoreChanges: [attribute] } : {};
}
