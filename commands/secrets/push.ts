import { buffer } from "node:stream/consumers";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import type { Session } from "../session/session";
import { offer, refuseInvalidValues } from "./offer";
import { remindToUpdateTwins } from "./copy";
import { currentVersion } from "../app-secret/store";
import { readFile, readValues } from "./text";
import { unknownKeys, type Values } from "../app-secret/values";

export interface PushOptions {
  /** Doesn't ask for confirmation. @default false */
  readonly yes?: boolean;
  /** Writes even if a required key is missing. @default false */
  readonly force?: boolean;
}

/** Anything else is a slip in the console: nothing could read it, and no editor could remove it. */
const COULD_BE_KEY = /^[\w.-]+$/;

/**
 * Writes the keys from a file or standard input. Keys that are not in it are removed, except those that the product doesn't
 * know: a newer version of it may need them.
 */
export async function push(
  session: Session,
  file: string | undefined,
  { yes = false, force = false }: PushOptions = {},
): Promise<ExitCode> {
  const values = await read(file);
  refuseInvalidValues(session.environment, values, force);
  await session.requireAccount("Nothing was read.");
  const before = await currentVersion(session);
  const there = before?.values ?? {};
  const unknown = unknownKeys(there).filter((name) => COULD_BE_KEY.test(name));
  const kept = Object.fromEntries(unknown.map((name) => [name, there[name] ?? ""]));
  await offer(session, before, { ...kept, ...values }, yes);
  remindToUpdateTwins(session.environment);
  if (file !== undefined && file !== "-") console.log(`Delete ${file} now: it contains secrets.`);
  return EXIT.done;
}

async function read(file: string | undefined): Promise<Values> {
  if (file !== undefined && file !== "-") return readFile(file);
  if (process.stdin.isTTY)
    throw new CommandError("Give a file, or pipe the keys in: npx wbot secrets push <file>", EXIT.usage);
  return readValues(await buffer(process.stdin), "Standard input");
}
