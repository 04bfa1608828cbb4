import { namesOf, type Named } from "./names";
import type { ServiceName } from "./services";

/** The format of a value. */
export interface Shape {
  readonly pattern: RegExp;
  /** Completes "must be …". */
  readonly allowed: string;
}

/** A key of the app secret in Secrets Manager, and an environment variable of the services that use it. */
export interface AppSecretKey {
  readonly name: string;
  readonly about: string;
  readonly usedBy: readonly ServiceName[];
  /** If a required key is missing, the plan fails. */
  readonly required: boolean;
  /** Format check for a pasted value; whether the key works, only its issuer knows. */
  readonly shape: Shape;
}

/** Providers change their key formats, so this only rejects what can't be a key, such as a sentence. */
const KEY: Shape = { pattern: /^[\x21-\x7e]{8,}$/, allowed: "one word of 8 or more printable characters" };
const CONNECTION: Shape = {
  pattern: /^postgres(ql)?:\/\/[^\s:/@]+:[^\s/@]+@[^\s:/@]+(:\d+)?\/\S+$/,
  allowed:
    "a connection string: postgresql://<user>:<password>@<host>:<port>/<database>, with the password percent-encoded",
};

/** Every key of the app secret. The web front end gets only what a browser may see anyway. */
export const APP_SECRET_KEYS: readonly AppSecretKey[] = [
  {
    name: "SUPABASE_ANON_KEY",
    about: "Supabase's public key",
    usedBy: ["wbot-ai", "wbot-web"],
    required: true,
    shape: KEY,
  },
  {
    name: "SUPABASE_SERVICE_KEY",
    about: "Supabase's key that bypasses row-level security",
    usedBy: ["wbot-ai"],
    required: true,
    shape: KEY,
  },
  {
    name: "DATABASE_URL",
    about: "PostgreSQL connection string",
    usedBy: ["wbot-ai"],
    required: true,
    shape: CONNECTION,
  },
  {
    name: "ANTHROPIC_API_KEY",
    about: "Anthropic's API key",
    usedBy: ["wbot-ai"],
    required: true,
    shape: KEY,
  },
  { name: "OPENAI_API_KEY", about: "OpenAI's API key", usedBy: ["wbot-ai"], required: true, shape: KEY },
  { name: "GOOGLE_API_KEY", about: "Google's API key", usedBy: ["wbot-ai"], required: true, shape: KEY },
  {
    name: "LANGSMITH_API_KEY",
    about: "LangSmith's API key, for langsmith.enabled",
    usedBy: ["wbot-ai"],
    required: false,
    shape: KEY,
  },
];

export const LANGSMITH_KEY = "LANGSMITH_API_KEY";

/** Names of the required keys that a service gets. */
export function requiredKeys(service: ServiceName): string[] {
  return APP_SECRET_KEYS.filter((key) => key.required && key.usedBy.includes(service)).map((key) => key.name);
}

/** The keys that an environment's app secret must have. */
export function keysToCheck({
  langsmith,
}: {
  readonly langsmith: { readonly enabled: boolean };
}): AppSecretKey[] {
  return APP_SECRET_KEYS.filter((key) => key.required || (key.name === LANGSMITH_KEY && langsmith.enabled));
}

/** Values of a secret; empty if it isn't a JSON object. */
export function secretValues(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Error for an environment without an app secret. */
export function missingSecret(environment: Named): string {
  const { appSecret } = namesOf(environment);
  return `The secret ${appSecret} of environment ${environment.name} does not exist. To create it, ${fix(environment)}`;
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
