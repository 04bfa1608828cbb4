import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import type { Cluster } from "@aws-sdk/client-eks";
import type { Environment } from "../../environments";
import { isPrivateCidr, isPublicCidr, overlap } from "../../environments/cidr";
import { emulator } from "../../environments/emulator";
import { proxyOf } from "../cli/network";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { fail, pass, skip, warn, type Found } from "../cli/finding";
import { connectTrouble } from "../verification/requests";
import { answersOf, type PreflightContext } from "./check";

const OWN_ADDRESS = "https://checkip.amazonaws.com";
const OWN_ADDRESS_MS = 3_000;
const API_PORT = 443;
/** Codes of a connection that finds no way out of this machine, or is told so by a router. */
const NO_ROUTE = ["EHOSTUNREACH", "ENETUNREACH"];
const HOW = "docs/private-api.md";

/** Whether the Kubernetes API can be reached from here: tried if there is a cluster, else according to the settings. */
export async function reachesApi(context: PreflightContext): Promise<Found> {
  const { session } = context;
  if (emulator() !== undefined) return skip("an emulator's cluster is on this machine");
  const cluster = await session.cluster();
  if (cluster?.endpoint === undefined) return wouldReach(session.environment);
  // The proxy resolves the name, and may be let in where this machine isn't.
  if (proxyOf(cluster.endpoint) !== undefined)
    return skip("the Kubernetes API is reached through HTTPS_PROXY");
  return reaches(context, cluster, new URL(cluster.endpoint).hostname);
}

/** Opens the port. Without an answer, it is the name, the route or the rule that is missing. */
async function reaches(
  { session, stacks }: PreflightContext,
  cluster: Cluster,
  host: string,
): Promise<Found> {
  const { environment } = session;
  const [address] = await answersOf(addressesOf(host), host);
  const trouble = address === undefined ? undefined : await connectTrouble(address, API_PORT);
  if (address !== undefined && trouble === undefined) {
    // A deploy changes the cluster first, and must still reach it then.
    const mayLoseAccess = stacks.includes("infra") && isPublicCidr(`${address}/32`);
    const predicted = mayLoseAccess ? await wouldReach(environment) : undefined;
    return predicted?.status === "warn"
      ? predicted
      : pass(`the Kubernetes API can be reached from here, at ${address}`);
  }
  const unreachable = (why: string, fix: string) =>
    fail(`the Kubernetes API can't be reached from here: ${why}`, fix);
  const { privateCidrs, publicCidrs, securityGroups } = environment.access;
  const publicAddresses = await publicAddress();
  const live = liveRanges(cluster);
  const listed = includes(publicCidrs, publicAddresses);
  const notAdmitted = () =>
    unreachable(
      `the cluster doesn't let in this machine's public address ${publicAddresses[0] ?? "(unknown)"}`,
      publicCidrs.length === 0
        ? `Deploy from a machine that access.privateCidrs or access.securityGroups lets in: ${HOW}`
        : [
            ...(listed ? [] : [added(environment, "publicCidrs", publicAddresses[0])]),
            "Let it in, because even a plan reads the API, then deploy:",
            ...admitCommands(session, live, publicAddresses[0]),
          ].join("\n"),
    );
  if (listed && !includes(live, publicAddresses)) return notAdmitted();
  if (address === undefined)
    return unreachable(
      `its host name ${host} doesn't resolve`,
      `Resolve it with the VPC's own DNS server, through the VPN or peering: ${HOW}`,
    );
  if (trouble !== undefined && NO_ROUTE.includes(trouble))
    return unreachable(
      `there is no route from this machine to ${address}`,
      `Connect to the VPC by a VPN, peering or a bastion: ${HOW}`,
    );
  if (trouble !== "ETIMEDOUT")
    return unreachable(
      `${address} answers ${trouble ?? ""}, which the API never does`,
      "Check for a proxy or firewall on the path, or a forwarded port whose session has ended",
    );
  // A security group drops what no rule allows, and a packet without a route back is lost as silently.
  const inside = isPrivateCidr(`${address}/32`);
  const own = privateAddresses();
  if (inside ? includes(privateCidrs, own) : listed || includes(live, publicAddresses))
    return unreachable(
      `it is allowed in, but ${address} doesn't answer: a route is missing in either direction, a firewall drops it, or the setting isn't deployed yet`,
      `Check routes and firewalls on both sides, and whether this network has another public address: ${HOW}`,
    );
  if (!inside) return notAdmitted();
  const groups = securityGroups.length > 0 ? ` (or join ${securityGroups.join(", ")})` : "";
  return unreachable(
    `no rule lets this machine in: access.privateCidrs includes none of its addresses (${own.join(", ") || "unknown"})`,
    `${added(environment, "privateCidrs", own[0])}, deployed from where it can be reached${groups}`,
  );
}

/** What the API's public addresses are open to; EKS also names ranges while there are none. */
function liveRanges({ resourcesVpcConfig: config }: Cluster): readonly string[] {
  return config?.endpointPublicAccess === true ? (config.publicAccessCidrs ?? []) : [];
}

/** What opens the API's public addresses to this machine, too, until a deploy leaves them to what the settings name. */
function admitCommands(
  { environment, names }: Session,
  live: readonly string[],
  mine = "<address>",
): string[] {
  const of = `--name ${names.cluster} --region ${environment.region}`;
  const ranges = [...live, `${mine}/32`].join();
  return [
    `aws eks update-cluster-config ${of} --resources-vpc-config endpointPublicAccess=true,publicAccessCidrs=${ranges}`,
    `aws eks wait cluster-active ${of}`,
    commandLine("deploy", environment, "infra"),
  ];
}

/** Whether the settings let this machine in, judging by its public address. */
async function wouldReach(environment: Environment): Promise<Found> {
  const { publicCidrs } = environment.access;
  if (publicCidrs.length === 0)
    return warn(
      "access.publicCidrs is empty: once infra has created or changed the cluster, it can only be reached from networks connected to its VPC, and the charts are installed right away",
      `Deploy from such a network. For a first deploy, ${added(environment, "publicCidrs", "<your address>")}; connect the networks, then empty it: ${HOW}`,
    );
  const own = await publicAddress();
  if (own.length === 0) return skip("this machine's public address could not be determined");
  if (includes(publicCidrs, own))
    return pass(`this machine's public address ${own.join()} is in access.publicCidrs`);
  return warn(
    `this machine's public address ${own.join()} is not in access.publicCidrs: without a route into the VPC, no chart can be installed from here once infra has created or changed the cluster`,
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

/** One of the lists of `access`, in full: a list in the local file replaces the whole one before, and would shut others out. */
export function accessSetting({ name }: Environment, setting: string, values: readonly string[]): string {
  const list = values.map((each) => JSON.stringify(each)).join(", ");
  return `"access": { "${setting}": [${list}] } in environments/${name}.local.json`;
}

/** As every program on this machine resolves it, also by /etc/hosts. */
async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);
}

/** One or none. */
async function publicAddress(): Promise<string[]> {
  const own = await fetch(OWN_ADDRESS, { signal: AbortSignal.timeout(OWN_ADDRESS_MS) })
    .then((answer) => answer.text())
    .catch(() => "");
  return /^\d+(\.\d+){3}$/.test(own.trim()) ? [own.trim()] : [];
}

function privateAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.flatMap(({ family, internal, address }) => (family === "IPv4" && !internal ? [address] : [])),
  );
}
