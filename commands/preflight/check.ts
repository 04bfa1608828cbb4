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

/** "3 zones", "1 zone". */
export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
