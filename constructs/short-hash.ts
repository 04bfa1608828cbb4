import { createHash } from "node:crypto";

/**
 * For an id or a name, derived from what it is of and not from an index: reordering a list must not replace anything.
 *
 * @param digits Hexadecimal ones. @default 8
 */
export function shortHash(content: string, digits = 8): string {
  return createHash("sha256").update(content).digest("hex").slice(0, digits);
}
