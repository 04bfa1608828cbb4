import type { Environment } from "../../environments";
import { terraformLine } from "../../stacks/command-lines";
import { resourcesOf } from "../../stacks/stack-json";
import { CommandError } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import type { Plan } from "../plan/plan";
import { isProtected } from "../plan/refused-change";
import type { Session } from "../session/session";
import { deletions, type ResourceChange } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";

/** In another account nothing would be found: everything would be dropped from the states, and every image be unused. */
export async function refuseOtherAccount(session: Session): Promise<void> {
  const { environment } = session;
  const [admin = ""] = environment.access.admins;
  const { account = admin.split(":")[4] } = environment;
  await session.of({ ...environment, account }).requireAccount("Nothing was destroyed.");
}

/** Refuses to leave a cluster running that another state has: what is in it would go, and its logs. */
export async function refuseOtherState(
  session: Session,
  infra: StackFolder,
  gone: readonly ResourceChange[],
): Promise<void> {
  const { environment, names } = session;
  const isCluster = ({ type }: { readonly type: string }) => type === "aws_eks_cluster";
  if (gone.some(isCluster)) return;
  if ((await session.cluster()) === undefined) return;
  const { address = "" } = resourcesOf(infra.json).find(isCluster) ?? {};
  throw new CommandError(
    `Nothing was destroyed: the cluster ${names.cluster} exists, but isn't in the state of infra. If it was deployed from another folder, or with another value of the setting state, destroy it from there. If a deploy was killed while creating it, import it and run this again: ${terraformLine(infra.path, "import", address, names.cluster)}\nIf this state has lost it, look for an earlier version: ${commandLine("state", environment, "versions infra")}`,
  );
}

/** Refuses what AWS would only refuse after most of the environment is gone. */
export function refuseStillProtected(environment: Environment, plans: readonly Plan[]): void {
  const found = plans.flatMap(({ folder, json }) =>
    deletions(json)
      .filter(isProtected)
      .map(({ address, type }) => `  ${folder.nameOf(address)} (${type})`),
  );
  if (found.length === 0) return;
  throw new CommandError(
    `Nothing was destroyed: AWS refuses to delete\n${found.join("\n")}\nprotection is false in the settings, but that was not deployed. Deploy it first: ${commandLine("deploy", environment, "infra")}`,
  );
}

/**
 * Refuses to delete records that the settings leave to others: only a deploy forgets them. Terraform ignores that in a
 * destroy.
 */
export function refuseForeignRecords(environment: Environment, gone: readonly ResourceChange[]): void {
  if (environment.domain.records) return;
  const records = gone
    .filter(({ type }) => type === "aws_route53_record")
    .map(({ change }) => (change.before as { readonly name: string }).name);
  if (records.length === 0) return;
  throw new CommandError(
    `Nothing was destroyed: the records of ${records.join(", ")} would be deleted, wherever they point now. domain.records is false in the settings, but that was not deployed. Deploy that first, which removes them from the state but not from Route 53: ${commandLine("deploy", environment, "infra")}`,
  );
}
