import type { Environment } from "../../environments";
import { didYouMean } from "../../environments/setting-errors";
import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import { NAMESPACE, namesOf } from "../../environments/names";
import { requireConfirmation } from "../cli/confirmation";
import { CommandError } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { colour } from "../cli/terminal";
import type { Session } from "../session/session";
import { write, type Version } from "../app-secret/store";
import {
  doubts,
  keyChanges,
  missingKeys,
  unknownKeys,
  malformedValues,
  type Values,
} from "../app-secret/values";

const SIGNS = { added: colour.green("+"), changed: colour.yellow("~"), removed: colour.red("-") };

const KEYS = APP_SECRET_KEYS.map(({ name }) => name);

/** Says that a key is unknown. What doesn't look like a key may be a piece of a value that a line break split. */
function unknownKey(name: string, names: readonly string[]): string {
  const meant = name === "SUPABASE_URL" ? ": it is the setting supabase.url" : didYouMean(name, KEYS);
  const isShown = meant !== "" || /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name);
  const shown = isShown
    ? name
    : `a name (number ${names.indexOf(name) + 1} of ${names.length}), not shown since it may be a piece of a value,`;
  return `${shown} is not a key of the product${meant}; remove it, or run this from the version that has it`;
}

/**
 * Reports everything wrong with new values in one error. An unknown key that was there `before` may be one of a newer version
 * of the product.
 */
export function refuseInvalidValues(
  environment: Environment,
  values: Values,
  force: boolean,
  before: Values = {},
): void {
  const missing = force ? [] : missingKeys(environment, values);
  const problems = [
    ...unknownKeys(values)
      .filter((name) => before[name] !== values[name])
      .map((name) => unknownKey(name, Object.keys(values))),
    ...[...malformedValues(values)].map(([name, why]) => `${name} ${why}`),
    ...missing.map(
      (name) => `${name} has no value, and wbot does not run without it; --force writes the rest anyway`,
    ),
  ];
  if (problems.length === 0) return;
  throw new CommandError(
    `Nothing was written to ${namesOf(environment).appSecret}:\n${problems.map((each) => `  - ${each}`).join("\n")}`,
  );
}

/** Shows which keys change, asks for confirmation, and writes. */
export async function offer(
  session: Session,
  before: Version | undefined,
  values: Values,
  yes: boolean,
): Promise<void> {
  const { environment, names } = session;
  const { appSecret } = names;
  const changes = keyChanges(before?.values ?? {}, values);
  const unknown = unknownKeys(values);
  const kept = unknown.length === 0 ? [] : [`  Kept, unknown to this version: ${unknown.join(", ")}`];
  if (before !== undefined && changes.length === 0) {
    console.log([`Nothing to write: ${appSecret} already has these keys and values.`, ...kept].join("\n"));
    return;
  }
  const same = Object.keys(values).length - changes.filter(({ change }) => change !== "removed").length;
  console.log(
    [
      `${appSecret}${before === undefined ? " (new)" : ""}:`,
      ...changes.map(({ change, name }) => `  ${SIGNS[change]} ${name} ${change}`),
      ...(same > 0 ? [`  ${same} unchanged`] : []),
      ...kept,
      ...doubts(values).map(colour.yellow),
    ].join("\n"),
  );
  await requireConfirmation({ question: "Write this version?", yes, refused: "Nothing was written" });
  ifInterrupted(
    `To see whether the new version was written: ${commandLine("secrets", environment, "status")}`,
  );
  await write(session, before, values);
  ifInterrupted(`${appSecret} is written.`);
  console.log(
    `Written. External Secrets copies it into the cluster within 10 minutes, and Reloader, if it is running then, restarts the pods that use it. Check that they started after the edit: kubectl get pods -n ${NAMESPACE}`,
  );
}
