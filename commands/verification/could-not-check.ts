import { ApiException } from "@kubernetes/client-node";
import { awsTrouble } from "../cli/aws";
import { fail, type Found } from "../cli/finding";

/** What could not be checked counts as failed. */
export function couldNotCheck(error: unknown): Found {
  const { why, fix } = awsTrouble(error) ?? { why: reasonOf(error), fix: "" };
  return fail(`${COULD_NOT_CHECK}${why}`, fix);
}

const COULD_NOT_CHECK = "could not check: ";

export function wasNotChecked({ why }: Found): boolean {
  return why.startsWith(COULD_NOT_CHECK);
}

/** Kubernetes's message, or the first line of an error whose other lines are headers and the like. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiException)) return (error as Error).message.trim().split("\n")[0] ?? "";
  const { code, body } = error as ApiException<unknown>;
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy's error page, or an empty body.
  }
  return `Kubernetes answered ${code}`;
}
