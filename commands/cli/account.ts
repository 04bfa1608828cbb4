import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Environment } from "../../environments";
import { clientConfig } from "./aws";
import { CommandError } from "./exit-codes";

/** Who calls AWS. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
}

export async function callerIdentity({ region }: Environment): Promise<Identity> {
  const { Account, Arn } = await new STSClient(clientConfig(region)).send(new GetCallerIdentityCommand({}));
  return { account: Account ?? "", arn: Arn ?? "" };
}

/** The caller's account; refuses credentials of another one than the environment's. `spared`: "Nothing was read." */
export async function expectedAccount(environment: Environment, spared: string): Promise<string> {
  const { account, arn } = await callerIdentity(environment);
  if (environment.account === undefined || environment.account === account) return account;
  throw new CommandError(
    `These credentials (${arn}) are of the account ${account}, but the environment "${environment.name}" is of the account ${environment.account} (setting account). ${spared} Name a profile of that account: export AWS_PROFILE=<profile>`,
  );
}
