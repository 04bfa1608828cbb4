import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Environment } from "../../environments";
import { namesOf, PART_OF } from "../../environments/names";
import { awsTrouble, clientConfig, isAwsError, unlessMissing } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { withoutValues, type Values } from "./values";

/** A version of the app secret. */
export interface Version {
  readonly id: string;
  readonly values: Values;
}

const client = ({ region }: Environment) => new SecretsManagerClient(clientConfig(region));

/** The current version; undefined where there is no secret. */
export async function currentVersion(environment: Environment): Promise<Version | undefined> {
  const { appSecret } = namesOf(environment);
  try {
    const { SecretString = "", VersionId = "" } = await client(environment).send(
      new GetSecretValueCommand({ SecretId: appSecret }),
    );
    return { id: VersionId, values: parsed(appSecret, SecretString) };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    if (isAwsError(error, "InvalidRequestException")) throw beingDeleted(environment);
    throw error;
  }
}

function parsed(secret: string, text: string): Values {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]));
  } catch {
    // Told below, without the text.
  }
  throw new CommandError(
    `${secret} holds something that is no JSON object of keys and values. Look at it in the console; pushing would overwrite it.`,
  );
}

function beingDeleted(environment: Environment): CommandError {
  const { appSecret } = namesOf(environment);
  return new CommandError(
    `${appSecret} is marked for deletion. To have it back: aws secretsmanager restore-secret --secret-id ${appSecret} --region ${environment.region}`,
  );
}

/** What there is to say of the secret without reading it; undefined where there is none. */
export function described(environment: Environment, name: string) {
  return unlessMissing(
    client(environment).send(new DescribeSecretCommand({ SecretId: name })),
    "ResourceNotFoundException",
  );
}

/**
 * Writes a new version, or makes the secret on first use: encrypted by the AWS-managed key, which outlives everything,
 * and tagged. Refuses if somebody else has written since `before` was read.
 */
export async function write(
  environment: Environment,
  before: Version | undefined,
  values: Values,
): Promise<void> {
  const { appSecret } = namesOf(environment);
  const now = await currentVersion(environment);
  if (now?.id !== before?.id)
    throw new CommandError(
      `Somebody else has written ${appSecret} in the meantime, and nothing was overwritten. Run the command again to see what changes now.`,
    );
  const SecretString = JSON.stringify(values);
  try {
    if (before !== undefined) {
      await client(environment).send(new PutSecretValueCommand({ SecretId: appSecret, SecretString }));
      return;
    }
    await client(environment).send(
      new CreateSecretCommand({
        Name: appSecret,
        Description: `Keys of wbot in ${environment.name}. Written by: npx wbot secrets push`,
        SecretString,
        Tags: Object.entries({
          Project: PART_OF,
          Environment: environment.name,
          ManagedBy: "wbot",
          ...environment.tags,
        }).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
  } catch (error) {
    throw refused(error, { ...before?.values, ...values });
  }
}

/** AWS's refusal without what it was sent, and without the error itself, which may hold it too. */
function refused(error: unknown, values: Values): Error {
  const trouble = awsTrouble(error);
  const why = withoutValues(trouble?.why ?? (error as Error).message, values);
  return new CommandError(`Nothing was written: ${why}.${trouble?.fix ? ` ${trouble.fix}` : ""}`);
}
