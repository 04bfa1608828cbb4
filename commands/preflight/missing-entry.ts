import { EKSClient, ListAssociatedAccessPoliciesCommand, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { accessPolicies } from "../../environments/access-policies";
import { administrators } from "../../environments/ci";
import { emulator } from "../../environments/emulator";
import { terraformLine } from "../../stacks/command-lines";
import { resourcesOf } from "../../stacks/stack-json";
import { unlessMissing } from "../cli/aws";
import { fail, type Found } from "../cli/finding";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { stackPath } from "../terraform/stack-folder";
import type { PreflightContext } from "./check";
import { grantCommands } from "./stale-entry";

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
      [
        `An administrator who is in the cluster must deploy infra: ${there.join(", ") || "none of access.admins is"}. If nobody is left who can, let yourself in, put that into the state, and deploy:`,
        ...(await selfHelp(session, arn, own === "entry")),
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

/** Undefined without an access entry; `entry` if it doesn't grant what `access.admins` get. */
async function standing(
  { client, environment, names }: Session,
  principalArn: string,
): Promise<"admin" | "entry" | undefined> {
  const policies = new ListAssociatedAccessPoliciesCommand({ clusterName: names.cluster, principalArn });
  const answer = await unlessMissing(client(EKSClient).send(policies), "ResourceNotFoundException");
  if (answer === undefined) return undefined;
  const { admins } = accessPolicies(environment.region);
  const { associatedAccessPolicies = [] } = answer;
  return associatedAccessPolicies.some(({ policyArn }) => policyArn === admins) ? "admin" : "entry";
}

/**
 * Terraform has to know of what is created here, or its own creation fails with ResourceInUseException. It may know of an
 * entry that is there, such as that of a viewer, or not, if these commands were not run to their end.
 */
async function selfHelp(session: Session, arn: string, hasEntry: boolean): Promise<string[]> {
  const { environment, names } = session;
  const { region } = environment;
  const all = resourcesOf((await session.synthesized()).infra.json);
  const entry = all.find(
    ({ type, body }) => type === "aws_eks_access_entry" && body["principal_arn"] === arn,
  );
  const policy = all.find(({ path }) => path === entry?.path.replace("/entry-", "/admin-"));
  const folder = stackPath(environment, "infra");
  const run = (address = "", id: string) => terraformLine(folder, "import", address, id);
  return [
    ...grantCommands(names.cluster, arn, region, "admins").slice(hasEntry ? 1 : 0),
    commandLine("diff", environment, "infra"),
    run(policy?.address, `${names.cluster}#${arn}#${accessPolicies(region).admins}`),
    ...(hasEntry ? [`and, unless ${terraformLine(folder, "state", "list")} has the entry:`] : []),
    run(entry?.address, `${names.cluster}:${arn}`),
  ];
}
