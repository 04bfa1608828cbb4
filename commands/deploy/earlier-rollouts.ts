import { AppsV1Api } from "@kubernetes/client-node";
import { CommandError } from "../cli/exit-codes";
import { unlessGone } from "../cli/kubernetes";
import type { Session } from "../session/session";
import { awaitedIn, type Awaited } from "../terraform/awaited";
import { neededBy } from "../terraform/plan-json";
import { dependenciesOf } from "../terraform/references";
import type { SavedPlan } from "../terraform/saved-plan";
import { shownTrouble, troubles, unfinished } from "../verification/rollout";

/** What takes users to another version. */
const TYPES = ["kubernetes_deployment_v1", "kubernetes_ingress_v1"];

type Planned = Pick<SavedPlan, "folder" | "json">;

/**
 * Refuses while a rollout is unfinished since an earlier deploy, or a restart: Terraform finds that Deployment as it should be,
 * and would change at once what must come after it.
 *
 * @param again the command that deploys this
 */
export async function refuseUnfinishedRollouts(
  session: Session,
  planned: Planned,
  again: string,
): Promise<void> {
  const first = neededFirst(session, planned);
  const config = first.length === 0 ? undefined : await session.kubernetes().catch(() => undefined);
  if (config === undefined) return;
  const apps = config.makeApiClient(AppsV1Api);
  for (const { name, namespace } of first) {
    // What can't be read is left to the apply.
    const found = await unlessGone(apps.readNamespacedDeployment({ namespace, name })).catch(() => undefined);
    const waiting = found && unfinished(found);
    if (waiting === undefined) continue;
    const why = await troubles(config, namespace, name).catch(() => []);
    throw new CommandError(
      [
        `Nothing in ${planned.folder.stack} was deployed to ${session.environment.name}: what it changes must come after ${name}, whose rollout was begun earlier and is unfinished: ${waiting}`,
        ...(why.length === 0 ? [] : [why.map(shownTrouble).join("\n").replace(/^/gm, "  ")]),
        `If it goes on: kubectl rollout status deployment/${name} -n ${namespace}, and then ${again}\nIf not, fix that, or deploy what ${name} ran before along with this. To deploy all the same: --no-preflight`,
      ].join("\n\n"),
    );
  }
}

/**
 * Deployments that the plan leaves as they are, and that must be rolled out before something that it changes. None that it may
 * repair, by what they need; and none in maintenance, which must never wait, and in which nothing of the product is reached.
 */
function neededFirst({ environment }: Session, { folder, json }: Planned): Awaited[] {
  if (environment.traffic.maintenance.enabled) return [];
  const changed = (json.resource_changes ?? []).filter(({ change: { actions } }) =>
    actions.some((action) => action === "create" || action === "update"),
  );
  const addresses = new Set(changed.map(({ address }) => address));
  const dependencies = dependenciesOf(folder.json);
  const users = changed.filter(({ type }) => TYPES.includes(type));
  const needed = new Set(users.flatMap(({ address }) => [...(dependencies.get(address) ?? [])]));
  return awaitedIn(folder.json).filter(
    ({ address, type }) =>
      type === "Deployment" &&
      needed.has(address) &&
      ![address, ...neededBy(address, json)].some((each) => addresses.has(each)),
  );
}
