import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { ClientOf } from "./aws";

/** Who calls AWS. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
}

export async function callerIdentity(client: ClientOf): Promise<Identity> {
  const { Account, Arn } = await client(STSClient).send(new GetCallerIdentityCommand({}));
  return { account: Account ?? "", arn: Arn ?? "" };
}
