import type { Role } from "@aws-sdk/client-iam";
import { administrators } from "../../../environments/ci";
import { isAwsError } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, warn, type Found } from "../../cli/finding";
import { iamRole } from "../iam-role";
import { accessSetting, reachesApi } from "../reaches-api";
import { tried, type Check, type PreflightContext } from "../check";

/** Whether the caller may administer the cluster, and whether its API can be reached from here. */
export const access: Check = async (context) => [
  await administers(context),
  ...(await listedRoles(context)),
  ...(await tried(() => reachesApi(context))),
];

/** Compared without paths, which a session doesn't show: role names are unique in an account. */
async function administers({ session }: PreflightContext): Promise<Found> {
  const { environment } = session;
  const { arn } = await session.identity();
  const caller = arn.replace(/^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3");
  if (administrators(environment).some((admin) => admin.replace(/:role\/.*\//, ":role/") === caller))
    return pass(`${caller} is among access.admins`);
  const role = /:role\/(.+)$/.exec(caller)?.[1];
  const real = role === undefined ? undefined : await lookedUp(role, session);
  const own = real === "unreadable" ? caller : (real?.Arn ?? caller);
  return fail(
    `${own} is not among access.admins: the cluster would deny access, and no chart could be installed`,
    accessSetting(environment, "admins", [...environment.access.admins, own]),
  );
}

/** EKS refuses an entry for a role that doesn't exist or has another path, and says so only once the cluster is there. */
async function listedRoles({ session, stacks }: PreflightContext): Promise<Found[]> {
  const { environment } = session;
  const settings = environment.access;
  const { account } = await session.identity();
  const looked = (["admins", "viewers"] as const).flatMap((key) =>
    settings[key].map(async (arn) => {
      const [, of, name] = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
      if (of !== account || name === undefined) return [];
      const real = await lookedUp(name, session);
      if (real === "unreadable" || real?.Arn === arn) return [];
      return (stacks.includes("infra") ? fail : warn)(
        `access.${key}: ${arn} does not exist, so EKS would reject it`,
        accessSetting(
          environment,
          key,
          settings[key].map((each) => (each === arn ? (real?.Arn ?? "<the ARN of a role>") : each)),
        ),
      );
    }),
  );
  return (await Promise.all(looked)).flat();
}

/** Undefined if it doesn't exist. */
async function lookedUp(name: string, session: Session): Promise<Role | "unreadable" | undefined> {
  try {
    return await iamRole(session, name);
  } catch (error) {
    if (!isAwsError(error, "AccessDenied", "AccessDeniedException")) throw error;
    return "unreadable";
  }
}
