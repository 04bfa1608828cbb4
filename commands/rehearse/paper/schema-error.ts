import type { DefinedError } from "ajv";
import { valueAt } from "../../../environments/json-text";
import { isTemplate } from "../../terraform/references";
import { shownPath, type Problem } from "./problem";

/**
 * Turns the errors of ajv, or of a validator that it compiled, into problems. A template is never a problem, even where a
 * number is expected: its value is only known to Terraform.
 */
export function problemsOf(errors: readonly DefinedError[], checked: unknown): Problem[] {
  return errors.flatMap((error) => {
    const keys = keysOf(error.instancePath);
    const { keyword, params, message = "is not valid" } = error;
    if ("additionalProperty" in params)
      return { path: shownPath([...keys, params.additionalProperty]), problem: "is not in the schema" };
    // The keyword is "required" or "dependencies".
    if ("missingProperty" in params)
      return { path: shownPath([...keys, params.missingProperty]), problem: "is missing" };
    const value = valueAt(checked, keys);
    if (isTemplate(value) || isRedundant(error)) return [];
    const must = keyword === "enum" ? `must be one of ${JSON.stringify(params.allowedValues)}` : message;
    return { path: shownPath(keys), problem: `is ${JSON.stringify(value)}: it ${must}` };
  });
}

/** If no alternative of a choice matches, the errors of each are reported as well. */
function isRedundant({ keyword, params }: DefinedError): boolean {
  return keyword === "anyOf" || keyword === "if" || (keyword === "oneOf" && params.passingSchemas === null);
}

/** The keys in a JSON pointer, such as "/spec/template". */
function keysOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
