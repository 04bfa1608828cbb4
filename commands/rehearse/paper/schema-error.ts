import { valueAt } from "../../../environments/origins";
import { isTemplate } from "../../terraform/references";
import { shownPath, type Problem } from "./problem";

/** Those that are used here. */
interface Params {
  readonly additionalProperty?: string;
  readonly allowedValues?: readonly unknown[];
  readonly missingProperty?: string;
  readonly passingSchemas?: readonly number[] | null;
}

/** An error of ajv, or of a validator that it compiled. */
export interface SchemaError {
  /** A JSON pointer, such as "/spec/template". */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Params;
  readonly message?: string | undefined;
}

/**
 * Turns a schema's errors into problems. A template is never a problem, even where a number is expected: its value is only
 * known to Terraform.
 */
export function problemsOf(errors: readonly SchemaError[], checked: unknown): Problem[] {
  return errors.flatMap((error) => {
    const keys = keysOf(error.instancePath);
    const { additionalProperty, missingProperty } = error.params;
    if (additionalProperty !== undefined)
      return [{ path: shownPath([...keys, additionalProperty]), problem: "is not in the schema" }];
    if (missingProperty !== undefined)
      return [{ path: shownPath([...keys, missingProperty]), problem: "is missing" }];
    const value = valueAt(checked, keys);
    if (isTemplate(value) || isRedundant(error)) return [];
    return [{ path: shownPath(keys), problem: `is ${JSON.stringify(value)}: it ${mustOf(error)}` }];
  });
}

/** If no alternative of a choice matches, the errors of each are reported as well. */
function isRedundant({ keyword, params }: SchemaError): boolean {
  return keyword === "anyOf" || keyword === "if" || (keyword === "oneOf" && params.passingSchemas === null);
}

function mustOf({ keyword, params, message = "is not valid" }: SchemaError): string {
  return keyword === "enum" ? `must be one of ${JSON.stringify(params.allowedValues)}` : message;
}

function keysOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
