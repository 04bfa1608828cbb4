import type { StackName } from "../../../stacks/stack-names";

/** Something wrong in a value, and where. */
export interface Problem {
  /** Such as "spec.template.spec.containers[0].image"; empty for the whole. */
  readonly path: string;
  /** Such as "is missing": the rest of a sentence that starts with the path. */
  readonly problem: string;
}

/** A problem in synthesized output. */
export interface Violation extends Problem {
  readonly environment: string;
  readonly stack?: StackName;
  /** Construct path in the stack, such as "wbot-ai/deployment". */
  readonly construct?: string;
}

/** Keys as a JSON path: "spec.ports[0].name"; keys that are not identifiers are quoted. */
export function shownPath(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (/^\d+$/.test(String(key))) return `${path}[${key}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(String(key))) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? String(key) : `${path}.${key}`;
  }, "");
}
