import type { PlanJson } from "../terraform/plan-json";
import type { ShownDifference } from "./change";
import { differences, shownDifference } from "./differences";
import { redacted, secretsOf } from "./redact";

/** The outputs that a plan changes, by name; those that are sensitive, or named like a secret, without their values. */
export function outputsOf(json: PlanJson): ShownDifference[] {
  const secrets = secretsOf(json);
  return Object.entries(json.output_changes ?? {})
    .filter(([, { actions }]) => actions[0] !== "no-op")
    .flatMap(([name, output]) => {
      const change = {
        actions: output.actions,
        before: { [name]: output.before },
        after: { [name]: output.after },
        after_unknown: { [name]: output.after_unknown },
        before_sensitive: { [name]: output.before_sensitive },
        after_sensitive: { [name]: output.after_sensitive },
      };
      const [before, after] = (["before", "after"] as const).map((side) =>
        redacted({ type: "output", change }, side, secrets),
      );
      const found = differences(before, after).map(shownDifference);
      // Perhaps only its sensitivity changes.
      return found.length > 0 ? found : [{ path: name, before: "(sensitive)", after: "(sensitive)" }];
    });
}
