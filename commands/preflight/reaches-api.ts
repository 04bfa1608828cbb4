import { networkInterfaces } from "node:os";
import type { Environment } from "../../environments";
import { isPrivateCidr, overlap } from "../../environments/cidr";
import { emulator } from "../../environments/emulator";
import { proxyOf } from "../cli/network";
import { answersOf } from "./dns";
import { fail, pass, skip, warn, type Found } from "../cli/finding";
import type { Outside, PreflightContext } from "./check";

const OWN_ADDRESS = "https://checkip.amazonaws.com";
const OWN_ADDRESS_MS = 3_000;
const API_PORT = 443;
/** Codes of a connection that finds no way out of this machine, or is told so by a router. */
const NO_ROUTE = ["EHOSTUNREACH", "ENETUNREACH"];
const HOW = "docs/private-api.md";

/** Whether the Kubernetes API can be reached from here: asked of the API if there is one, else by the settings. */
export async function reachesApi({ session, outside }: PreflightContext): Promise<Found> {
  const { environment } = session;
  if (emulator() !== undefined) return skip("an emulator's cluster is on this machine");
  const endpoint = (await session.cluster())?.endpoint;
  if (endpoint === undefined) return wouldReach(environment, outside);
  // The proxy resolves the name, and may be let in where this machine isn't.
  if (proxyOf(endpoint) !== undefined) return skip("the Kubernetes API is reached through HTTPS_PROXY");
  return reaches(environment, outside, new URL(endpoint).hostname);
}

/** Opens the port. Without an answer, it is the name, the route or the rule that is missing. */
async function reaches(environment: Environment, outside: Outside, host: string): Promise<Found> {
  const no = "the Kubernetes API can't be reached from here";
  const [address] = await answersOf(outside.lookup(host), host);
  if (address === undefined)
    return fail(
      `${no}: its host name ${host} doesn't resolve`,
      `Resolve it with the VPC's own DNS server, through the VPN or peering: ${HOW}`,
    );
  const trouble = await outside.connect(address, API_PORT);
  if (trouble === undefined) return pass(`the Kubernetes API can be reached from here, at ${address}`);
  if (NO_ROUTE.includes(trouble))
    return fail(
      `${no}: the route is missing, from this machine to ${address}`,
      `Connect to the VPC by a VPN, peering or a bastion: ${HOW}`,
    );
  if (trouble !== "ETIMEDOUT")
    return fail(
      `${no}: ${address} answers ${trouble}, which the API never does`,
      "Check for a proxy or firewall on the path, or a forwarded port whose session has ended",
    );
  return unanswered(environment, outside, no, address);
}

/** A security group drops what no rule allows, and a packet without a route back is lost as silently. */
async function unanswered(
  environment: Environment,
  outside: Outside,
  no: string,
  address: string,
): Promise<Found> {
  const { publicCidrs, privateCidrs, securityGroups } = environment.access;
  const inside = isPrivateCidr(`${address}/32`);
  const own = inside ? privateAddresses() : await publicAddress(outside);
  const setting = inside ? "privateCidrs" : "publicCidrs";
  if (includes(inside ? privateCidrs : publicCidrs, own))
    return fail(
      `${no}: access.${setting} includes this machine, but ${address} doesn't answer: the route is missing, there or back, or the setting isn't deployed yet`,
      `Check the route tables on both sides: ${HOW}`,
    );
  const groups = inside && securityGroups.length > 0 ? ` (or join ${securityGroups.join(", ")})` : "";
  return fail(
    `${no}: the rule is missing, access.${setting} includes none of this machine's addresses (${own.join(", ") || "unknown"})`,
    `${added(environment, setting, own[0])}, deployed from where it can be reached${groups}`,
  );
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
