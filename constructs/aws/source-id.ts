import { createHash } from "node:crypto";

/** Part of a rule's id, derived from the source it admits and not its index: reordering a list must not replace rules. */
export function sourceId(source: string): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 8);
}
