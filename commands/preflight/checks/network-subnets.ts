import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  type Route,
  type RouteTable,
  type Subnet,
} from "@aws-sdk/client-ec2";
import type { Environment } from "../../../environments";
import {
  ADDRESSES_OF_A_LOAD_BALANCER,
  ADDRESSES_OF_A_NODE,
  existingSubnets,
  redisNodesInZone,
  roomForNodes,
} from "../../../environments/address-plan";
import { nodesInUpdate } from "../../../environments/stream-times";
import { fail, warn, type Found } from "../../cli/finding";
import type { Session } from "../../session/session";
import type { Findings } from "../check";

/** Routes and addresses of the subnets in an existing network. */

const ANYWHERE = "0.0.0.0/0";

type Tier = "private" | "public" | "cache";

/** `subnets` are all those of the VPC. */
export async function ofSubnets(
  session: Session,
  vpcId: string,
  subnets: readonly Subnet[],
): Promise<Found[]> {
  const { environment, client } = session;
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const [{ RouteTables = [] }, cluster] = await Promise.all([
    client(EC2Client).send(new DescribeRouteTablesCommand({ Filters })),
    session.cluster(),
  ]);
  const tiers: readonly Tier[] = environment.loadBalancer.internal
    ? ["private", "cache"]
    : ["private", "public", "cache"];
  return tiers.flatMap((tier) =>
    existingSubnets(environment.network, environment.zones, tier).flatMap(({ id, cidr }, index) => {
      const zone = environment.zones[index] ?? "";
      const subnet = subnets.find(({ SubnetId }) => SubnetId === id);
      const what = `the ${tier} subnet ${id} of ${zone}`;
      const settings = `network.existing.subnets in environments/${environment.name}.ts`;
      if (subnet?.AvailabilityZone !== zone || subnet.CidrBlock !== cidr) {
        const { CidrBlock = "", AvailabilityZone = "" } = subnet ?? {};
        const is = subnet === undefined ? "elsewhere" : `${CidrBlock} in ${AvailabilityZone}`;
        return fail(`${what} is ${is}, not ${cidr} in ${zone} of ${vpcId}`, settings);
      }
      return [
        routeTrouble(environment, tier, what, wayOut(RouteTables, id)) ?? [],
        publicAddresses(environment, tier, what, subnet) ?? [],
        // What is free while a cluster runs is what that has left.
        cluster === undefined ? (tooSmall(environment, tier, what, subnet) ?? []) : [],
        ownership(session, what, subnet),
      ].flat();
    }),
  );
}

/** ElastiCache gives up no subnet that one of its nodes is in, and moves no node: an apply would end there, halfway. */
export async function keptByRedis({ client, environment, names }: Session, vpcId: string): Promise<Findings> {
  const { name, network, redis, zones } = environment;
  if (redis.kind !== "elasticache") return [];
  const { NetworkInterfaces = [] } = await client(EC2Client).send(
    new DescribeNetworkInterfacesCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "group-name", Values: [names.redisSecurityGroup] },
      ],
    }),
  );
  const named = existingSubnets(network, zones, "cache").map(({ id }) => id);
  const used = NetworkInterfaces.map(({ SubnetId = "" }) => SubnetId).filter((id) => !named.includes(id));
  if (used.length === 0) return [];
  return fail(
    `Redis has nodes in ${[...new Set(used)].join(", ")}, which the settings don't name as cache subnets: ElastiCache refuses to give up a subnet in use`,
    `Name them as cache in network.existing.subnets in environments/${name}.ts: docs/network.md`,
  );
}

/** The default route of a subnet's own route table, or else of the VPC's main one. */
function wayOut(tables: readonly RouteTable[], subnet: string): Route | undefined {
  const own = tables.find(({ Associations = [] }) =>
    Associations.some(({ SubnetId }) => SubnetId === subnet),
  );
  const main = tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main === true));
  return (own ?? main)?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === ANYWHERE);
}

function routeTrouble(
  { name }: Environment,
  tier: Tier,
  what: string,
  out: Route | undefined,
): Found | undefined {
  if (tier === "cache") return undefined;
  if (out?.State === "blackhole")
    return fail(`${what} has a blackhole route out: its target is gone`, "Ask the network's owner");
  const target = out?.GatewayId ?? "";
  if (tier === "public") {
    // An internet gateway, or the endpoint of a firewall on the way there.
    if (/^(igw|vpce)-/.test(target)) return undefined;
    return fail(
      `${what} has no route to an internet gateway, so nobody could reach the load balancer`,
      `Use another subnet, or set loadBalancer: { internal: true } in environments/${name}.ts`,
    );
  }
  if (out !== undefined && !target.startsWith("igw-")) return undefined;
  return fail(
    `${what} has no route out, or one to an internet gateway, which nodes without public addresses can't use: they could not pull the platform's images, whatever endpoints there are`,
    "Add a route to a NAT gateway, transit gateway or firewall: docs/network.md",
  );
}

function publicAddresses(
  { region }: Environment,
  tier: Tier,
  what: string,
  subnet: Subnet,
): Found | undefined {
  if (tier !== "private" || subnet.MapPublicIpOnLaunch !== true) return undefined;
  return fail(
    `${what} assigns public addresses to everything launched in it, nodes included`,
    `aws ec2 modify-subnet-attribute --subnet-id ${subnet.SubnetId ?? ""} --no-map-public-ip-on-launch --region ${region}`,
  );
}

/** In a network of its own, more nodes than its subnets have room for are refused when the settings are loaded. */
export function fullSubnets(environment: Environment): Found | undefined {
  const { name, nodes, zones } = environment;
  const needed = nodesInUpdate(nodes.onDemand.max, zones) + nodesInUpdate(nodes.spot.max, zones);
  const room = roomForNodes(environment);
  if (needed <= room.nodes) return undefined;
  return warn(
    `at nodes.onDemand.max and nodes.spot.max, an update needs addresses for ${needed} nodes, and the subnets, such as ${room.range}, have them for ${room.nodes}: it would fail until there are fewer nodes`,
    `Lower one of the two in environments/${name}.ts, or update nodes at a quiet hour`,
  );
}

function tooSmall(environment: Environment, tier: Tier, what: string, subnet: Subnet): Found | undefined {
  const { loadBalancer, name, nodes, zones } = environment;
  const free = subnet.AvailableIpAddressCount ?? 0;
  const perZone = tier === "private" ? Math.ceil((nodes.onDemand.max + nodes.spot.max) / zones.length) : 0;
  const ofLoadBalancer = tier === (loadBalancer.internal ? "private" : "public");
  const needed =
    perZone * ADDRESSES_OF_A_NODE +
    (ofLoadBalancer ? ADDRESSES_OF_A_LOAD_BALANCER : 0) +
    (tier === "cache" ? environment.network.endpoints.length + redisNodesInZone(environment) : 0);
  if (free >= needed) return undefined;
  return fail(
    `${what} has ${free} free addresses, but needs ${needed}`,
    `Use a larger subnet or, for a private one, fewer nodes (nodes.onDemand.max, nodes.spot.max in environments/${name}.ts)`,
  );
}

/** Another cluster's tools may delete what is tagged as theirs. */
function ownership({ names }: Session, what: string, { Tags = [] }: Subnet): readonly Found[] {
  return Tags.filter(
    ({ Key = "", Value }) =>
      Key.startsWith("kubernetes.io/cluster/") && !Key.endsWith(`/${names.cluster}`) && Value === "owned",
  ).map(({ Key = "" }) =>
    warn(
      `${what} is tagged ${Key}=owned: it is deleted with that cluster`,
      'Its owner can tag it "shared", or give you another',
    ),
  );
}
