import { readFileSync } from "node:fs";
import { decoded } from "../environments/json-text";

/** A source file of this project as it was committed: git may have given a checkout other line endings. */
export function sourceText(path: string): string {
  return decoded(readFileSync(path)).replaceAll("\r\n", "\n");
}
