import type { Finding } from "../cli/finding";
import type { PreflightContext } from "./context";

/** What a check says; its name is added. */
export type Found = Omit<Finding, "check">;

/** One question before a deploy. It changes nothing. */
export interface Check {
  /** As `--only` and the output have it. */
  readonly name: string;
  /** Whether it asks AWS: without credentials it is skipped. */
  readonly aws: boolean;
  readonly look: (context: PreflightContext) => Promise<readonly Found[]>;
}

export const pass = (why: string): Found => ({ status: "pass", why });
export const skip = (why: string): Found => ({ status: "skip", why });
export const warn = (why: string, fix = ""): Found => ({ status: "warn", why, fix });
export const fail = (why: string, fix = ""): Found => ({ status: "fail", why, fix });

/** "3 zones", "1 zone". */
export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
