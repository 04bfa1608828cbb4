import { keysToCheck } from "../../../environments/app-secret-keys";
import { currentVersion, described } from "../../app-secret/store";
import { doubts, missingKeys, malformedValues, type Values } from "../../app-secret/values";
import { awsTrouble } from "../../cli/aws";
import { commandLine } from "../../cli/options";
import { fail, many, pass, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Whether the app secret exists, with a value for every key that this environment needs. */
export const secrets: Check = async ({ session }) => {
  const { environment } = session;
  const { appSecret: name } = session.names;
  const fix = commandLine("secrets", environment, "push app-secret.env");
  let values: Values | undefined;
  try {
    values = (await session.once(currentVersion))?.values;
  } catch (error) {
    // CI's roles, and others that deploy without reading secrets.
    if (awsTrouble(error)?.kind !== "denied") throw error;
    if ((await described(session, name)) !== undefined)
      return warn(
        `${name} exists, but its keys were not checked, because you have no permission to read it. Terraform then plans with TF_VAR_check_app_secret=false`,
        `With read access, run: ${commandLine("secrets", environment, "status")}`,
      );
  }
  if (values === undefined) return fail(`the secret ${name} does not exist`, fix);
  const missing = missingKeys(environment, values);
  if (missing.length > 0) return fail(`${name} has no value for ${missing.join(", ")}`, fix);
  const malformed = malformedValues(values);
  if (malformed.size > 0)
    return [...malformed].map(([key, why]) =>
      fail(`${key} in ${name} ${why}`, commandLine("secrets", environment, "edit")),
    );
  return [
    pass(`${name} has all ${many(keysToCheck(environment).length, "key")}`),
    ...doubts(values).map((why) => warn(why, commandLine("secrets", environment, "edit"))),
  ];
};
