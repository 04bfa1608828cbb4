import { awsTrouble } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import type { Finding } from "../cli/finding";
import type { PreflightContext } from "./context";

/** A check's result, without the check's name. */
export type Found = Omit<Finding, "check">;

/** One check before a deploy. It changes nothing. */
export type Check = (context: PreflightContext) => Promise<Found | readonly Found[]>;

export const pass = (why: string): Found => ({ status: "pass", why });
export const skip = (why: string): Found => ({ status: "skip", why });
export const warn = (why: string, fix = ""): Found => ({ status: "warn", why, fix });
export const fail = (why: string, fix = ""): Found => ({ status: "fail", why, fix });

/** Why something can't be checked, by something else than AWS: a sentence without a full stop. */
export class Unchecked extends Error {}

/** What a check finds, or why it can't be made. */
export async function tried(look: () => Promise<Found | readonly Found[]>): Promise<Found[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === EXIT.failed) return [fail(error.message)];
    const trouble = error instanceof Unchecked ? { why: error.message, fix: "" } : awsTrouble(error);
    if (trouble === undefined) throw error;
    return [warn(`could not check: ${trouble.why}`, trouble.fix)];
  }
}

/** "3 zones", "1 zone". */
export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
