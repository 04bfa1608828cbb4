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
  const days = daysUntil(deprecated, now);
  const until = days < 0 ? `ended on ${deprecated}` : `ends on ${deprecated}, in ${days} days`;
  const why = `Lambda's support for ${FUNCTION_RUNTIME}, which the scheduled checks run on, ${until}, and from ${creationBlocked} on it creates no function with it`;
  if (daysUntil(creationBlocked, now) < 0) return fail(why, fix);
  return days <= WARN_DAYS ? warn(why, fix) : pass(why);
}
