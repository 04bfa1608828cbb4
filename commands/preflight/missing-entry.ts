import { EKSClient, ListAssociatedAccessPoliciesCommand, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { accessPolicies } from "../../environments/access-policies";
import { administrators } from "../../environments/ci";
import { emulator } from "../../environments/emulator";
import { unlessMissing } from "../cli/aws";
import { fail, type Found } from "../cli/finding";
import type { Session } from "../session/session";
import type { PreflightContext } from "./check";

/**
 * Fails if an administrator of the settings is not one in the cluster yet: the plan that would let them in reads the
 * cluster's objects before, which is denied, to a viewer as well. There are none before there are nodes, which start after
 * the administrators are let in.
 */
export async function missingEntry({ session }: PreflightContext, arn: string): Promise<Found[]> {
  if (emulator() !== undefined || !(await hasNodeGroups(session))) return [];
  const own = await standing(session, arn);
  if (own === "admin") return [];
  const others = administrators(session.environment).filter((each) => each !== arn);
  const known = await Promise.all(others.map((each) => standing(session, each)));
  const there = others.filter((_, index) => known[index] === "admin");
  return [
    fail(
      `${arn} is in access.admins, but ${own === "entry" ? "no administrator of" : "not in"} the cluster yet, which denies even the plan that would let it in`,
      `An administrator who is in the cluster must deploy infra: ${there.join(", ") || "none of access.admins is"}. If nobody is left who can: docs/recovery.md, "Locked out of the cluster"`,
    ),
  ];
}

async function hasNodeGroups(session: Session): Promise<boolean> {
  if ((await session.cluster()) === undefined) return false;
  const { nodegroups = [] } = await session
    .client(EKSClient)
    .send(new ListNodegroupsCommand({ clusterName: session.names.cluster, maxResults: 1 }));
  return nodegroups.length > 0;
}

/** Undefined without an access entry; `entry` if it doesn't grant what `access.admins` get. */
async function standing(
  { client, environment, names }: Session,
  principalArn: string,
): Promise<"admin" | "entry" | undefined> {
  const policies = new ListAssociatedAccessPoliciesCommand({ clusterName: names.cluster, principalArn });
  const answer = await unlessMissing(client(EKSClient).send(policies));
  if (answer === undefined) return undefined;
  const { admins } = accessPolicies(environment.region);
  const { associatedAccessPolicies = [] } = answer;
  return associatedAccessPolicies.some(({ policyArn }) => policyArn === admins) ? "admin" : "entry";
}
