import { APP_SECRET_KEYS, keysToCheck, type AppSecretKey } from "../../environments/app-secret-keys";
import type { Environment } from "../../environments";

/** Keys and values of the app secret. Values must never appear in messages. */
export type Values = Readonly<Record<string, string>>;

/** What a new version changes about a key. */
interface KeyChange {
  readonly name: string;
  readonly change: "added" | "changed" | "removed";
}

/** Keys that differ between two versions. */
export function keyChanges(before: Values, after: Values): KeyChange[] {
  return Object.keys({ ...before, ...after }).flatMap((name): KeyChange[] => {
    if (!Object.hasOwn(before, name)) return [{ name, change: "added" }];
    if (!Object.hasOwn(after, name)) return [{ name, change: "removed" }];
    return before[name] === after[name] ? [] : [{ name, change: "changed" }];
  });
}

/** An edited version as one of what somebody has written since it was opened: theirs, wherever the edit changed nothing. */
export function rebased(edited: Values, opened: Values, now: Values): Values {
  return Object.fromEntries(
    Object.keys({ ...edited, ...now }).flatMap((name) => {
      const value = edited[name] === opened[name] ? now[name] : edited[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Keys that an environment needs but that have no value. */
export function missingKeys(environment: Environment, values: Values): string[] {
  return keysToCheck(environment)
    .map(({ name }) => name)
    .filter((name) => (values[name] ?? "") === "");
}

/** Keys that the product doesn't know. */
export function unknownKeys(values: Values): string[] {
  return Object.keys(values).filter((key) => !APP_SECRET_KEYS.some(({ name }) => name === key));
}

/** Parameters of libpq 18, which refuses a connection string with others, such as those of Prisma and asyncpg. */
const LIBPQ =
  "application_name channel_binding client_encoding connect_timeout dbname fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer oauth_scope options passfile password port replication require_auth requirepeer scram_client_key scram_server_key service ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user";
const OF_LIBPQ = new RegExp(`^(ssl=true$|(${LIBPQ.replaceAll(" ", "|")})=)`);
const PARAMETER = /^[^=]+=([^=%]|%(?!00)[0-9A-Fa-f]{2})*$/;

/** What the values of a key begin with, as of all keys of its issuer. */
function markOf(key: string): RegExp | undefined {
  return APP_SECRET_KEYS.find(({ name }) => name === key)?.mark;
}

const PASSWORD_PLACEHOLDER = /:(\[.*\]|<.*>|(%5B)?YOUR[-_]PASSWORD(%5D)?)@/i;

/** What is wrong with the given values, by key, without quoting any value. */
export function malformedValues(values: Values): Map<string, string> {
  const problems = new Map<string, string>();
  for (const key of APP_SECRET_KEYS) {
    const value = values[key.name] ?? "";
    const problem = value === "" ? undefined : problemOf(key, value, values);
    if (problem !== undefined) problems.set(key.name, problem);
  }
  return problems;
}

function problemOf({ name, shape, mark }: AppSecretKey, value: string, values: Values): string | undefined {
  const owner = ownerOf(value);
  if (name === "SUPABASE_ANON_KEY" && value === values["SUPABASE_SERVICE_KEY"])
    return "is the same as SUPABASE_SERVICE_KEY: browsers would bypass row-level security";
  if (name === "SUPABASE_ANON_KEY" && owner === "SUPABASE_SERVICE_KEY")
    return "is a service key: browsers would bypass row-level security";
  if (name === "SUPABASE_SERVICE_KEY" && owner === "SUPABASE_ANON_KEY") return "is the public key";
  if (name === "DATABASE_URL" && PASSWORD_PLACEHOLDER.test(value))
    return "still has a placeholder for the password: replace it and its brackets";
  if (!shape.pattern.test(value)) return `must be ${shape.allowed}`;
  if (value.startsWith("sbp_"))
    return "is an access token of somebody's Supabase account, not a key of the project";
  if (owner !== undefined && owner !== name && String(markOf(owner)) !== String(mark))
    return `looks like a value of ${owner}`;
  if (name === "DATABASE_URL" && !parametersOf(value).every((each) => PARAMETER.test(each)))
    return "has a parameter after its ? that isn't <name>=<value>, with the value percent-encoded";
  return undefined;
}

/** What some programs refuse in values that are well-formed, as sentences without an end that quote no value. */
export function doubts({ DATABASE_URL: database = "" }: Values): string[] {
  // What is taken for a name may then be a piece of the password.
  if (malformedValues({ DATABASE_URL: database }).size > 0) return [];
  return parametersOf(database)
    .filter((each) => !OF_LIBPQ.test(each))
    .map(
      (each) =>
        `DATABASE_URL has the parameter ${each.replace(/=.*/, "")}, which PostgreSQL's own library, and so psycopg, refuses: leave it out, unless the driver of wbot-ai takes it`,
    );
}

/** Those of a connection string, of which only the last may be empty. */
function parametersOf(url: string): string[] {
  const parts = url.replace(/^[^?]*\??/, "").split("&");
  return parts.at(-1) === "" ? parts.slice(0, -1) : parts;
}

/** The key whose issuer marks values in this way: Supabase's older ones are signed tokens of a role. */
function ownerOf(value = ""): string | undefined {
  const role = roleOf(value);
  if (role === "service_role") return "SUPABASE_SERVICE_KEY";
  if (role === "anon") return "SUPABASE_ANON_KEY";
  return APP_SECRET_KEYS.find(({ mark }) => mark?.test(value))?.name;
}

/** The role that a signed token contains; undefined for any other value. */
function roleOf(key: string): string | undefined {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(key) ?? [];
  if (payload === undefined) return undefined;
  try {
    const { role } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { role?: unknown };
    return typeof role === "string" ? role : undefined;
  } catch {
    return undefined;
  }
}

/** A text with every value redacted: AWS's errors may quote what they were sent. */
export function withoutValues(text: string, values: Values): string {
  return Object.values(values)
    .filter((value) => value !== "")
    .sort((a, b) => b.length - a.length)
    .reduce(
      (rest, value) => rest.replaceAll(value, "***").replaceAll(JSON.stringify(value).slice(1, -1), "***"),
      text,
    );
}
