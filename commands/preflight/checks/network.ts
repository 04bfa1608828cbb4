import {
  DescribeDhcpOptionsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Vpc,
} from "@aws-sdk/client-ec2";
import { unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import type { Check, Findings } from "../check";
import { endpointsAmongNodes, ofEndpoints } from "./network-endpoints";
import { fullSubnets, keptByRedis, ofSubnets } from "./network-subnets";

const DNS = [
  { Attribute: "enableDnsSupport", answer: "EnableDnsSupport", option: "--enable-dns-support" },
  { Attribute: "enableDnsHostnames", answer: "EnableDnsHostnames", option: "--enable-dns-hostnames" },
] as const;
/** The VPC's own resolver, as DHCP options name it. */
const RESOLVER = ["AmazonProvidedDNS", "169.254.169.253"];

/**
 * Whether the subnets have room for an update of all nodes, and whether an existing network has what an
 * environment needs of it; nothing of it is ever changed.
 */
export const network: Check = async ({ session }) => {
  const { existing } = session.environment.network;
  const full = fullSubnets(session.environment);
  if (existing === undefined) return full ?? skip("the environment has its own network");
  const { vpcId } = existing;
  const ofTheVpc = await ofVpc(session, existing);
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const { Subnets: subnets = [] } = await session
    .client(EC2Client)
    .send(new DescribeSubnetsCommand({ Filters }));
  const troubles = [
    ofTheVpc,
    await ofSubnets(session, vpcId, subnets),
    await keptByRedis(session, vpcId),
    await ofEndpoints(session, vpcId, subnets),
    endpointsAmongNodes(session.environment),
    full ?? [],
  ].flat();
  if (troubles.length > 0) return troubles;
  return pass(`${vpcId} and its subnets have routes, addresses and names as needed`);
};

async function ofVpc(
  session: Session,
  { vpcId, cidr }: { readonly vpcId: string; readonly cidr: string },
): Promise<Found[]> {
  const { client, environment } = session;
  const ec2 = client(EC2Client);
  const settings = `network.existing in environments/${environment.name}.ts`;
  const answer = await unlessMissing(ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] })));
  const vpc = answer?.Vpcs?.[0];
  if (vpc === undefined)
    return [fail(`there is no VPC ${vpcId} in ${environment.region} of this account`, settings)];
  const { CidrBlock: own = "", CidrBlockAssociationSet: others = [] } = vpc;
  const hasRange = [own, ...others.map(({ CidrBlock }) => CidrBlock)].includes(cidr);
  const ofRange = fail(`${vpcId} has the range ${own}, not ${cidr}`, `cidr: "${own}" of ${settings}`);
  const looks = await Promise.all([
    ...DNS.map(async ({ Attribute, answer: key, option }) => {
      const found = await ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
      if (found[key]?.Value === true) return [];
      return fail(
        `${vpcId} has ${Attribute} disabled: nodes could not resolve the cluster's private address`,
        `aws ec2 modify-vpc-attribute --vpc-id ${vpcId} ${option} --region ${environment.region}`,
      );
    }),
    ofNameServers(ec2, vpcId, vpc),
    ofOwner(session, vpcId, vpc),
  ]);
  return [...(hasRange ? [] : [ofRange]), ...looks.flat()];
}

/**
 * Endpoints in a VPC that another account shares: only its owner can create or see them.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html
 */
async function ofOwner(session: Session, vpcId: string, { OwnerId }: Vpc): Promise<Findings> {
  const { name, network: settings } = session.environment;
  if (OwnerId === undefined || OwnerId === (await session.identity()).account) return [];
  const isRefused = settings.endpoints.length > 0;
  if (!isRefused && settings.existing?.endpoints !== undefined) return [];
  return (isRefused ? fail : warn)(
    `${vpcId} belongs to account ${OwnerId}, which shares it: only that account can create endpoints there, or see them, and network policies keep pods from those that no setting lists`,
    `Set network.endpoints to [], and network.existing.endpoints to the ranges of the owner's endpoints ([] if there are none), in environments/${name}.ts: docs/network.md`,
  );
}

/** Only the VPC's own resolver knows its private names; whether another server forwards to it can't be seen from here. */
async function ofNameServers(ec2: EC2Client, vpcId: string, vpc: Vpc): Promise<Findings> {
  const { CidrBlock = "", DhcpOptionsId: options = "default" } = vpc;
  const { DhcpOptions = [] } = await ec2.send(
    // By a filter: "default", of a VPC without options, is no id that EC2 takes.
    new DescribeDhcpOptionsCommand({ Filters: [{ Name: "dhcp-options-id", Values: [options] }] }),
  );
  const servers = DhcpOptions.flatMap(({ DhcpConfigurations = [] }) => DhcpConfigurations)
    .filter(({ Key }) => Key === "domain-name-servers")
    .flatMap(({ Values = [] }) => Values.flatMap(({ Value }) => Value ?? []));
  // It also answers at the second address of the VPC.
  const second = CidrBlock.replace(/\.\d+\/\d+$/, ".2");
  if (servers.some((server) => [...RESOLVER, second].includes(server))) return [];
  return warn(
    `${vpcId} has its machines use ${servers.length > 0 ? servers.join(", ") : "no name server"} for DNS: nodes that don't find the cluster's private address there never join it`,
    `Use servers that forward to the VPC's resolver, or domain-name-servers=AmazonProvidedDNS in the DHCP options (${options})`,
  );
}
