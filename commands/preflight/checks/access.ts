import { GetRoleCommand, IAMClient, type Role } from "@aws-sdk/client-iam";
import { administrators } from "../../../environments/ci";
import { isAwsError, unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, warn, type Found } from "../../cli/finding";
import { accessSetting, reachesApi } from "../reaches-api";
import { tried, type Check, type PreflightContext } from "../check";
import { missingEntry } from "../missing-entry";

/** Whether the caller may administer the cluster, and whether its API can be reached from here. */
export const access: Check = async (context) => [
  ...(await administers(context)),
  ...(await listedRoles(context)),
  ...(await tried(() => reachesApi(context))),
];

async function administers(context: PreflightContext): Promise<Found[]> {
  const { session } = context;
  const { environment } = session;
  const { account, arn } = await session.identity();
  const [, partition = "aws", role] = /^arn:([^:]+):sts::\d+:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  // EKS knows a caller who assumed a role by the role's own ARN with its path.
  const found = role === undefined ? { Arn: arn } : await lookedUp(role, session);
  const known = found === "unreadable" ? undefined : found?.Arn;
  const own = known ?? `arn:${partition}:iam::${account}:role/${role ?? ""}`;
  // Without permission to read the role, its path is unknown: compare by name.
  const isOwn = (admin: string) => (known === undefined ? admin.endsWith(`/${role ?? ""}`) : admin === own);
  const listed = administrators(environment).find(isOwn);
  if (listed === undefined)
    return [
      fail(
        `${own} is not among access.admins: the cluster would deny access, and no chart could be installed`,
        accessSetting(environment, "admins", [...environment.access.admins, own]),
      ),
    ];
  const missing = await tried(() => missingEntry(context, listed));
  return missing.length > 0 ? missing : [pass(`${own} is among access.admins`)];
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

/** A role with its path; undefined if it doesn't exist. */
async function lookedUp(name: string, { client }: Session): Promise<Role | "unreadable" | undefined> {
  try {
    const answer = await unlessMissing(client(IAMClient).send(new GetRoleCommand({ RoleName: name })));
    return answer?.Role;
  } catch (error) {
    if (!isAwsError(error, "AccessDenied", "AccessDeniedException")) throw error;
    return "unreadable";
  }
}
