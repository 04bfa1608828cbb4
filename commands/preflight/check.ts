import { troubleOrThrow } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import { fail, warn, type Found } from "../cli/finding";
import { proxyOf } from "../cli/network";
import type { Session } from "../session/session";
import type { StackName } from "../../stacks/stack-names";

/** What every check gets; the session caches what several of them need. */
export interface PreflightContext {
  readonly session: Session;
  /** The stacks to deploy. */
  readonly stacks: readonly StackName[];
}

/** What a check, or a part of one, finds. */
export type Findings = Found | readonly Found[];

/** One check before a deploy. It changes nothing. */
export type Check = (context: PreflightContext) => Promise<Findings>;

/** Why something can't be checked, if it isn't AWS's error: a sentence without a full stop. */
export class Unchecked extends Error {}

/** What a check finds, or why it could not run. */
export async function tried(look: () => Promise<Findings>): Promise<Found[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === EXIT.failed) return [fail(error.message)];
    const { why, fix } = error instanceof Unchecked ? { why: error.message, fix: "" } : troubleOrThrow(error);
    return [warn(`could not check: ${why}`, fix)];
  }
}

/** What DNS answers if there is no such name, or no such record of it. Any other error is no answer. */
const NONE = ["ENOTFOUND", "ENODATA"];

/** The addresses, names or records that a lookup finds. `of` says whose they are. */
export async function answersOf<T>(lookup: Promise<T[]>, of: string): Promise<T[]> {
  return lookup.catch((error: unknown) => {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (NONE.includes(code)) return [];
    throw new Unchecked(`DNS returns no answer for ${of} (${code})`);
  });
}

/** The same for a public name, which DNS may not resolve here if a proxy is the way out. */
export async function publicAnswersOf<T>(lookup: Promise<T[]>, name: string, of = name): Promise<T[]> {
  const found = await answersOf(lookup, of);
  if (found.length === 0 && proxyOf(`https://${name}`) !== undefined)
    throw new Unchecked(`DNS has no answer for ${of} here, behind a proxy`);
  return found;
}
