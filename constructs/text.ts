import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { decoded } from "../environments/json-text";

/**
 * For an id or a name: derived from the content and not from an index, so that reordering a list replaces nothing.
 *
 * @param digits Hexadecimal ones. @default 8
 */
export function shortHash(content: string, digits = 8): string {
  return createHash("sha256").update(content).digest("hex").slice(0, digits);
}

/** A source file of this project as committed, whatever line endings git gave the checkout. */
export function sourceText(path: string): string {
  return decoded(readFileSync(path)).replaceAll("\r\n", "\n");
}

/** Escapes Terraform's template sequences, so that the text reaches the resource as is. */
export function escapeTemplate(text: string): string {
  // Functions, because "$$" in a replacement string means one "$".
  return text.replaceAll("${", () => "$${").replaceAll("%{", () => "%%{");
}

/** Escapes what begins an action of a Go template, as Helm and External Secrets have them: there is no other way to mean two braces. */
export function escapeGoTemplate(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
