import { emulator } from "../../../environments/emulator";
import { FUNCTION_RUNTIME, FUNCTION_RUNTIMES } from "../../../environments/function-runtime";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";
import { daysUntil } from "../days-until";

const WARN_DAYS = 120;

/** How long Lambda supports the runtime of the scheduled checks' functions, and creates functions with it. */
export const functions: Check = ({ now }) => Promise.resolve(found(now));

function found(now: Date): Found {
  if (emulator() !== undefined) return skip("an emulator retires no runtimes");
  const { deprecated, creationBlocked } = FUNCTION_RUNTIMES[FUNCTION_RUNTIME];
  const names = Object.keys(FUNCTION_RUNTIMES);
  const next = names[names.indexOf(FUNCTION_RUNTIME) + 1] ?? "<a newer one, with a row>";
  const fix = `FUNCTION_RUNTIME = "${next}" in environments/function-runtime.ts, then a deploy of both stacks`;
  if (daysUntil(creationBlocked, now) < 0)
    return fail(
      `Lambda has created no function with ${FUNCTION_RUNTIME} since ${creationBlocked}, which the scheduled checks run on`,
      fix,
    );
  const days = daysUntil(deprecated, now);
  if (days < 0)
    return warn(
      `Lambda's support for ${FUNCTION_RUNTIME}, which the scheduled checks run on, ended on ${deprecated}: from ${creationBlocked} on it creates no function with it`,
      fix,
    );
  const why = `Lambda supports ${FUNCTION_RUNTIME}, which the scheduled checks run on, until ${deprecated}, ${days} days`;
  return days <= WARN_DAYS ? warn(why, fix) : pass(why);
}
