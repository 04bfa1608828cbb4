import { DescribeAccessEntryCommand, EKSClient } from "@aws-sdk/client-eks";
import type { Role } from "@aws-sdk/client-iam";
import { accessPolicies } from "../../environments/access-policies";
import { PLAN_GROUP } from "../../environments/ci";
import { emulator } from "../../environments/emulator";
import { unlessMissing } from "../cli/aws";
import { fail, warn, type Found } from "../cli/finding";
import { tried, type PreflightContext } from "./check";

/** What a role's access entry grants: that of `access.admins`, of `access.viewers` or of CI's plan role. */
export type Grant = "admins" | "viewers" | "plan";

/**
 * Fails if a role is younger than its access entry: EKS knows it by its unique ID, so the entry of a role that was deleted
 * and created again no longer works. Terraform sees the same ARN, so no deploy repairs it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessEntry.html
 */
export async function staleEntry(
  { session, stacks }: PreflightContext,
  arn: string,
  role: Pick<Role, "CreateDate"> | undefined,
  grant: Grant,
): Promise<Found[]> {
  const created = role?.CreateDate;
  if (created === undefined || emulator() !== undefined) return [];
  return tried(async () => {
    if ((await session.cluster()) === undefined) return [];
    const { environment, names, client } = session;
    const answer = await unlessMissing(
      client(EKSClient).send(
        new DescribeAccessEntryCommand({ clusterName: names.cluster, principalArn: arn }),
      ),
      "ResourceNotFoundException",
    );
    const since = answer?.accessEntry?.createdAt;
    if (since === undefined || created <= since) return [];
    return (stacks.includes("infra") ? fail : warn)(
      `${arn} was created again on ${day(created)}, after its access entry (${day(since)}), so the cluster denies it access`,
      // All of it at once: a deploy that is to create the entry may need it to sign in.
      [
        `aws eks delete-access-entry ${entryOf(names.cluster, arn)} --region ${environment.region}`,
        ...grantCommands(names.cluster, arn, environment.region, grant),
      ].join("\n"),
    );
  });
}

/** The commands that create a principal's access entry, with what it grants. */
export function grantCommands(cluster: string, arn: string, region: string, grant: Grant): string[] {
  const entry = entryOf(cluster, arn);
  const group = grant === "plan" ? ` --kubernetes-groups ${PLAN_GROUP}` : "";
  const commands = [
    `aws eks create-access-entry ${entry}${group}`,
    ...(grant === "plan"
      ? []
      : [
          `aws eks associate-access-policy ${entry} --policy-arn ${accessPolicies(region)[grant]} --access-scope type=cluster`,
        ]),
  ];
  return commands.map((each) => `${each} --region ${region}`);
}

function entryOf(cluster: string, arn: string): string {
  return `--cluster-name ${cluster} --principal-arn ${arn}`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
