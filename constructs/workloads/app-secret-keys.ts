import type { Environment } from "../../environments";
import { AI, namesOf, WEB } from "../../environments/names";

/** One key of the app secret in Secrets Manager, and of the environment of whoever uses it. */
export interface AppSecretKey {
  readonly name: string;
  readonly about: string;
  readonly usedBy: readonly (typeof AI | typeof WEB)[];
  /** A required one stops the plan when it is missing. */
  readonly required: boolean;
}

/** Every key of the app secret. The web front end gets what a browser may see anyway, and no more. */
export const APP_SECRET_KEYS: readonly AppSecretKey[] = [
  { name: "SUPABASE_URL", about: "URL of the Supabase project", usedBy: [AI, WEB], required: true },
  { name: "SUPABASE_ANON_KEY", about: "Supabase's public key", usedBy: [AI, WEB], required: true },
  {
    name: "SUPABASE_SERVICE_KEY",
    about: "Supabase's key past row-level security",
    usedBy: [AI],
    required: true,
  },
  { name: "DATABASE_URL", about: "PostgreSQL connection string", usedBy: [AI], required: true },
  { name: "ANTHROPIC_API_KEY", about: "Anthropic's API key", usedBy: [AI], required: true },
  { name: "OPENAI_API_KEY", about: "OpenAI's API key", usedBy: [AI], required: true },
  { name: "GOOGLE_API_KEY", about: "Google's API key", usedBy: [AI], required: true },
  {
    name: "LANGSMITH_API_KEY",
    about: "LangSmith's API key, for langsmith.enabled",
    usedBy: [AI],
    required: false,
  },
];

export const LANGSMITH_KEY = "LANGSMITH_API_KEY";

/** Names of the required keys that a workload gets. */
export function requiredKeys(workload: typeof AI | typeof WEB): string[] {
  return APP_SECRET_KEYS.filter((key) => key.required && key.usedBy.includes(workload)).map(
    (key) => key.name,
  );
}

/** The keys that an environment's secret must have. */
export function keysToCheck({ langsmith }: Environment): AppSecretKey[] {
  return APP_SECRET_KEYS.filter((key) => key.required || (key.name === LANGSMITH_KEY && langsmith.enabled));
}

/** What to tell whose environment has no app secret. */
export function missingSecret(environment: Environment): string {
  const { appSecret } = namesOf(environment);
  const cure = writeSecret(environment, `create-secret --name ${appSecret}`);
  return `The secret ${appSecret} of environment ${environment.name} is not there. To make it, ${cure}`;
}

/** What to tell whose app secret lacks a key. */
export function missingKey(environment: Environment, { name, about }: AppSecretKey): string {
  const { appSecret } = namesOf(environment);
  const cure = writeSecret(environment, `put-secret-value --secret-id ${appSecret}`);
  return `The secret ${appSecret} of environment ${environment.name} has no value for ${name} (${about}). To add it, ${cure}`;
}

/** Indented, so that Terraform, which wraps text, leaves the command in one piece. */
function writeSecret({ region }: Environment, command: string): string {
  return (
    "write app-secret.json, with the keys of docs/app-secret.example.json, and run:\n\n" +
    `  aws secretsmanager ${command} --region ${region} --secret-string file://app-secret.json\n`
  );
}
