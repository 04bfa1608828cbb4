import type { AnyStackName } from "../../../stacks/stack-names";
import { pathText } from "../../plan/differences";

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
  readonly stack?: AnyStackName;
  /** Construct path in the stack, such as "wbot-ai/deployment". */
  readonly construct?: string;
}

/** Keys as a path, where digits are an index: "spec.ports[0].name". */
export function shownPath(keys: readonly (string | number)[]): string {
  return pathText(keys.map((key) => (/^\d+$/.test(String(key)) ? `[${key}]` : key)));
}
