import { ApiException } from "@kubernetes/client-node";
import { awsTrouble } from "./aws";
import { fail, type Found } from "./finding";

/**
 * Why something failed, in a sentence without a full stop: in the words of AWS, of the network or of Kubernetes, or the
 * first line of an error whose other lines are headers and the like.
 */
export function whyOf(error: unknown): string {
  const { why, fix, tls } = awsTrouble(error) ?? { why: ofKubernetes(error) };
  return tls ? `${why}. ${fix}` : why;
}

function ofKubernetes(error: unknown): string {
  if (!(error instanceof ApiException)) {
    const { message, cause } = error as Error;
    // A failed fetch leaves it to its cause.
    const said = cause instanceof Error && cause.message !== "" ? cause.message : message;
    return said.trim().split("\n")[0] ?? "";
  }
  const { code, body } = error as ApiException<unknown>;
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy's error page, or an empty body.
  }
  return `Kubernetes answered ${code}`;
}

const COULD_NOT_CHECK = "could not check: ";

/** What could not be checked counts as failed. */
export function couldNotCheck(error: unknown): Found {
  const { why, fix } = awsTrouble(error) ?? { why: whyOf(error), fix: "" };
  return fail(`${COULD_NOT_CHECK}${why}`, fix);
}

export function wasNotChecked({ why }: Found): boolean {
  return why.startsWith(COULD_NOT_CHECK);
}
