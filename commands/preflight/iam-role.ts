import { GetRoleCommand, IAMClient, type Role } from "@aws-sdk/client-iam";
import { unlessMissing } from "../cli/aws";
import type { Session } from "../session/session";

/** A role as IAM has it, with its path and its trust; undefined if it doesn't exist. */
export async function iamRole({ client }: Session, name: string): Promise<Role | undefined> {
  return (await unlessMissing(client(IAMClient).send(new GetRoleCommand({ RoleName: name }))))?.Role;
}
