import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { CommandError } from "../cli/exit-codes";
import { unlessGone } from "../cli/kubernetes";
import { step } from "../cli/progress";
import type { Session } from "../session/session";
import { awaitedIn, type Awaited } from "../terraform/awaited";
import { neededBy } from "../terraform/plan-json";
import { dependenciesOf } from "../terraform/references";
import type { SavedPlan } from "../terraform/saved-plan";
import { isReady, podsOf, shownTrouble, troubles, unfinished } from "../verification/rollout";
import { mayBecomeReady } from "../verification/verdict";

/** How long a rollout may stand still (ms): while its pods start or wait for a node, and otherwise. */
const STARTING_MS = 900_000;
const STUCK_MS = 120_000;
const PAUSE_MS = 3_000;

/** What takes users to another version. */
const TYPES = ["kubernetes_deployment_v1", "kubernetes_ingress_v1"];

type Planned = Pick<SavedPlan, "folder" | "json">;

/**
 * Waits for rollouts that are under way since an earlier deploy, or a restart: Terraform finds those Deployments as they should
 * be, and would change at once what must come after them. Refuses if one doesn't end.
 */
export async function awaitEarlierRollouts(
  session: Session,
  planned: Planned,
  pause = PAUSE_MS,
): Promise<void> {
  const first = neededFirst(session, planned);
  const config = first.length === 0 ? undefined : await session.kubernetes().catch(() => undefined);
  if (config === undefined) return;
  for (const awaited of first) {
    const { name, namespace } = awaited;
    const look = () => lookAt(config, awaited);
    // What can't be read is left to the apply.
    if ((await look().catch(() => undefined)) === undefined) continue;
    const title = `Waiting for the rollout of ${name}`;
    const done = (waiting?: string) => `${name} is ${waiting === undefined ? "" : "not "}rolled out`;
    const waiting = await step({ title, done }, (say) => untilRolledOut(look, say, pause));
    if (waiting === undefined) continue;
    const found = await troubles(config, namespace, name).catch(() => []);
    throw new CommandError(
      [
        `Nothing in ${planned.folder.stack} was deployed to ${session.environment.name}: what it changes must come after ${name}, whose rollout was begun earlier and doesn't end: ${waiting}`,
        ...(found.length === 0 ? [] : [found.map(shownTrouble).join("\n").replace(/^/gm, "  ")]),
        `Fix that, or deploy what ${name} ran before along with this. To deploy all the same: --no-preflight`,
      ].join("\n\n"),
    );
  }
}

/**
 * Deployments that the plan leaves as they are, and that must be rolled out before something that it changes. None that it may
 * repair, by what they need; and none in maintenance, which must never wait, and in which nothing of the product is reached.
 */
function neededFirst({ environment }: Session, { folder, json }: Planned): Awaited[] {
  const { resource_changes: changes = [] } = json;
  if (environment.traffic.maintenance.enabled) return [];
  const changed = changes.filter(({ change: { actions } }) =>
    actions.some((action) => action === "create" || action === "update"),
  );
  const addresses = new Set(changed.map(({ address }) => address));
  const dependencies = dependenciesOf(folder.json);
  const needed = new Set(
    changed
      .filter(({ type }) => TYPES.includes(type))
      .flatMap(({ address }) => [...(dependencies.get(address) ?? [])]),
  );
  return awaitedIn(folder.json).filter(
    ({ address, type }) =>
      type === "Deployment" &&
      needed.has(address) &&
      ![address, ...neededBy(address, json)].some((each) => addresses.has(each)),
  );
}

interface Seen {
  readonly waiting: string;
  /** How long it may stay like that (ms). */
  readonly patience: number;
}

/** What a rollout waits for; undefined if it is complete, or its Deployment is gone. */
async function lookAt(config: KubeConfig, { namespace, name }: Awaited): Promise<Seen | undefined> {
  const apps = config.makeApiClient(AppsV1Api);
  const found = await unlessGone(apps.readNamespacedDeployment({ namespace, name }));
  const waiting = found && unfinished(found);
  if (waiting === undefined) return undefined;
  const pods = await podsOf(config.makeApiClient(CoreV1Api), namespace, name);
  const unready = pods.filter((pod) => !isReady(pod));
  const isStarting = unready.length > 0 && unready.every(mayBecomeReady);
  return { waiting, patience: isStarting ? STARTING_MS : STUCK_MS };
}

/** @returns what it still waits for once it stands still; undefined if it is complete */
async function untilRolledOut(
  look: () => Promise<Seen | undefined>,
  say: (line: string) => void,
  pause: number,
): Promise<string | undefined> {
  let last: Seen = { waiting: "", patience: STUCK_MS };
  let since = performance.now();
  for (;;) {
    const seen = await look().catch(() => last);
    if (seen === undefined) return undefined;
    if (seen.waiting !== last.waiting) since = performance.now();
    last = seen;
    say(seen.waiting);
    if (performance.now() - since > seen.patience) return seen.waiting;
    await sleep(pause);
  }
}
