import { spawnSync } from "node:child_process";
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

/** Anything else is a slip in the console: nothing could read or edit it. */
const COULD_BE_KEY = /^[A-Z][A-Z0-9_]*$/;

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
  refuseInvalidValues(session.environment, values, { force });
  await session.requireAccount("Nothing was read.");
  const before = await currentVersion(session);
  const there = before?.values ?? {};
  const unknown = unknownKeys(there);
  const kept = Object.fromEntries(
    Object.entries(there).filter(([name]) => unknown.includes(name) && COULD_BE_KEY.test(name)),
  );
  await offer(session, before, { ...kept, ...values }, yes);
  remindToUpdateTwins(session.environment);
  if (file !== undefined && file !== "-") remindToDeleteFile(file);
  return EXIT.done;
}

async function read(file: string | undefined): Promise<Values> {
  if (file !== undefined && file !== "-") return readFile(file);
  if (process.stdin.isTTY)
    throw new CommandError("Give a file, or pipe the keys in: npx wbot secrets push <file>", EXIT.usage);
  return readValues(await buffer(process.stdin), "Standard input");
}

/** A file with secrets that git does not ignore may end up committed. */
function remindToDeleteFile(file: string): void {
  // 0: ignored; 1: not ignored; 128: not in a repository.
  const couldBeCommitted =
    spawnSync("git", ["check-ignore", "--quiet", file], { stdio: "ignore" }).status === 1;
  console.log(
    couldBeCommitted
      ? `Delete ${file} now: git does not ignore it.`
      : `Delete ${file} when you are done with it.`,
  );
}
