import { networkInterfaces } from "node:os";
import { DescribeSecurityGroupRulesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Cluster } from "@aws-sdk/client-eks";
import type { Environment } from "../../environments";
import { isPrivateCidr, isPublicCidr, overlap } from "../../environments/cidr";
import { emulator } from "../../environments/emulator";
import { isOwn } from "../cli/aws";
import { proxyOf } from "../cli/network";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { fail, pass, skip, warn, type Found } from "../cli/finding";
import { answersOf, type Outside, type PreflightContext } from "./check";

const OWN_ADDRESS = "https://checkip.amazonaws.com";
const OWN_ADDRESS_MS = 3_000;
const API_PORT = 443;
/** Codes of a connection that finds no way out of this machine, or is told so by a router. */
const NO_ROUTE = ["EHOSTUNREACH", "ENETUNREACH"];
const HOW = "docs/private-api.md";

/** Whether the Kubernetes API can be reached from here: asked of the API if there is one, else by the settings. */
export async function reachesApi(context: PreflightContext): Promise<Found> {
  const { session, outside } = context;
  if (emulator() !== undefined) return skip("an emulator's cluster is on this machine");
  const cluster = await session.cluster();
  if (cluster?.endpoint === undefined) return wouldReach(session.environment, outside);
  // The proxy resolves the name, and may be let in where this machine isn't.
  if (proxyOf(cluster.endpoint) !== undefined)
    return skip("the Kubernetes API is reached through HTTPS_PROXY");
  return reaches(context, cluster, new URL(cluster.endpoint).hostname);
}

/** Opens the port. Without an answer, it is the name, the route or the rule that is missing. */
async function reaches(context: PreflightContext, cluster: Cluster, host: string): Promise<Found> {
  const { session, outside } = context;
  const no = "the Kubernetes API can't be reached from here";
  const [address] = await answersOf(outside.lookup(host), host);
  const trouble = address === undefined ? undefined : await outside.connect(address, API_PORT);
  if (address !== undefined && trouble === undefined)
    return (
      (await wouldLose(context, cluster, address)) ??
      pass(`the Kubernetes API can be reached from here, at ${address}`)
    );
  const mine = await publicAddress(outside);
  const live = liveRanges(cluster);
  if (includes(session.environment.access.publicCidrs, mine) && !includes(live, mine))
    return fail(
      `${no}: access.publicCidrs includes its public address ${mine.join()}, but the cluster doesn't yet, and even the plan that would change that reads the API`,
      ["Let it in, then deploy:", ...letIn(session, live, mine[0])].join("\n"),
    );
  if (address === undefined)
    return fail(
      `${no}: its host name ${host} doesn't resolve`,
      `Resolve it with the VPC's own DNS server, through the VPN or peering: ${HOW}`,
    );
  if (trouble !== undefined && NO_ROUTE.includes(trouble))
    return fail(
      `${no}: the route is missing, from this machine to ${address}`,
      `Connect to the VPC by a VPN, peering or a bastion: ${HOW}`,
    );
  if (trouble !== "ETIMEDOUT")
    return fail(
      `${no}: ${address} answers ${trouble ?? ""}, which the API never does`,
      "Check for a proxy or firewall on the path, or a forwarded port whose session has ended",
    );
  return isPrivateCidr(`${address}/32`)
    ? unansweredInside(session, no, address)
    : unansweredOutside(session, live, no, address, mine);
}

/**
 * Fails if this machine is let in now, but not by the settings: a deploy changes the cluster first, and then reaches nothing
 * in it any more.
 */
async function wouldLose(
  { session, stacks, outside }: PreflightContext,
  cluster: Cluster,
  address: string,
): Promise<Found | undefined> {
  if (!stacks.includes("infra")) return undefined;
  const { environment } = session;
  const inside = isPrivateCidr(`${address}/32`);
  const lost = inside
    ? await lostInside(session, cluster)
    : isPublicCidr(`${address}/32`)
      ? await lostOutside(environment, cluster, outside)
      : undefined;
  if (lost === undefined) return undefined;
  const setting = inside ? "privateCidrs" : "publicCidrs";
  const closed = environment.access[setting].length === 0;
  // By a VPN that gives it an address of the VPC, it may get in all the same.
  const report = !inside && closed && environment.access.privateCidrs.length > 0 ? warn : fail;
  return report(
    `the Kubernetes API can be reached from here, at ${address}, but no longer once infra is deployed: access.${setting} ${closed ? "is empty" : `does not include ${lost}`}, so the deploy would get no further than that`,
    `Deploy from a machine that the settings let in (${HOW})${closed ? "" : `, or keep this one: ${added(environment, setting, lost)}`}`,
  );
}

/** This machine's public address, if that is let in for the last time. */
async function lostOutside(
  { access }: Environment,
  cluster: Cluster,
  outside: Outside,
): Promise<string | undefined> {
  const live = liveRanges(cluster);
  if (live.every((range) => access.publicCidrs.includes(range))) return undefined;
  // Without public addresses, the API's name resolves to its private ones.
  if (access.publicCidrs.length === 0 && mayEnterInside(access)) return undefined;
  const mine = await publicAddress(outside);
  return includes(live, mine) && !includes(access.publicCidrs, mine) ? mine[0] : undefined;
}

/** A private address of this machine, if that is let in for the last time. */
async function lostInside(
  { client, environment }: Session,
  { resourcesVpcConfig: { clusterSecurityGroupId = "" } = {} }: Cluster,
): Promise<string | undefined> {
  if (mayEnterInside(environment.access)) return undefined;
  const { SecurityGroupRules = [] } = await client(EC2Client).send(
    new DescribeSecurityGroupRulesCommand({
      Filters: [{ Name: "group-id", Values: [clusterSecurityGroupId] }],
    }),
  );
  // Nobody else's rules go; and without any, this machine is a node, or is behind another address.
  const rules = SecurityGroupRules.filter(
    ({ FromPort, Tags, IsEgress }) => FromPort === API_PORT && IsEgress === false && isOwn(Tags, environment),
  );
  // A rule that stays may be the one, for an address that a VPN gives this machine.
  const others = rules.some(({ CidrIpv4 = "" }) => environment.access.privateCidrs.includes(CidrIpv4));
  return privateAddresses().find((each) =>
    rules.some(({ CidrIpv4, ReferencedGroupInfo }) =>
      ReferencedGroupInfo !== undefined ? !others : CidrIpv4 !== undefined && includes([CidrIpv4], [each]),
    ),
  );
}

/** Whether this machine could be let in at the API's private addresses; of its security groups nothing is known. */
function mayEnterInside({ privateCidrs, securityGroups }: Environment["access"]): boolean {
  return securityGroups.length > 0 || includes(privateCidrs, privateAddresses());
}

/** What the API's public addresses are open to; EKS also names ranges while there are none. */
function liveRanges({ resourcesVpcConfig: config }: Cluster): readonly string[] {
  return config?.endpointPublicAccess === true ? (config.publicAccessCidrs ?? []) : [];
}

/** A security group drops what no rule allows, and a packet without a route back is lost as silently. */
function unansweredInside({ environment }: Session, no: string, address: string): Found {
  const { privateCidrs, securityGroups } = environment.access;
  const own = privateAddresses();
  if (includes(privateCidrs, own))
    return fail(
      `${no}: access.privateCidrs includes this machine, but ${address} doesn't answer: the route is missing, there or back, or the setting isn't deployed yet`,
      `Check the route tables on both sides: ${HOW}`,
    );
  const groups = securityGroups.length > 0 ? ` (or join ${securityGroups.join(", ")})` : "";
  return fail(
    `${no}: the rule is missing, access.privateCidrs includes none of this machine's addresses (${own.join(", ") || "unknown"})`,
    `${added(environment, "privateCidrs", own[0])}, deployed from where it can be reached${groups}`,
  );
}

function unansweredOutside(
  session: Session,
  live: readonly string[],
  no: string,
  address: string,
  [mine]: readonly string[],
): Found {
  const { environment } = session;
  const { publicCidrs } = environment.access;
  if (mine !== undefined && includes(publicCidrs, [mine]))
    return fail(
      `${no}: the cluster lets this machine's public address ${mine} in, but ${address} doesn't answer: something on the path drops it`,
      `Check this network's firewall, and whether it has another public address: ${HOW}`,
    );
  return fail(
    `${no}: the rule is missing, access.publicCidrs does not include this machine's public address (${mine ?? "unknown"})`,
    publicCidrs.length === 0
      ? `Deploy from a machine that access.privateCidrs or access.securityGroups lets in: ${HOW}`
      : [
          `${added(environment, "publicCidrs", mine)}. Then let it in, and deploy:`,
          ...letIn(session, live, mine),
        ].join("\n"),
  );
}

/** What opens the API's public addresses to this machine, too, until a deploy leaves them to what the settings name. */
function letIn({ environment, names }: Session, live: readonly string[], mine = "<address>"): string[] {
  const of = `--name ${names.cluster} --region ${environment.region}`;
  const ranges = [...live, `${mine}/32`].join();
  return [
    `aws eks update-cluster-config ${of} --resources-vpc-config endpointPublicAccess=true,publicAccessCidrs=${ranges}`,
    `aws eks wait cluster-active ${of}`,
    commandLine("deploy", environment, "infra"),
  ];
}

/** Before there is a cluster, only its public address can be foreseen. */
async function wouldReach(environment: Environment, outside: Outside): Promise<Found> {
  const { publicCidrs } = environment.access;
  if (publicCidrs.length === 0)
    return warn(
      "access.publicCidrs is empty: the cluster, once created, can only be reached from networks connected to its new VPC, and the charts are installed right away",
      `For a first deploy, ${added(environment, "publicCidrs", "<your address>")}; connect the networks, then empty it: ${HOW}`,
    );
  const own = await publicAddress(outside);
  if (own.length === 0) return skip("this machine's public address could not be determined");
  if (includes(publicCidrs, own))
    return pass(`this machine's public address ${own.join()} is in access.publicCidrs`);
  return warn(
    `this machine's public address ${own.join()} is not in access.publicCidrs: without a route into the VPC, no chart can be installed from here`,
    added(environment, "publicCidrs", own[0]),
  );
}

function includes(ranges: readonly string[], addresses: readonly string[]): boolean {
  return ranges.some((range) => addresses.some((address) => overlap(range, `${address}/32`)));
}

function added(
  environment: Environment,
  setting: "publicCidrs" | "privateCidrs",
  address = "<address>",
): string {
  return accessSetting(environment, setting, [...environment.access[setting], `${address}/32`]);
}

/** A list of access as a setting, in full: one that is written replaces the one before, and so would shut others out. */
export function accessSetting({ name }: Environment, setting: string, values: readonly string[]): string {
  const list = values.map((each) => JSON.stringify(each)).join(", ");
  return `"access": { "${setting}": [${list}] } in environments/${name}.local.json`;
}

/** One or none. */
async function publicAddress(outside: Outside): Promise<string[]> {
  const own = await outside
    .fetch(OWN_ADDRESS, { signal: AbortSignal.timeout(OWN_ADDRESS_MS) })
    .then((answer) => answer.text())
    .catch(() => "");
  return /^\d+(\.\d+){3}$/.test(own.trim()) ? [own.trim()] : [];
}

function privateAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.flatMap(({ family, internal, address }) => (family === "IPv4" && !internal ? [address] : [])),
  );
}
