import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { administrators } from "../../../environments/ci";
import { isAwsError, unlessNoEntity } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, type Check, type Found } from "../check";
import type { PreflightContext } from "../context";
import { accessSetting, reachesApi } from "../reaches-api";

/** Whether the caller may administer the cluster, and whether its API can be reached from here. */
export const access: Check = async (context) => [
  await administers(context),
  ...(await unknownRoles(context)),
  await reachesApi(context),
];

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
    accessSetting(environment, "admins", [...environment.access.admins, own.arn]),
  );
}

/** The ARN EKS knows a caller by: for an assumed role, the role's own ARN with its path. */
async function principal(arn: string, session: Session): Promise<{ arn: string; exact: boolean }> {
  const [, partition = "aws", account = "", role] =
    /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role === undefined) return { arn, exact: true };
  const known = await roleArn(role, session);
  // Without permission to read the role, its path is unknown: compare by name.
  return known.arn === undefined
    ? { arn: `arn:${partition}:iam::${account}:role/${role}`, exact: false }
    : { arn: known.arn, exact: true };
}

/** EKS refuses an entry for a role that doesn't exist or has another path, and says so only once the cluster is there. */
async function unknownRoles({ session }: PreflightContext): Promise<Found[]> {
  const { environment } = session;
  const settings = environment.access;
  const { account } = await session.identity();
  const looked = (["admins", "viewers"] as const).flatMap((key) =>
    settings[key].map(async (arn) => {
      const [, of, name] = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
      if (of !== account || name === undefined) return [];
      const real = await roleArn(name, session);
      if (real.arn === arn || (real.arn === undefined && real.exists)) return [];
      return fail(
        `access.${key}: ${arn} does not exist, so EKS would reject it`,
        accessSetting(
          environment,
          key,
          settings[key].map((each) => (each === arn ? (real.arn ?? "<the ARN of a role>") : each)),
        ),
      );
    }),
  );
  return (await Promise.all(looked)).flat();
}

/** A role's ARN with its path; without one if it doesn't exist, or if it may not be read. */
async function roleArn(
  name: string,
  { client }: Session,
): Promise<{ readonly arn?: string | undefined; readonly exists: boolean }> {
  try {
    const answer = await unlessNoEntity(client(IAMClient).send(new GetRoleCommand({ RoleName: name })));
    return { arn: answer?.Role?.Arn, exists: answer !== undefined };
  } catch (error) {
    if (!isAwsError(error, "AccessDenied", "AccessDeniedException")) throw error;
    return { exists: true };
  }
}
