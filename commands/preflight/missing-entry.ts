import { DescribeAccessEntryCommand, EKSClient, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { accessPolicies } from "../../environments/access-policies";
import { administrators } from "../../environments/ci";
import { emulator } from "../../environments/emulator";
import { resourcesOf } from "../../stacks/stack-json";
import { unlessMissing } from "../cli/aws";
import { fail, type Found } from "../cli/finding";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { stackPath } from "../terraform/stack-folder";
import type { PreflightContext } from "./check";
import { grantCommands } from "./stale-entry";

/**
 * Fails if an administrator of the settings is not in the cluster yet: the plan that would add them reads the cluster's
 * objects before, which is denied. There are none before there are nodes, which start after the administrators are let in.
 */
export async function missingEntry({ session }: PreflightContext, arn: string): Promise<Found[]> {
  if (emulator() !== undefined || !(await hasNodeGroups(session)) || (await isIn(session, arn))) return [];
  const others = administrators(session.environment).filter((each) => each !== arn);
  const known = await Promise.all(others.map((each) => isIn(session, each)));
  const there = others.filter((_, index) => known[index]);
  return [
    fail(
      `${arn} is in access.admins, but not in the cluster yet, which denies even the plan that would let it in`,
      [
        `An administrator who is in the cluster must deploy infra: ${there.join(", ") || "none of access.admins is"}. If nobody is left who can, let yourself in, put that into the state, and deploy:`,
        ...(await selfHelp(session, arn)),
      ].join("\n"),
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

async function isIn({ client, names }: Session, principalArn: string): Promise<boolean> {
  const entry = new DescribeAccessEntryCommand({ clusterName: names.cluster, principalArn });
  return (await unlessMissing(client(EKSClient).send(entry), "ResourceNotFoundException")) !== undefined;
}

/** Terraform has to know of the two, or its creation of them fails with ResourceInUseException. */
async function selfHelp(session: Session, arn: string): Promise<string[]> {
  const { environment, names } = session;
  const { region } = environment;
  const all = resourcesOf((await session.synthesized()).infra.json);
  const entry = all.find(
    ({ type, body }) => type === "aws_eks_access_entry" && body["principal_arn"] === arn,
  );
  const policy = all.find(({ path }) => path === entry?.path.replace("/entry-", "/admin-"));
  const folder = stackPath(environment, "infra");
  const run = `terraform -chdir=${folder} import`;
  return [
    ...grantCommands(names.cluster, arn, region, "admins"),
    commandLine("diff", environment, "infra"),
    `${run} '${entry?.address ?? ""}' '${names.cluster}:${arn}'`,
    `${run} '${policy?.address ?? ""}' '${names.cluster}#${arn}#${accessPolicies(region).admins}'`,
  ];
}
