import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { secretValues } from "../../environments/app-secret-keys";
import { unlessMissing } from "../cli/aws";
import type { Session } from "../session/session";
import type { StackName } from "../../stacks/stack-names";
import type { Values } from "../app-secret/values";

/** Network access besides AWS's API; tests replace it. */
export interface Outside {
  readonly resolve4: (host: string) => Promise<string[]>;
  readonly resolve6: (host: string) => Promise<string[]>;
  readonly resolveNs: (host: string) => Promise<string[]>;
  readonly fetch: typeof fetch;
  /** Opens a TCP connection and closes it. @returns undefined, or the code of what went wrong, such as "ETIMEDOUT" */
  readonly connect: (address: string, port: number) => Promise<string | undefined>;
}

/** What every check gets; the session caches what several of them need. */
export interface PreflightContext {
  readonly session: Session;
  /** The stacks to deploy. */
  readonly stacks: readonly StackName[];
  readonly now: Date;
  readonly outside: Outside;
}

/** Keys and values of the app secret, as far as they are text; undefined if it doesn't exist. Values are never shown. */
export async function appSecret({ client, names }: Session): Promise<Values | undefined> {
  const answer = await unlessMissing(
    client(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId: names.appSecret })),
    "ResourceNotFoundException",
  );
  if (answer === undefined) return undefined;
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";
  return Object.fromEntries(Object.entries(secretValues(answer.SecretString ?? "")).filter(isText));
}
