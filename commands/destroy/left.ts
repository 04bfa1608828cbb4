import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { paginateListSecrets, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { functionLogGroup, logGroup, SCHEDULED_CHECKS } from "../../environments/names";
import { allOf, troubleOrThrow } from "../cli/aws";
import type { Session } from "../session/session";

/** Something that a destroyed environment left, which belongs to no stack. */
interface Leftover {
  /** Kind and name. */
  readonly name: string;
  /** Whether it keeps a deploy from creating something of the same name. */
  readonly blocksDeploy?: boolean;
  /** Command that shows it, brings it back, or deletes it if nothing is lost with it. */
  readonly command: string;
}

/** What EC2 resources of a cluster are found by, whoever in the cluster or in EKS made them. */
const CLUSTER_TAGS = (cluster: string) => [
  `kubernetes.io/cluster/${cluster}`,
  // The VPC CNI's network interfaces.
  "cluster.k8s.amazonaws.com/name",
  // EKS's security group and launch templates.
  "aws:eks:cluster-name",
];

const KEEP = "docs/runbooks/volumes-left.md says how to delete it without losing what is in it";

/** Kinds of EC2 resources that can outlive a cluster, and what to do about one. Two hold data, maybe the only copy. */
const CLEANUP_COMMANDS: Readonly<Record<string, (id: string, region: string) => string>> = {
  volume: (id, region) => `aws ec2 describe-volumes --volume-ids ${id} --region ${region} (${KEEP})`,
  snapshot: (id, region) => `aws ec2 describe-snapshots --snapshot-ids ${id} --region ${region} (${KEEP})`,
  "network-interface": (id, region) =>
    `aws ec2 delete-network-interface --network-interface-id ${id} --region ${region}`,
  "security-group": (id, region) => `aws ec2 delete-security-group --group-id ${id} --region ${region}`,
};

/** Everything that can be left, found by tags and names. Throws what AWS answers. */
export async function findLeftovers(session: Session): Promise<Leftover[]> {
  return (await Promise.all(LOOKS.map(([, look]) => look(session)))).flat();
}

/** The same as lines for people after a destroy, which is done by now whatever AWS answers. */
export async function leftoverLines(session: Session): Promise<string[]> {
  const lines = LOOKS.map(async ([kinds, look]) => {
    try {
      const found = await look(session);
      return found.map(({ name, command }) => `  ${name}, which no stack owns: ${command}`);
    } catch (error) {
      return [`  ${kinds} that no stack owns, if any: could not check (${troubleOrThrow(error).why})`];
    }
  });
  return (await Promise.all(lines)).flat();
}

const LOOKS = [
  ["volumes, snapshots, network interfaces and security groups", ofEc2],
  ["log groups", logGroups],
  ["secrets", secretsInRecovery],
] as const;

async function ofEc2(session: Session): Promise<Leftover[]> {
  const {
    client,
    environment: { region },
    names: { cluster },
  } = session;
  const { Tags = [] } = await client(EC2Client).send(
    new DescribeTagsCommand({
      Filters: [
        { Name: "key", Values: CLUSTER_TAGS(cluster) },
        { Name: "resource-type", Values: Object.keys(CLEANUP_COMMANDS) },
      ],
    }),
  );
  const own = Tags.filter(({ Key = "", Value }) => Key.endsWith(`/${cluster}`) || Value === cluster);
  const found = new Map(own.map(({ ResourceId = "", ResourceType = "" }) => [ResourceId, ResourceType]));
  return [...found].map(([id, kind]) => ({
    name: `${kind.replace("-", " ")} ${id}`,
    command: CLEANUP_COMMANDS[kind]?.(id, region) ?? "",
  }));
}

async function logGroups({ client, environment: { region }, names }: Session): Promise<Leftover[]> {
  const { prefix, cluster } = names;
  const folders = [`/aws/eks/${cluster}/`, `/aws/elasticache/${prefix}/`, `/aws/vpc/${prefix}/`];
  // By their full names: "wbot-dev-" also begins those of an environment "dev-2".
  const checks = SCHEDULED_CHECKS.map((name) => functionLogGroup(`${prefix}-${name}`));
  const answers = await Promise.all(
    [...folders, ...checks].map((logGroupNamePrefix) =>
      client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({ logGroupNamePrefix })),
    ),
  );
  const found = answers.flatMap(({ logGroups: all = [] }) =>
    all.map(({ logGroupName = "" }) => logGroupName),
  );
  return found
    .filter((name) => checks.includes(name) || folders.some((folder) => name.startsWith(folder)))
    .map((name) => ({
      name: `log group ${name}`,
      command: `once nobody needs its logs: aws logs delete-log-group --log-group-name ${name} --region ${region}`,
      // A deploy takes the control plane's over.
      blocksDeploy: name !== logGroup(cluster),
    }));
}

/** For a deleted secret. Restored, Redis's would still be in the way, and its password is useless by then. */
const RESTORE = "aws secretsmanager restore-secret";
const DELETE = "aws secretsmanager delete-secret --force-delete-without-recovery";

/** A secret that was deleted keeps its name for as long as it can be restored. */
async function secretsInRecovery(session: Session): Promise<Leftover[]> {
  const { client, names, environment } = session;
  const { region } = environment;
  const ours = [names.redisSecret, names.appSecret];
  const pages = paginateListSecrets(
    { client: client(SecretsManagerClient) },
    { IncludePlannedDeletion: true, Filters: [{ Key: "name", Values: ours }] },
  );
  // AWS also finds names that only begin like these.
  const deleted = (await allOf(pages, ({ SecretList }) => SecretList)).filter(
    ({ Name = "", DeletedDate }) => ours.includes(Name) && DeletedDate !== undefined,
  );
  return deleted.map(({ Name = "" }) => ({
    name: `secret ${Name} (scheduled for deletion; its name stays taken until then)`,
    command: `${Name === names.redisSecret ? DELETE : RESTORE} --secret-id ${Name} --region ${region}`,
    blocksDeploy: true,
  }));
}
