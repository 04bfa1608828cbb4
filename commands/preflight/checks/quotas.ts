import {
  DescribeAddressesCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeVpcs,
  type Instance,
  type Vpc,
} from "@aws-sdk/client-ec2";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { Environment } from "../../../environments";
import { instanceTypesOf } from "../../../environments/instance-types";
import type { Amount } from "../../../environments/quantity";
import { nodesInUpdate } from "../../../environments/stream-times";
import { allOf, isOwn, troubleOrThrow } from "../../cli/aws";
import { describedTypes } from "../instance-types";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

/** An account limit, by its codes in Service Quotas. */
interface Quota {
  readonly service: string;
  readonly code: string;
  readonly what: string;
}

const VPCS: Quota = { service: "vpc", code: "L-F678F1CE", what: "VPCs" };
const ADDRESSES: Quota = { service: "ec2", code: "L-0263D0A3", what: "Elastic IP addresses" };
/** Instance families that share quotas. */
const SERIES = /^(a|c|d|h|i|im|is|m|r|t|z)\d/;
const VCPUS = {
  onDemand: { service: "ec2", code: "L-1216C47A", what: "vCPUs of on-demand instances" },
  spot: { service: "ec2", code: "L-34B43A08", what: "vCPUs of spot instances" },
} as const;

/** What others use of a quota, and what this environment needs in all: at least, and at most. */
interface Demand {
  readonly quota: Quota;
  readonly others: number;
  /** What this environment has already. */
  readonly own: number;
  readonly least: number;
  readonly most: number;
}

/** Whether the account's quotas have room for what a deploy creates, and for the maximum number of nodes. */
export const quotas: Check = async ({ session }) => {
  const { environment } = session;
  const demands = await demandsOf(session);
  const others = instanceTypesOf(environment).filter((type) => !SERIES.test(type));
  const client = session.client(ServiceQuotasClient);
  const found = await Promise.all(
    demands.map(async (demand) => {
      const { service, code, what } = demand.quota;
      try {
        const { Quota: quota } = await client.send(
          new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code }),
        );
        return judge(environment, demand, quota?.Value ?? 0);
      } catch (error) {
        const { why, fix } = troubleOrThrow(error);
        return warn(`the quota for ${what} could not be read (${why}); ${needs(demand)}`, fix);
      }
    }),
  );
  return [
    ...found,
    ...(others.length === 0 ? [] : [skip(`the vCPU quota for ${others.join(", ")} is not checked`)]),
  ];
};

function needs({ others, least, most }: Demand): string {
  const upTo = most > least ? ` to ${most}, counting the nodes that an update adds` : "";
  return `others use ${others}, and this environment needs ${least}${upTo}`;
}

function judge({ region }: Environment, demand: Demand, limit: number): Found {
  const { others, own, least, most, quota } = demand;
  const why = `${limit} ${quota.what} are allowed, ${needs(demand)}`;
  const fix = `aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${others + most} --region ${region}`;
  // If nothing more is needed, being over the limit is not this deploy's problem.
  if (least > own && others + least > limit) return fail(why, fix);
  return others + most > limit ? warn(why, fix) : pass(why);
}

async function demandsOf(session: Session): Promise<Demand[]> {
  const { environment } = session;
  const client = session.client(EC2Client);
  const { infra } = await session.synthesized();
  const running = { Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }] };
  const [vpcs, addresses, reservations, types] = await Promise.all([
    allOf(paginateDescribeVpcs({ client }, {}), ({ Vpcs }) => Vpcs),
    client.send(new DescribeAddressesCommand({})).then(({ Addresses = [] }) => Addresses),
    allOf(paginateDescribeInstances({ client }, running), ({ Reservations }) => Reservations),
    session.once(describedTypes),
  ]);
  const count = (quota: Quota, all: readonly Pick<Vpc, "Tags">[], type: string): Demand => {
    const planned = Object.keys(infra.json.resource?.[type] ?? {}).length;
    const own = all.filter(({ Tags }) => isOwn(Tags, environment)).length;
    return { quota, others: all.length - own, own, least: planned, most: planned };
  };
  const instances = reservations.flatMap(({ Instances = [] }) => Instances);
  return [
    count(VPCS, vpcs, "aws_vpc"),
    count(ADDRESSES, addresses, "aws_eip"),
    ...(["onDemand", "spot"] as const).flatMap((group) => nodes(session, instances, types, group)),
  ];
}

/** A group's demand on the quota of its vCPUs. */
function nodes(
  { environment, names }: Session,
  instances: readonly Instance[],
  types: ReadonlyMap<string, Amount>,
  group: "onDemand" | "spot",
): Demand | [] {
  const { instanceTypes, min, max } = environment.nodes[group];
  const inSeries = instanceTypes.filter((type) => SERIES.test(type));
  if (inSeries.length === 0) return [];
  const counted = instances.filter(
    ({ InstanceType = "", InstanceLifecycle, Placement }) =>
      SERIES.test(InstanceType) &&
      (InstanceLifecycle === "spot") === (group === "spot") &&
      Placement?.Tenancy !== "host",
  );
  const ours = counted.filter(({ Tags = [] }) =>
    Tags.some(({ Key, Value }) => Key === "eks:cluster-name" && Value === names.cluster),
  );
  // With other types, a second group starts before the first one goes.
  const replaced = ours.filter(
    ({ InstanceType = "" }) => !(instanceTypes as readonly string[]).includes(InstanceType),
  );
  const size = Math.max(...inSeries.map((type) => types.get(type)?.cpu ?? 0)) / 1000;
  const [inUse, replacing] = [vcpus(ours), vcpus(replaced)];
  // The second group starts with as much CPU, or more, for the memory.
  const first = Math.min(Math.max(min, Math.ceil(replacing / size) || 0), max);
  return {
    quota: VCPUS[group],
    others: vcpus(counted) - inUse,
    own: inUse,
    least: first * size + replacing,
    most: nodesInUpdate(max, environment.zones) * size + replacing,
  };
}

function vcpus(all: readonly Instance[]): number {
  return all.reduce(
    (sum, { CpuOptions }) => sum + (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1),
    0,
  );
}
