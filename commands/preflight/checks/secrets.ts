import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { keysToCheck } from "../../../environments/app-secret-keys";
import type { Environment } from "../../../environments";
import { awsTrouble, unlessMissing } from "../../cli/aws";
import { commandLine } from "../../cli/options";
import { wrongShapes, type Values } from "../../app-secret/values";
import type { Session } from "../../session/session";
import { fail, many, pass, warn, type Check, type Found } from "../check";
import { appSecret } from "../context";

/** Whether the app secret exists, with a value for every key that this environment needs. */
export const secrets: Check = {
  aws: true,
  look: async ({ session }) => {
    const { environment } = session;
    const { appSecret: name } = session.names;
    const fix = commandLine("secrets", environment, "push app-secret.env");
    const missing = () => fail(`the secret ${name} does not exist`, fix);
    let values: Awaited<ReturnType<typeof appSecret>>;
    try {
      values = await session.once(appSecret);
    } catch (error) {
      if (awsTrouble(error)?.kind !== "denied") throw error;
      return [(await isThere(session, name)) ? unread(environment, name) : missing()];
    }
    if (values === undefined) return [missing()];
    const keys = keysToCheck(environment);
    const without = keys.filter((key) => typeof values[key.name] !== "string" || values[key.name] === "");
    if (without.length > 0)
      return [fail(`${name} has no value for ${without.map((key) => key.name).join(", ")}`, fix)];
    const wrong = wrongShapes(texts(values));
    if (wrong.size > 0)
      return [...wrong].map(([key, why]) =>
        fail(`${key} in ${name} ${why}`, commandLine("secrets", environment, "edit")),
      );
    return [pass(`${name} has all ${many(keys.length, "key")}`)];
  },
};

async function isThere({ client }: Session, SecretId: string): Promise<boolean> {
  const found = await unlessMissing(
    client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId })),
    "ResourceNotFoundException",
  );
  return found !== undefined;
}

/** For CI's roles and others that deploy without reading secrets. */
function unread(environment: Environment, name: string): Found {
  return warn(
    `${name} exists, but its keys were not checked: you may not read it. Terraform then plans with TF_VAR_check_app_secret=false`,
    `With read access, run: ${commandLine("secrets", environment, "status")}`,
  );
}

function texts(values: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
