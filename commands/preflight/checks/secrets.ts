import { keysToCheck } from "../../../constructs/workloads/app-secret-keys";
import { namesOf } from "../../../environments/names";
import { commandLine } from "../../cli/options";
import { wrongShapes, type Values } from "../../secrets/values";
import { fail, many, pass, type Check } from "../check";

/** Whether the app secret is there, with a value for every key that this environment needs. */
export const secrets: Omit<Check, "name"> = {
  aws: true,
  look: async ({ environment, appSecret }) => {
    const { appSecret: name } = namesOf(environment);
    const mend = commandLine("secrets", environment, "push app-secret.env");
    const values = await appSecret();
    if (values === undefined) return [fail(`the secret ${name} is not there`, mend)];
    const keys = keysToCheck(environment);
    const missing = keys.filter((key) => typeof values[key.name] !== "string" || values[key.name] === "");
    if (missing.length > 0)
      return [fail(`${name} has no value for ${missing.map((key) => key.name).join(", ")}`, mend)];
    const wrong = wrongShapes(texts(values));
    if (wrong.size > 0)
      return [...wrong].map(([key, why]) =>
        fail(`${key} in ${name} ${why}`, commandLine("secrets", environment, "edit")),
      );
    return [pass(`${name} has all ${many(keys.length, "key")}`)];
  },
};

function texts(values: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
