import { fail, pass, warn, type Check } from "../check";

/** Whose credentials these are, and whether they are of the environment's account. */
export const credentials: Omit<Check, "name"> = {
  aws: true,
  look: async ({ session }) => {
    const { environment } = session;
    const { account, arn } = await session.identity();
    const { name, tier } = environment;
    if (environment.account !== undefined && environment.account !== account)
      return [
        fail(
          `${arn} is of the account ${account}, but ${name} is of the account ${environment.account} (setting account)`,
          "Name a profile of that account: export AWS_PROFILE=<profile>",
        ),
      ];
    if (environment.account === undefined && tier === "production")
      return [
        warn(
          `${arn}; any account is taken, as the setting account is not there`,
          `account: "${account}" in environments/${name}.ts`,
        ),
      ];
    return [pass(`${arn}, account ${account}`)];
  },
};
