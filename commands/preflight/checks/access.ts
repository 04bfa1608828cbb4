import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { administrators } from "../../../environments/ci";
import { overlap } from "../../../environments/cidr";
import { isAwsError } from "../../cli/aws";
import { emulator } from "../../../environments/emulator";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn, type Check, type Found } from "../check";
import type { PreflightContext } from "../context";

const OWN_ADDRESS = "https://checkip.amazonaws.com";
const OWN_ADDRESS_MS = 3_000;

/** Whether the caller may administer the cluster, and whether its API can be reached from here. */
export const access: Check = {
  aws: true,
  look: async (context) => [await administers(context), await reaches(context)],
};

async function administers({ session }: PreflightContext): Promise<Found> {
  const { environment } = session;
  const { arn } = await session.identity();
  const admins = administrators(environment);
  const own = await principal(arn, session);
  const matches = own.exact
    ? admins.includes(own.arn)
    : admins.some((admin) => admin.split("/").at(-1) === own.arn.split("/").at(-1));
  if (matches) return pass(`${own.arn} is among access.admins`);
  return fail(
    `${own.arn} is not among access.admins: the cluster would deny access, and no chart could be installed`,
    `"access": { "admins": ["${own.arn}"] } in environments/${environment.name}.local.json`,
  );
}

/** The ARN EKS knows a caller by: for an assumed role, the role's own ARN with its path. */
async function principal(arn: string, { client }: Session): Promise<{ arn: string; exact: boolean }> {
  const [, partition = "aws", account = "", role] =
    /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role === undefined) return { arn, exact: true };
  try {
    const answer = await client(IAMClient).send(new GetRoleCommand({ RoleName: role }));
    if (answer.Role?.Arn !== undefined) return { arn: answer.Role.Arn, exact: true };
  } catch (error) {
    if (!isAwsError(error, "AccessDenied", "AccessDeniedException")) throw error;
  }
  // Without permission to read the role, its path is unknown: compare by name.
  return { arn: `arn:${partition}:iam::${account}:role/${role}`, exact: false };
}

async function reaches({ session: { environment }, outside }: PreflightContext): Promise<Found> {
  const { publicCidrs } = environment.access;
  if (emulator() !== undefined) return skip("an emulator's cluster is on this machine");
  if (publicCidrs.length === 0)
    return warn(
      "access.publicCidrs is empty: the cluster can only be reached and deployed to from inside its VPC",
    );
  const own = await outside
    .fetch(OWN_ADDRESS, { signal: AbortSignal.timeout(OWN_ADDRESS_MS) })
    .then((answer) => answer.text())
    .catch(() => "");
  const address = own.trim();
  if (!/^\d+(\.\d+){3}$/.test(address)) return skip("this machine's public address could not be determined");
  if (publicCidrs.some((range) => overlap(range, `${address}/32`)))
    return pass(`this machine's public address ${address} is in access.publicCidrs`);
  return warn(
    `this machine's public address ${address} is not in access.publicCidrs: without a route into the VPC, no chart can be installed from here`,
    `"access": { "publicCidrs": ["${address}/32"] } in environments/${environment.name}.local.json`,
  );
}
