import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { ownTags } from "../../environments/names";
import { awsTrouble, isAwsError, unlessMissing } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { withoutValues, type Values } from "./values";

/** A version of the app secret. */
export interface Version {
  readonly id: string;
  readonly values: Values;
}

/** The current version; undefined if there is no secret, or one without a value. */
export async function currentVersion(session: Session): Promise<Version | undefined> {
  const { appSecret } = session.names;
  try {
    const { SecretString = "", VersionId = "" } = await session
      .client(SecretsManagerClient)
      .send(new GetSecretValueCommand({ SecretId: appSecret }));
    return { id: VersionId, values: parsed(appSecret, SecretString) };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    if (isAwsError(error, "InvalidRequestException")) throw beingDeleted(session);
    throw error;
  }
}

function parsed(secret: string, text: string): Values {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, without the text.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new CommandError(
      `${secret} is not a JSON object of keys and values. Check it in the console; pushing would overwrite it.`,
    );
  const wrong = Object.entries(value).filter(([, each]) => typeof each !== "string");
  if (wrong.length > 0)
    throw new CommandError(
      `${secret} has values that are not strings, and writing it would change them: ${wrong.map(([name]) => name).join(", ")}. Correct them in the console.`,
    );
  return value as Values;
}

function beingDeleted({ environment, names: { appSecret } }: Session): CommandError {
  return new CommandError(
    `${appSecret} is scheduled for deletion. To restore it: aws secretsmanager restore-secret --secret-id ${appSecret} --region ${environment.region}`,
  );
}

/** The secret's metadata; undefined if there is no secret, or only one that is scheduled for deletion. */
export async function described({ client }: Session, name: string) {
  const found = await unlessMissing(
    client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId: name })),
  );
  return found?.DeletedDate === undefined ? found : undefined;
}

/**
 * Writes a new version, or creates the secret on first use: tagged, and encrypted with the AWS-managed key, which outlives
 * everything. Refuses if someone else has written since `before` was read.
 */
export async function write(session: Session, before: Version | undefined, values: Values): Promise<void> {
  const { environment, names } = session;
  const { appSecret } = names;
  const client = session.client(SecretsManagerClient);
  const now = await currentVersion(session);
  if (now?.id !== before?.id)
    throw new CommandError(
      `Nothing was overwritten: someone else has changed ${appSecret} in the meantime. Try again to see what changes now.`,
    );
  const SecretString = JSON.stringify(values);
  try {
    // A secret may have been created without a value, such as by another tool.
    if (before !== undefined || (await described(session, appSecret)) !== undefined) {
      await client.send(new PutSecretValueCommand({ SecretId: appSecret, SecretString }));
      return;
    }
    await client.send(
      new CreateSecretCommand({
        Name: appSecret,
        Description: `Keys of wbot in ${environment.name}. Written by: npx wbot secrets push`,
        SecretString,
        Tags: Object.entries({
          ...ownTags(environment),
          ManagedBy: "wbot",
          ...environment.tags,
        }).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
  } catch (error) {
    throw refused(session, error, { ...before?.values, ...values });
  }
}

/** AWS's error message without the values, and without the error object, which may contain them too. */
function refused({ environment, names }: Session, error: unknown, values: Values): Error {
  const trouble = awsTrouble(error);
  const why = withoutValues(trouble?.why ?? (error as Error).message, values);
  // The request may have arrived.
  if (trouble?.kind === "network" || (error as { $fault?: string }).$fault === "server")
    return new CommandError(
      `It is unknown whether ${names.appSecret} was written: ${why}. To see when it last changed: ${commandLine("secrets", environment, "status")}`,
    );
  return new CommandError(`Nothing was written: ${why}.${trouble?.fix ? ` ${trouble.fix}` : ""}`);
}
