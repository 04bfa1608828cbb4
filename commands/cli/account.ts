import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { isOptIn } from "../../environments/region";
import type { ClientOf } from "./aws";

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

export async function callerIdentity(client: ClientOf): Promise<Identity> {
  const sts = client(STSClient);
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account ?? "", arn: Arn ?? "" };
  } catch (error) {
    const region = await sts.config.region();
    throw isOptIn(region) ? Object.assign(error as Error, { optInRegion: region }) : error;
  }
}
