import { ApiException } from "@kubernetes/client-node";
import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";

/** What could not be looked at, which is not verified. */
export function unseen(check: string, error: unknown): Finding {
  const { why, mend } = awsTrouble(error) ?? { why: reasonOf(error), mend: "" };
  return { check, status: "fail", why: `${UNSEEN}${why}`, mend };
}

const UNSEEN = "could not look: ";

export function isUnseen({ why }: Finding): boolean {
  return why.startsWith(UNSEEN);
}

/** Kubernetes's own words, or the first line of an error whose further lines are headers and such. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiException)) return (error as Error).message.trim().split("\n")[0] ?? "";
  const { code, body } = error as ApiException<unknown>;
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy's page, or nothing.
  }
  return `Kubernetes answered ${code}`;
}
