import { troubleOrThrow } from "../../cli/aws";
import { fail, pass, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Whose credentials these are, and whether they belong to the environment's account. */
export const credentials: Check = async ({ session }) => {
  const { environment } = session;
  const { name, tier } = environment;
  const found = await session.identity().catch(troubleOrThrow);
  if ("why" in found) return fail(found.why, found.fix);
  const { account, arn } = found;
  if (environment.account !== undefined && environment.account !== account)
    return fail(
      `${arn} belongs to account ${account}, but ${name} to account ${environment.account} (setting account)`,
      "Use a profile of that account: export AWS_PROFILE=<profile>",
    );
  if (environment.account === undefined && tier === "production")
    return warn(
      `${arn}; any account is accepted, because account is not set`,
      `account: "${account}" in environments/${name}.ts`,
    );
  return pass(`${arn}, account ${account}`);
};
