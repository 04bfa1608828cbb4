import { findLeftovers } from "../../destroy/left";
import { pass, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Whether something of an earlier cluster of this name is in a new one's way: AWS refuses a second of the same name. */
export const leftovers: Check = async ({ session }) => {
  if ((await session.cluster()) !== undefined)
    return pass("the cluster exists: nothing is left over from an earlier one");
  const found = await findLeftovers(session);
  if (found.length === 0) return pass("nothing is left over from an earlier cluster");
  return found.map(({ name, command, blocksDeploy = false }) =>
    warn(
      blocksDeploy
        ? `${name} is left over from an earlier cluster; unless infra's state has it, AWS refuses to create it again`
        : `${name} is left over from an earlier cluster, and billed if it holds data`,
      command,
    ),
  );
};
