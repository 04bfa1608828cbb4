import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Route,
  type RouteTable,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { existingSubnets } from "../../../environments/address-plan";
import { ENDPOINT_SERVICES } from "../../../environments/schema-network";
import { isOwn, unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn, type Check, type Found } from "../check";

const ANYWHERE = "0.0.0.0/0";
/** Two prefixes of 16 addresses for pods, and the node's own on two interfaces. */
const ADDRESSES_OF_A_NODE = 34;
/** What Elastic Load Balancing wants free in each of its subnets. */
const ADDRESSES_OF_A_LOAD_BALANCER = 8;

type Tier = "private" | "public" | "cache";

/** Whether a network that is there already has what an environment needs of it; nothing of it is ever changed. */
export const network: Check = {
  aws: true,
  look: async ({ session }) => {
    const { existing } = session.environment.network;
    if (existing === undefined) return [skip("the environment has its own network")];
    const troubles = [
      ...(await ofVpc(session, existing)),
      ...(await ofSubnets(session, existing.vpcId)),
      ...(await ofEndpoints(session, existing.vpcId)),
    ];
    return troubles.length > 0
      ? troubles
      : [pass(`${existing.vpcId} and its subnets have routes, addresses and names as needed`)];
  },
};

async function ofVpc(
  { client, environment }: Session,
  { vpcId, cidr }: { readonly vpcId: string; readonly cidr: string },
): Promise<Found[]> {
  const ec2 = client(EC2Client);
  const settings = `network.existing in environments/${environment.name}.ts`;
  const answer = await unlessMissing(
    ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] })),
    "InvalidVpcID.NotFound",
  );
  const vpc = answer?.Vpcs?.[0];
  if (vpc === undefined)
    return [fail(`there is no VPC ${vpcId} in ${environment.region} of this account`, settings)];
  const ranges = (vpc.CidrBlockAssociationSet ?? []).map(({ CidrBlock = "" }) => CidrBlock);
  const attributes = await Promise.all(
    (["enableDnsSupport", "enableDnsHostnames"] as const).map(async (Attribute) => {
      const found = await ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
      const value = Attribute === "enableDnsSupport" ? found.EnableDnsSupport : found.EnableDnsHostnames;
      return value?.Value === true ? [] : [Attribute];
    }),
  );
  return [
    ...(vpc.CidrBlock === cidr || ranges.includes(cidr)
      ? []
      : [
          fail(
            `${vpcId} has the range ${vpc.CidrBlock ?? ""}, not ${cidr}`,
            `cidr: "${vpc.CidrBlock ?? ""}" of ${settings}`,
          ),
        ]),
    ...attributes
      .flat()
      .map((attribute) =>
        fail(
          `${vpcId} has ${attribute} disabled: nodes could not resolve the cluster's private address`,
          `aws ec2 modify-vpc-attribute --vpc-id ${vpcId} --${attribute === "enableDnsSupport" ? "enable-dns-support" : "enable-dns-hostnames"} --region ${environment.region}`,
        ),
      ),
  ];
}

async function ofSubnets(session: Session, vpcId: string): Promise<Found[]> {
  const { environment, client } = session;
  const ec2 = client(EC2Client);
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const [{ Subnets = [] }, { RouteTables = [] }, cluster] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand({ Filters })),
    ec2.send(new DescribeRouteTablesCommand({ Filters })),
    session.cluster(),
  ]);
  const tiers: readonly Tier[] = environment.loadBalancer.internal
    ? ["private", "cache"]
    : ["private", "public", "cache"];
  return tiers.flatMap((tier) =>
    existingSubnets(environment.network, environment.zones, tier).flatMap(({ id, cidr }, index) => {
      const zone = environment.zones[index] ?? "";
      const subnet = Subnets.find(({ SubnetId }) => SubnetId === id);
      const what = `the ${tier} subnet ${id} of ${zone}`;
      const settings = `network.existing.subnets in environments/${environment.name}.ts`;
      if (subnet === undefined) return [fail(`${what} is not in ${vpcId}`, settings)];
      if (subnet.AvailabilityZone !== zone)
        return [fail(`${what} is in ${subnet.AvailabilityZone ?? "no zone"}`, settings)];
      if (subnet.CidrBlock !== cidr)
        return [fail(`${what} has the range ${subnet.CidrBlock ?? ""}, not ${cidr}`, settings)];
      return [
        ...routes(session, tier, what, routesOf(RouteTables, id)),
        ...addresses(session, tier, what, subnet, cluster !== undefined),
        ...ownership(session, what, subnet),
      ];
    }),
  );
}

/** Endpoints of its owner's by which services answer in the whole VPC under their usual names. */
async function ofEndpoints({ client, environment }: Session, vpcId: string): Promise<Found[]> {
  const { name, region, network: settings, zones } = environment;
  const { VpcEndpoints = [] } = await client(EC2Client).send(
    new DescribeVpcEndpointsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        {
          Name: "service-name",
          Values: ENDPOINT_SERVICES.map((service) => `com.amazonaws.${region}.${service}`),
        },
      ],
    }),
  );
  const open = settings.endpoints.length > 0 ? existingSubnets(settings, zones, "cache") : [];
  return VpcEndpoints.filter(
    ({ PrivateDnsEnabled, Tags }) => PrivateDnsEnabled === true && !isOwn(Tags, environment),
  ).flatMap(({ VpcEndpointId = "", ServiceName = "", SubnetIds = [] }) => {
    const service = ENDPOINT_SERVICES.find((each) => ServiceName === `com.amazonaws.${region}.${each}`);
    const what = `${vpcId} has an endpoint of ${service ?? ""} already, ${VpcEndpointId}`;
    if (settings.endpoints.some((each) => each === service))
      return [
        fail(
          `${what}: EC2 refuses a second one under the service's usual name`,
          `network.endpoints without "${service ?? ""}" in environments/${name}.ts`,
        ),
      ];
    return SubnetIds.every((id) => open.some((subnet) => subnet.id === id))
      ? []
      : [
          warn(
            `${what}: network policies keep pods from it, since its addresses are the VPC's, and those of the cache's subnets are opened by network.endpoints only`,
            "docs/network.md",
          ),
        ];
  });
}

/** A subnet without a table of its own has the VPC's main one. */
function routesOf(tables: readonly RouteTable[], subnet: string): readonly Route[] {
  const own = tables.find(({ Associations = [] }) =>
    Associations.some(({ SubnetId }) => SubnetId === subnet),
  );
  const main = tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main === true));
  return (own ?? main)?.Routes ?? [];
}

function routes({ environment }: Session, tier: Tier, what: string, all: readonly Route[]): readonly Found[] {
  if (tier === "cache") return [];
  const out = all.find(({ DestinationCidrBlock }) => DestinationCidrBlock === ANYWHERE);
  const toInternet = out?.GatewayId?.startsWith("igw-") === true;
  if (out?.State === "blackhole")
    return [fail(`${what} has a blackhole route out: its target is gone`, "Ask the network's owner")];
  if (tier === "public")
    return toInternet
      ? []
      : [
          fail(
            `${what} has no route to an internet gateway, so nobody could reach the load balancer`,
            `Another subnet, or loadBalancer: { internal: true } in environments/${environment.name}.ts`,
          ),
        ];
  if (toInternet)
    return [
      fail(
        `${what} routes out through an internet gateway, which nodes without public addresses can't use`,
        "A subnet with a route to a NAT gateway, transit gateway or firewall",
      ),
    ];
  if (out !== undefined) return [];
  const why = `${what} has no route out`;
  return [
    environment.network.endpoints.length > 0
      ? warn(
          `${why}: nodes reach only the services of network.endpoints, and pods no model provider`,
          "docs/network.md",
        )
      : fail(
          `${why}: nodes would not join the cluster`,
          "A route to a NAT gateway, transit gateway or firewall",
        ),
  ];
}

function addresses(
  { environment }: Session,
  tier: Tier,
  what: string,
  subnet: Subnet,
  running: boolean,
): readonly Found[] {
  const { nodes, zones, loadBalancer } = environment;
  const free = subnet.AvailableIpAddressCount ?? 0;
  const found: Found[] = [];
  if (tier === "private" && subnet.MapPublicIpOnLaunch === true)
    found.push(
      fail(
        `${what} assigns public addresses to everything launched in it, nodes included`,
        `aws ec2 modify-subnet-attribute --subnet-id ${subnet.SubnetId ?? ""} --no-map-public-ip-on-launch --region ${environment.region}`,
      ),
    );
  const perZone = Math.ceil((nodes.onDemand.max + nodes.spot.max) / zones.length);
  const needed =
    (tier === "private" ? perZone * ADDRESSES_OF_A_NODE : 0) +
    (tier === "public" || (tier === "private" && loadBalancer.internal) ? ADDRESSES_OF_A_LOAD_BALANCER : 0);
  // What is free while a cluster runs is what that has left.
  if (!running && free < needed)
    found.push(
      fail(
        `${what} has ${free} free addresses, and needs ${needed}${tier === "private" ? ` for ${perZone} nodes and their pods` : ""}`,
        `A larger subnet${tier === "private" ? `, or fewer nodes (nodes.onDemand.max, nodes.spot.max in environments/${environment.name}.ts)` : ""}`,
      ),
    );
  return found;
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
