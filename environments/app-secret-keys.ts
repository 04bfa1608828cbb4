import { needsPassword } from "./amp";
import { namesOf, type Named } from "./names";
import type { ServiceName } from "./services";

/** The settings that decide which keys are needed; the schema itself can't be imported, since it refuses keys as variables. */
interface Keyed {
  readonly langsmith: { readonly enabled: boolean };
  readonly observability: {
    readonly logs: { readonly kind: string };
    readonly metrics: { readonly kind: string; readonly url?: string };
    readonly traces: { readonly kind: string };
  };
}

/** The format of a value. */
interface Shape {
  readonly pattern: RegExp;
  /** Completes "must be …". */
  readonly allowed: string;
}

/** A key of the app secret in Secrets Manager, and an environment variable of the services that use it. */
export interface AppSecretKey<Name extends string = string> {
  readonly name: Name;
  readonly about: string;
  readonly usedBy: readonly (ServiceName | "Alloy" | "Prometheus")[];
  /** Whether an environment needs it: without a needed key, the plan fails. @default - each does: the key is required */
  readonly neededIn?: (environment: Keyed) => boolean;
  /** Ends the name of an optional key's own Secret, after the service's. @default - the key's name in lower case */
  readonly suffix?: string;
  /** Format check for a pasted value; whether the key works, only its issuer knows. */
  readonly shape: Shape;
  /** What its values begin with, and no other kind of key; two keys of one kind have the same. @default - nothing */
  readonly mark?: RegExp;
}

/** Providers change their key formats, so this only rejects what can't be a key, such as a sentence or a placeholder. */
const KEY: Shape = {
  pattern: /^(?!["'`<[])[\x21-\x7e]{8,}(?<!["'`>\]])$/,
  allowed: "one word of 8 or more printable characters, without quotes or brackets around it",
};
/** What libpq and Python's urllib both read: RFC 3986, without a fragment and NUL. */
const PART = "(?:[\\w.~!$&'()*+,;=-]|%(?!00)[0-9A-Fa-f]{2})+";
const PORT = "[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]";
const CONNECTION: Shape = {
  pattern: new RegExp(
    `^postgres(ql)?://${PART}:${PART}@([\\w.-]+|\\[[0-9A-Fa-f:.]+\\])(:(${PORT}))?/${PART}(\\?[^\\s#]*)?$`,
  ),
  allowed:
    "a connection string: postgresql://<user>:<password>@<host>:<port>/<database>, with the password percent-encoded",
};

const HEADERS: Shape = {
  pattern: /^[\w!#$%&'*+.^`|~-]+=[\x21-\x2b\x2d-\x7e]+(,[\w!#$%&'*+.^`|~-]+=[\x21-\x2b\x2d-\x7e]+)*$/,
  allowed:
    "<header>=<value> pairs separated by commas, with spaces in values written as %20: Authorization=Basic%20…",
};
/** A header's value: printable, and not blank at either end. */
const HEADER: Shape = {
  pattern: /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
  allowed: "one line of printable characters",
};

const ROWS = [
  {
    name: "SUPABASE_ANON_KEY",
    about: "Supabase's public key",
    usedBy: ["wbot-ai", "wbot-web"],
    shape: KEY,
    mark: /^sb_publishable_/,
  },
  {
    name: "SUPABASE_SERVICE_KEY",
    about: "Supabase's key that bypasses row-level security",
    usedBy: ["wbot-ai"],
    shape: KEY,
    mark: /^sb_secret_/,
  },
  {
    name: "DATABASE_URL",
    about: "PostgreSQL connection string",
    usedBy: ["wbot-ai"],
    shape: CONNECTION,
  },
  {
    name: "ANTHROPIC_API_KEY",
    about: "Anthropic's API key",
    usedBy: ["wbot-ai"],
    shape: KEY,
    mark: /^sk-ant-/,
  },
  {
    name: "OPENAI_API_KEY",
    about: "OpenAI's API key",
    usedBy: ["wbot-ai"],
    shape: KEY,
    // A bare sk- may be that of a gateway to any provider.
    mark: /^sk-(proj-|svcacct-|admin-|\w*T3BlbkFJ)/,
  },
  {
    name: "GOOGLE_API_KEY",
    about: "Google's API key",
    usedBy: ["wbot-ai"],
    shape: KEY,
    mark: /^(AIza|AQ\.)/,
  },
  {
    name: "LANGSMITH_API_KEY",
    about: "LangSmith's API key, for langsmith.enabled",
    usedBy: ["wbot-ai"],
    neededIn: ({ langsmith }) => langsmith.enabled,
    suffix: "langsmith",
    shape: KEY,
    mark: /^(lsv2_|ls__)/,
  },
  {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    about: "headers of the traces' endpoint, for observability.traces",
    usedBy: ["wbot-ai"],
    neededIn: ({ observability }) => observability.traces.kind === "otlp",
    suffix: "traces",
    shape: HEADERS,
  },
  {
    name: "OTLP_LOGS_KEY",
    about: "value of the header that authenticates the pods' logs, for observability.logs of kind otlp",
    usedBy: ["Alloy"],
    neededIn: ({ observability }) => observability.logs.kind === "otlp",
    shape: HEADER,
  },
  {
    name: "METRICS_PASSWORD",
    about: "password or bearer token of observability.metrics.url, for kind remote-write",
    usedBy: ["Prometheus"],
    neededIn: ({ observability }) => needsPassword(observability.metrics),
    shape: KEY,
  },
] as const satisfies readonly AppSecretKey[];

export type AppSecretKeyName = (typeof ROWS)[number]["name"];

/** Every key of the app secret. The web front end gets only what a browser may see anyway. */
export const APP_SECRET_KEYS: readonly AppSecretKey<AppSecretKeyName>[] = ROWS;

/** Names of the required keys that a service gets. */
export function requiredKeys(service: ServiceName): AppSecretKeyName[] {
  return namesFor(service, ({ neededIn }) => neededIn === undefined);
}

/** Names of the optional keys that a service gets in an environment. */
export function optionalKeys(service: ServiceName, environment: Keyed): AppSecretKeyName[] {
  return namesFor(service, ({ neededIn }) => neededIn?.(environment) ?? false);
}

function namesFor(service: ServiceName, isGiven: (key: AppSecretKey) => boolean): AppSecretKeyName[] {
  return APP_SECRET_KEYS.filter((key) => isGiven(key) && key.usedBy.includes(service)).map(
    ({ name }) => name,
  );
}

/** The keys that an environment's app secret must have. */
export function keysToCheck(environment: Keyed): AppSecretKey[] {
  return APP_SECRET_KEYS.filter(({ neededIn }) => neededIn?.(environment) ?? true);
}

/** The suffix of an optional key's Secret, after its service's name. */
export function secretSuffix(key: AppSecretKeyName): string {
  const row = APP_SECRET_KEYS.find(({ name }) => name === key);
  return row?.suffix ?? key.toLowerCase().replaceAll("_", "-");
}

/** Error for an environment without an app secret. */
export function missingSecret(environment: Named): string {
  const { appSecret } = namesOf(environment);
  return (
    `The secret ${appSecret} of environment ${environment.name} does not exist. To create it, ${fix(environment)}\n` +
    "If it was created or restored within the last five minutes, AWS may not list it yet: run the command again then."
  );
}

/** Error for an app secret that lacks a key. */
export function missingKey(environment: Named, { name, about }: AppSecretKey): string {
  const { appSecret } = namesOf(environment);
  return `The secret ${appSecret} of environment ${environment.name} has no value for ${name} (${about}). To add it, ${fix(environment)}`;
}

/** The command is indented, so that Terraform doesn't wrap it. */
function fix({ name }: Named): string {
  return (
    "fill in a copy of docs/app-secret.example.env and run:\n\n" +
    `  npx wbot secrets push app-secret.env --env ${name}\n`
  );
}
