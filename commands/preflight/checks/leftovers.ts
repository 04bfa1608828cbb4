import { findLeftovers } from "../../destroy/left";
import { fail, pass, warn } from "../../cli/finding";
import type { Session } from "../../session/session";
import { tried, type Check, type Findings } from "../check";
import { iamRole } from "../iam-role";

/** Whether something of an earlier cluster of this name is in a new one's way: AWS refuses a second of the same name. */
export const leftovers: Check = async ({ session }) => {
  if ((await session.cluster()) !== undefined)
    return pass("the cluster exists: nothing is left over from an earlier one");
  const left = (await findLeftovers(session)).map(({ name, command, blocksDeploy = false }) =>
    warn(
      blocksDeploy
        ? `${name} is left over from an earlier cluster; unless infra's state has it, AWS refuses to create it again`
        : `${name} is left over from an earlier cluster, and billed if it holds data`,
      command,
    ),
  );
  const found = [...(await tried(() => inAnotherRegion(session))), ...left];
  return found.length === 0 ? pass("nothing is left over from an earlier cluster") : found;
};

/**
 * Roles belong to an account, not to a region: a deploy here would be refused those of a cluster of the same name elsewhere,
 * or take them over. That cluster may be gone, or may run.
 */
async function inAnotherRegion(session: Session): Promise<Findings> {
  const { name, region } = session.environment;
  const role = `${session.names.prefix}-cluster`;
  const found = await iamRole(session, role);
  const trust = decodeURIComponent(found?.AssumeRolePolicyDocument ?? "");
  const there = /:eks:([a-z0-9-]+):/.exec(trust)?.[1] ?? region;
  if (there === region) return [];
  return fail(
    `the role ${role} is ${name}'s in ${there}: IAM roles are global, so an account can't have ${name} in two regions`,
    `Give this one another name (docs/recovery.md), or set region: "${there}" in environments/${name}.ts. To have it here instead, first destroy it there, with that region set, even if an interrupted deploy left no cluster`,
  );
}
