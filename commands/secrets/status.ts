import { APP_SECRET_KEYS, keysToCheck } from "../../environments/app-secret-keys";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { colour, columns } from "../cli/terminal";
import type { Session } from "../session/session";
import { currentVersion, described } from "../app-secret/store";
import { missingKeys, unknownKeys, malformedValues } from "../app-secret/values";

/** Prints which keys are set, never their values; fails if the product could not run with them. */
export async function status(session: Session): Promise<ExitCode> {
  await session.requireAccount("Nothing was read.");
  const { environment, names } = session;
  const [about, version] = await Promise.all([described(session, names.appSecret), currentVersion(session)]);
  const values = version?.values ?? {};
  const malformed = malformedValues(values);
  const missing = missingKeys(environment, values);
  const unknown = unknownKeys(values);
  const needed = keysToCheck(environment).map(({ name }) => name);
  const stateOf = (name: string) => {
    if (missing.includes(name)) return colour.red("missing");
    if ((values[name] ?? "") === "") return colour.dim("not set");
    return malformed.has(name) ? colour.red("wrong") : colour.green("set");
  };
  const rows = APP_SECRET_KEYS.map(({ name, usedBy }) => [
    name,
    stateOf(name),
    needed.includes(name) ? "required" : "optional",
    usedBy.join(", "),
    malformed.get(name) ?? "",
  ]);
  const isComplete = missing.length + malformed.size === 0;
  const how = version === undefined ? "push app-secret.env" : "edit";
  const lines = [
    version === undefined
      ? `${names.appSecret} does not exist yet`
      : `${names.appSecret}, last changed ${about?.LastChangedDate?.toISOString() ?? "at an unknown time"}`,
    ...columns(rows, "  "),
    ...(unknown.length > 0 ? [`  unknown to the product: ${unknown.join(", ")}`] : []),
    ...(isComplete ? [] : [`To set the missing keys: ${commandLine("secrets", environment, how)}`]),
  ];
  console.log(lines.join("\n"));
  return isComplete ? EXIT.done : EXIT.failed;
}
