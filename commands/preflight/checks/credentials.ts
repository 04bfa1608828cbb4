import { fail, pass, warn, type Check } from "../check";

/** Whose credentials these are, and whether they belong to the environment's account. */
export const credentials: Check = async ({ session }) => {
  const { environment } = session;
  const { account, arn } = await session.identity();
  const { name, tier } = environment;
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
