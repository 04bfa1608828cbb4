import { resolve4, resolve6 } from "node:dns/promises";
import type { Environment } from "../../../environments";
import { closedRanges } from "../../../environments/address-plan";
import { isWithin } from "../../../environments/cidr";
import { currentVersion } from "../../app-secret/store";
import { awsTrouble } from "../../cli/aws";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import { answersOf, publicAnswersOf, type Check, type Findings } from "../check";
import type { Session } from "../../session/session";

const HOST = "the host of DATABASE_URL";
const SUPABASE =
  "With Supabase: use the pooler's connection string (its host has IPv4), or add the IPv4 add-on to the project.";
/** Port of Supabase's pooler in transaction mode. */
const TRANSACTIONS = 6543;
const PREPARED = `the port of DATABASE_URL is ${TRANSACTIONS}, the pooler's transaction mode, in which prepared statements fail`;
const UNPREPARED =
  "Disable them in the client (psycopg: prepare_threshold=None; asyncpg: statement_cache_size=0), also in LangGraph's checkpointer, or use port 5432 (session mode) with its fewer connections: database.connections.";
/** Clients that Supabase's pooler takes at port 5432, in session mode, for a small project. */
const SESSIONS = 15;

/** Whether pods, which only have IPv4, can resolve and reach the database's host. Its name is part of a secret and never shown. */
export const database: Check = async ({ session }) => {
  let text = "";
  try {
    text = (await session.once(currentVersion))?.values["DATABASE_URL"] ?? "";
  } catch (error) {
    if (awsTrouble(error)?.kind !== "denied") throw error;
    return skip("DATABASE_URL was not checked: you may not read the app secret");
  }
  if (text === "") return skip("DATABASE_URL is not set yet");
  if (!URL.canParse(text))
    return fail(
      "DATABASE_URL is not a valid URL",
      "It must be postgresql://<user>:<password>@<host>:<port>/<database>.",
    );
  const url = new URL(text);
  const port = url.port === "" ? 5432 : Number(url.port);
  const { database: settings, name } = session.environment;
  const { ports, connections } = settings;
  if (!ports.includes(port))
    return fail(
      `the port of DATABASE_URL is ${port}, which the network policy blocks (database.ports: ${ports.join(", ")})`,
      `database: { ports: [${[...ports, port].join(", ")}] } in environments/${name}.ts`,
    );
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const warnings = port === TRANSACTIONS ? [warn(PREPARED, UNPREPARED)] : [];
  if (port === 5432 && host.endsWith(".pooler.supabase.com") && connections > SESSIONS)
    warnings.push(
      warn(
        `DATABASE_URL is Supabase's pooler in session mode, which takes ${SESSIONS} clients for a small project, but database.connections is ${connections}`,
        `Use port ${TRANSACTIONS}, or set database: { connections: ${SESSIONS} } in environments/${name}.ts, which then says how large database.poolSize may be. Ignore this if the project's own pool size is at least ${connections}.`,
      ),
    );
  return hostFindings(session, host, warnings);
};

/** @param warnings of the port, which hold if the host itself can stay */
async function hostFindings(session: Session, host: string, warnings: readonly Found[]): Promise<Findings> {
  if (host.includes(":")) return fail(`${HOST} is an IPv6 address, and the VPC is IPv4 only`, SUPABASE);
  const isAddress = /^\d+(\.\d+){3}$/.test(host);
  const addresses = isAddress ? [host] : await answersOf(resolve4(host), HOST);
  if (addresses.length === 0)
    return (await publicAnswersOf(resolve6(host), host, HOST)).length > 0
      ? fail(`${HOST} has only IPv6 addresses, and the VPC is IPv4 only`, SUPABASE)
      : fail(`${HOST} has no address`, "Check it for typos.");
  const problem = closed(session.environment, addresses, isAddress ? "is" : "resolves here to");
  if (problem === undefined)
    return [pass(`${HOST} ${isAddress ? "is" : "has"} an IPv4 address`), ...warnings];
  // In the VPC a name may resolve to another address, at which pods are connected already.
  const isRunning = !isAddress && (await session.cluster()) !== undefined;
  return [isRunning ? { ...problem, status: "warn" } : problem, ...warnings];
}

/** A database at an address that the network policy closes to pods. */
function closed(
  { name, network }: Environment,
  addresses: readonly string[],
  has: "is" | "resolves here to",
): Found | undefined {
  const range = closedRanges(network).find((each) =>
    addresses.some((address) => isWithin(`${address}/32`, each)),
  );
  if (range === undefined) return undefined;
  return fail(
    `${HOST} ${has} an address in ${range}, which the network policy closes to pods`,
    `Use a database with a public address; or, for one outside the environment's own VPC, which no setting opens, network: { privateEgress: true } in environments/${name}.ts, with routes to its network and back`,
  );
}
