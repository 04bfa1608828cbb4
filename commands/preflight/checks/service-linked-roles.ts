import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { unlessNoEntity } from "../../cli/aws";
import { pass, warn } from "../../cli/finding";
import type { Check } from "../check";

const SPOT = "AWSServiceRoleForEC2Spot";

/** Whether spot nodes can start: EC2 Spot doesn't create its service-linked role on first use, as the other services do. */
export const serviceLinkedRoles: Check = async ({ session: { client } }) => {
  const role = await unlessNoEntity(client(IAMClient).send(new GetRoleCommand({ RoleName: SPOT })));
  return role === undefined
    ? warn(
        `${SPOT} does not exist yet: spot nodes may not start without it`,
        "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com",
      )
    : pass(`${SPOT} exists`);
};
