import { createHash } from "node:crypto";

/** Part of the id of a rule that admits a source: by the source, not its index, so that reordering a list replaces no rule. */
export function sourceId(source: string): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 8);
}
