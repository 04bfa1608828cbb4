import {
  DescribeAddressesCommand,
  DescribeInstanceTypesCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeVpcs,
  type Instance,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { Environment } from "../../../environments";
import { namesOf, PART_OF } from "../../../environments/names";
import { awsTrouble, clientConfig } from "../../cli/aws";
import { fail, pass, warn, type Check, type Found } from "../check";
import type { PreflightContext } from "../context";

/** A limit of the account, by the codes that Service Quotas knows it by. */
interface Quota {
  readonly service: string;
  readonly code: string;
  readonly what: string;
}

const VPCS: Quota = { service: "vpc", code: "L-F678F1CE", what: "VPCs" };
const ADDRESSES: Quota = { service: "ec2", code: "L-0263D0A3", what: "Elastic IP addresses" };
/** Standard families: A, C, D, H, I, M, R, T, Z. */
const ON_DEMAND: Quota = { service: "ec2", code: "L-1216C47A", what: "vCPUs of on-demand instances" };
const SPOT: Quota = { service: "ec2", code: "L-34B43A08", what: "vCPUs of spot instances" };

/** What is used of a quota now, and what this environment adds: at once, and at its largest. */
interface Demand {
  readonly quota: Quota;
  readonly used: number;
  readonly least: number;
  readonly most: number;
}

/** Whether the account's limits have room for what the plan makes, and for the nodes at their most. */
export const quotas: Omit<Check, "name"> = {
  aws: true,
  look: async (context) => {
    const { environment } = context;
    const demands = await demandsOf(context);
    const client = new ServiceQuotasClient(clientConfig(environment.region));
    return Promise.all(
      demands.map(async (demand) => {
        const { service, code, what } = demand.quota;
        try {
          const { Quota: quota } = await client.send(
            new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code }),
          );
          return judge(environment, demand, quota?.Value ?? 0);
        } catch (error) {
          const trouble = awsTrouble(error);
          if (trouble === undefined) throw error;
          return warn(
            `the quota of ${what} could not be read (${trouble.why}); ${needs(demand)}`,
            trouble.mend,
          );
        }
      }),
    );
  },
};

function needs({ used, least, most }: Demand): string {
  return `${used} are in use, and this environment needs ${least}${most > least ? ` to ${most}` : ""} more`;
}

function judge({ region }: Environment, demand: Demand, limit: number): Found {
  const { used, least, most, quota } = demand;
  const why = `${limit} ${quota.what} are allowed, ${needs(demand)}`;
  const mend = `aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${used + most} --region ${region}`;
  // What is over the limit already, and needs no more, is no trouble of this deploy's.
  const exceeds = (more: number) => more > 0 && used + more > limit;
  if (exceeds(least)) return fail(why, mend);
  return exceeds(most) ? warn(why, mend) : pass(why);
}

async function demandsOf({ environment, infra }: PreflightContext): Promise<Demand[]> {
  const client = new EC2Client(clientConfig(environment.region));
  const planned = (type: string) => Object.keys(infra().resource?.[type] ?? {}).length;
  const owned = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []) =>
    tags.some(({ Key, Value }) => Key === "Project" && Value === PART_OF) &&
    tags.some(({ Key, Value }) => Key === "Environment" && Value === environment.name);
  const [vpcs, addresses, instances, vcpus] = await Promise.all([
    vpcTags(client),
    client
      .send(new DescribeAddressesCommand({}))
      .then(({ Addresses = [] }) => Addresses.map(({ Tags }) => Tags)),
    running(client),
    vcpusOf(client, environment),
  ]);
  const count = (quota: Quota, all: readonly Parameters<typeof owned>[0][], wanted: number): Demand => {
    const missing = Math.max(0, wanted - all.filter(owned).length);
    return { quota, used: all.length, least: missing, most: missing };
  };
  return [
    count(VPCS, vpcs, planned("aws_vpc")),
    count(ADDRESSES, addresses, planned("aws_eip")),
    nodes(ON_DEMAND, environment, instances, vcpus, "onDemand"),
    nodes(SPOT, environment, instances, vcpus, "spot"),
  ];
}

function nodes(
  quota: Quota,
  environment: Environment,
  instances: readonly Instance[],
  vcpus: ReadonlyMap<string, number>,
  group: "onDemand" | "spot",
): Demand {
  const settings = environment.nodes[group];
  const size = Math.max(...settings.instanceTypes.map((type) => vcpus.get(type) ?? 0));
  const alike = instances.filter(
    ({ InstanceLifecycle }) => (InstanceLifecycle === "spot") === (group === "spot"),
  );
  const cores = (all: readonly Instance[]) =>
    all.reduce(
      (sum, { CpuOptions }) => sum + (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1),
      0,
    );
  const cluster = namesOf(environment).cluster;
  const own = cores(
    alike.filter(({ Tags = [] }) =>
      Tags.some(({ Key, Value }) => Key === "eks:cluster-name" && Value === cluster),
    ),
  );
  const more = (nodeCount: number) => Math.max(0, nodeCount * size - own);
  return { quota, used: cores(alike), least: more(settings.min), most: more(settings.max) };
}

async function vpcTags(client: EC2Client) {
  const all = [];
  for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, {}))
    all.push(...Vpcs.map(({ Tags }) => Tags));
  return all;
}

async function running(client: EC2Client): Promise<Instance[]> {
  const all: Instance[] = [];
  const states = { Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }] };
  for await (const { Reservations = [] } of paginateDescribeInstances({ client }, states))
    all.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  return all;
}

async function vcpusOf(
  client: EC2Client,
  { nodes: { onDemand, spot } }: Environment,
): Promise<Map<string, number>> {
  const types = [...new Set([...onDemand.instanceTypes, ...spot.instanceTypes])] as _InstanceType[];
  const { InstanceTypes = [] } = await client.send(
    new DescribeInstanceTypesCommand({ InstanceTypes: types }),
  );
  return new Map(
    InstanceTypes.map(({ InstanceType = "", VCpuInfo }) => [InstanceType, VCpuInfo?.DefaultVCpus ?? 0]),
  );
}
