import type { Environment } from "./environment";
import { namesOf } from "./names";
import type { ServiceName } from "./services";

/** What a value must look like. */
export interface Shape {
  readonly pattern: RegExp;
  /** Words that follow "must be". */
  readonly allowed: string;
}

/** One key of the app secret in Secrets Manager, and of the environment of whoever uses it. */
export interface AppSecretKey {
  readonly name: string;
  readonly about: string;
  readonly usedBy: readonly ServiceName[];
  /** A required one stops the plan when it is missing. */
  readonly required: boolean;
  /** What a pasted value is held against; whether it works only its issuer knows. */
  readonly shape: Shape;
}

/** Providers change how their keys look: only what can be no key at all is refused, such as a sentence. */
const KEY: Shape = { pattern: /^[\x21-\x7e]{8,}$/, allowed: "one word of 8 or more printable characters" };
const CONNECTION: Shape = {
  pattern: /^postgres(ql)?:\/\/[^\s:/@]+:[^\s/@]+@[^\s:/@]+(:\d+)?\/\S+$/,
  allowed:
    "a connection string: postgresql://<user>:<password>@<host>:<port>/<database>, with the password percent-encoded",
};

/** Every key of the app secret. The web front end gets what a browser may see anyway, and no more. */
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
    about: "Supabase's key past row-level security",
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

/** The keys that an environment's secret must have. */
export function keysToCheck({ langsmith }: Environment): AppSecretKey[] {
  return APP_SECRET_KEYS.filter((key) => key.required || (key.name === LANGSMITH_KEY && langsmith.enabled));
}

/** A secret that is no JSON object has none of the keys. */
export function secretValues(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What to tell whose environment has no app secret. */
export function missingSecret(environment: Environment): string {
  const { appSecret } = namesOf(environment);
  return `The secret ${appSecret} of environment ${environment.name} is not there. To make it, ${cure(environment)}`;
}

/** What to tell whose app secret lacks a key. */
export function missingKey(environment: Environment, { name, about }: AppSecretKey): string {
  const { appSecret } = namesOf(environment);
  return `The secret ${appSecret} of environment ${environment.name} has no value for ${name} (${about}). To add it, ${cure(environment)}`;
}

/** Indented, so that Terraform, which wraps text, leaves the command in one piece. */
function cure({ name }: Environment): string {
  return (
    "fill in a copy of docs/app-secret.example.env and run:\n\n" +
    `  npx wbot secrets push app-secret.env --env ${name}\n`
  );
}
