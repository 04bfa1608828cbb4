import { readFileSync } from "node:fs";
import { decoded } from "../environments/json-text";

/** A source file of this project as committed, whatever line endings git gave the checkout. */
export function sourceText(path: string): string {
  return decoded(readFileSync(path)).replaceAll("\r\n", "\n");
}
