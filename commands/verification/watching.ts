import { setTimeout as sleep } from "node:timers/promises";
import {
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1Deployment,
  type V1Pod,
} from "@kubernetes/client-node";
import { NAMESPACE } from "../../environments/names";
import { secretCopiersOf } from "../../environments/secret-copiers";
import { CommandError, EXIT } from "../cli/exit-codes";
import { onInterruption, untilItEnds } from "../cli/interrupt";
import { unlessGone } from "../cli/kubernetes";
import { isInstalled, revisionsOf } from "../leftovers/releases";
import type { Watch } from "../plan/plan";
import { shownText } from "../cli/redacted-text";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { awaitedIn, workloadsIn, type Awaited } from "../terraform/awaited";
import { EndedWaits } from "./end-waits";
import { externalSecretTroubles } from "./external-secrets";
import { isReady, releaseOf, troubleOf, troubles, troublesOf } from "./rollout";
import { CRASHES, isTransientRefusal, refusalOf, SOON_MS, verdictOf, type Verdict } from "./verdict";

/** Interval between two checks of the pods (milliseconds). */
const PAUSE_MS = 5_000;

/** Longest line of progress about a pod (characters). The error at the end has the full text. */
const PROGRESS_LENGTH = 120;

/** Charts are not ours, and in a first install some of their programs exit until another one is there. */
const CRASHES_OF_INSTALLS = 5;

/**
 * Watches pods while Terraform waits for rollouts and releases, for minutes and without output. Says why they don't start,
 * adds it to Terraform's error, and ends the apply once it is certain to fail. Ends the waits of an interrupted apply, too.
 */
export async function watching<T>(
  session: Session,
  folder: StackFolder,
  work: (watch: Watch) => Promise<T>,
  say: (line: string) => void,
  pause = PAUSE_MS,
): Promise<T> {
  const watcher = new Watcher(session, folder, say);
  const ended = new AbortController();
  const forget = onInterruption(() => {
    watcher.interrupted = true;
  });
  await watcher.begin();
  const watched = watcher.watch(pause, ended.signal);
  const worked = async () => {
    try {
      return await work(watcher);
    } catch (error) {
      throw await watcher.explained(error);
    } finally {
      forget();
      ended.abort();
      await watched;
      await watcher.restore();
    }
  };
  // Not only until Terraform ends: what ended its waits must be set back.
  return untilItEnds(worked());
}

class Watcher implements Watch {
  interrupted = false;
  trouble: string | undefined;
  readonly #stop = new AbortController();
  #awaited: readonly Awaited[] = [];
  /** Pods, and versions of Deployments, that were there before; undefined if it can't be known. */
  #earlier: ReadonlySet<string> | undefined;
  /** Since when something is seen, by what it is about and how long it must hold: as of the last look, and of this one. */
  #before = new Map<string, number>();
  #now = new Map<string, number>();
  readonly #upgrades = new Map<string, boolean>();
  #failure: string | undefined;
  #waits: EndedWaits | undefined;

  constructor(
    readonly session: Session,
    readonly folder: StackFolder,
    readonly say: (line: string) => void,
  ) {}

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  readonly changing = (addresses: readonly string[]): void => {
    this.#awaited = awaitedIn(this.folder.json).filter(({ address }) => addresses.includes(address));
  };

  async begin(): Promise<void> {
    try {
      const config = await this.session.kubernetes();
      const pods = await config?.makeApiClient(CoreV1Api).listPodForAllNamespaces();
      const deployments = await config?.makeApiClient(AppsV1Api).listDeploymentForAllNamespaces();
      this.#earlier = new Set([
        ...(pods?.items ?? []).map(({ metadata }) => metadata?.uid ?? ""),
        ...(deployments?.items ?? []).map(versionOf),
      ]);
    } catch {
      // Then the apply is never ended early: what is seen may be left from an earlier deploy.
    }
  }

  /** Checks the pods until `ended`. Errors are dropped: this only supplements Terraform's own. */
  async watch(pause: number, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await this.#look().catch(() => undefined);
      await sleep(pause, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const config = this.#awaited.length === 0 ? undefined : await this.session.kubernetes();
    if (config === undefined) {
      this.trouble = undefined;
      return;
    }
    const troubles: string[] = [];
    this.#now = new Map();
    for (const awaited of this.#awaited) {
      if (this.#isOver) break;
      const trouble = await this.#judge(config, awaited);
      if (trouble !== undefined) troubles.push(trouble);
    }
    this.#before = this.#now;
    [this.trouble] = troubles;
    if (this.#isOver) await this.#endWaits(config);
  }

  get #isOver(): boolean {
    return this.interrupted || this.#failure !== undefined;
  }

  /** A StatefulSet's wait can't be ended. */
  async #endWaits(config: KubeConfig): Promise<void> {
    this.#stop.abort();
    this.#waits ??= new EndedWaits(config);
    for (const awaited of this.#awaited) {
      if (awaited.type === "Deployment") await this.#waits.endRollout(awaited);
      else if (awaited.type === "release")
        await this.#waits.endRelease(awaited, await this.#isUpgrade(config, awaited));
    }
  }

  /** Whether a release was installed before; asked once, since Helm's records are large. */
  async #isUpgrade(config: KubeConfig, { address, namespace, name }: Awaited): Promise<boolean> {
    const found = this.#upgrades.get(address) ?? isInstalled(await revisionsOf(config, namespace, name));
    this.#upgrades.set(address, found);
    return found;
  }

  /** Shows why something is not ready, as the first of its pods says, and sets the failure if it can't become so. */
  async #judge(config: KubeConfig, awaited: Awaited): Promise<string | undefined> {
    const core = config.makeApiClient(CoreV1Api);
    const { namespace } = awaited;
    const { items } = await core.listNamespacedPod({ namespace });
    const { items: events } = await core.listNamespacedEvent({ namespace });
    const pods = items.filter((pod) => this.#isNew(pod, awaited));
    const waiting = pods.filter((pod) => !isReady(pod));
    const refused = await refusedPods(config, awaited);
    const [first] = waiting;
    const [text] = first === undefined ? refused.values() : [await troubleOf(core, first, events)];
    const line = text === undefined ? undefined : shortened(text);
    if (line !== undefined) this.say(line);
    if (this.#earlier === undefined) return line;
    const isInstall = awaited.type === "release" && !(await this.#isUpgrade(config, awaited));
    const crashes = isInstall ? CRASHES_OF_INSTALLS : CRASHES;
    const unrecoverable: V1Pod[] = [];
    for (const pod of waiting) {
      const verdict = verdictOf(pod, events, crashes);
      if (verdict === undefined || !(await lacksStill(core, pod, verdict))) continue;
      if (!this.#hasLasted(pod.metadata?.uid ?? "", verdict.after)) continue;
      const siblings = pods.filter((each) => ownerOf(each) === ownerOf(pod));
      if (!verdict.every || siblings.every((each) => verdictOf(each, events, crashes)?.every === true))
        unrecoverable.push(pod);
    }
    const lasting = [...refused].filter(([version, why]) => this.#isLasting(version, why));
    const shown = [...(await troublesOf(core, unrecoverable, events)), ...lasting.map(([, why]) => why)];
    if (shown.length > 0) this.#failure = `${awaited.name} can't become ready:\n\n${indented(shown)}`;
    return line;
  }

  /** What was refused before doesn't count: this deploy may be about to change it. */
  #isLasting(version: string, refusal: string): boolean {
    if (isTransientRefusal(refusal) || this.#earlier?.has(version) === true) return false;
    return this.#hasLasted(version, SOON_MS);
  }

  #isNew({ metadata, status }: V1Pod, { type, name }: Awaited): boolean {
    if (metadata?.deletionTimestamp !== undefined || status?.phase === "Succeeded") return false;
    const isOfWorkload = type === "release" || metadata?.labels?.["app.kubernetes.io/name"] === name;
    return isOfWorkload && this.#earlier?.has(metadata?.uid ?? "") !== true;
  }

  /** Whether something has been seen for so long (ms), without a pause. */
  #hasLasted(what: string, after: number): boolean {
    const key = `${what} ${after}`;
    const since = this.#before.get(key) ?? performance.now();
    this.#now.set(key, since);
    return performance.now() - since >= after;
  }

  /** An error of the apply, with why pods don't start, or Secrets don't come. */
  async explained(error: unknown): Promise<unknown> {
    if (!(error instanceof CommandError) || error.exitCode === EXIT.interrupted) return error;
    const { message, exitCode } = error;
    // None if the cluster can't be reached.
    const found = await this.#troubles().catch(() => []);
    const more = found.length === 0 ? "" : `\n\nWhat is not ready:\n\n${indented(found)}`;
    if (this.#failure !== undefined)
      return new CommandError(
        `Deploying ${this.folder.stack} was stopped, because ${this.#failure}${more}\n\nWhat was running before keeps running. Fix this, and deploy again.`,
        exitCode,
      );
    return new CommandError(`${message}${more}`, exitCode);
  }

  /** What is wrong with the stack's Secrets, and with its pods unless these have ended the apply. */
  async #troubles(): Promise<string[]> {
    const config = await this.session.kubernetes();
    if (config === undefined) return [];
    const { stack, json } = this.folder;
    const namespaces =
      stack === "app" ? [NAMESPACE] : secretCopiersOf(this.session.environment).map(({ to }) => to);
    const secrets = namespaces.map((each) => externalSecretTroubles(config, each).catch(() => []));
    const workloads = stack === "app" && this.#failure === undefined ? workloadsIn(json) : [];
    const pods = workloads.map(({ namespace, name }) => troubles(config, namespace, name));
    return (await Promise.all([...secrets, ...pods])).flat();
  }

  async restore(): Promise<void> {
    await this.#waits?.restore(this.folder);
  }
}

/** Why admission refuses pods of Deployments, by these' versions. */
async function refusedPods(
  config: KubeConfig,
  { type, namespace, name }: Awaited,
): Promise<ReadonlyMap<string, string>> {
  const { items } = await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace });
  const refused = new Map<string, string>();
  for (const deployment of items) {
    const own = deployment.metadata?.name ?? "";
    const reason = refusalOf(deployment);
    if (reason !== undefined && name === (type === "release" ? releaseOf(deployment) : own))
      refused.set(versionOf(deployment), `${own}: ${shownText(reason)}`);
  }
  return refused;
}

/** Whether what a pod's verdict says is missing is so now; true where nothing is. */
async function lacksStill(core: CoreV1Api, pod: V1Pod, { missing }: Verdict): Promise<boolean> {
  if (missing === undefined) return true;
  const namespace = pod.metadata?.namespace ?? "";
  const read = ({ kind, name }: (typeof missing)[number]): Promise<unknown> =>
    kind === "secret"
      ? core.readNamespacedSecret({ namespace, name })
      : core.readNamespacedConfigMap({ namespace, name });
  const found = await Promise.all(missing.map((each) => unlessGone(read(each))));
  return found.includes(undefined);
}

/** The first line of a text, for progress. */
function shortened(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length <= PROGRESS_LENGTH ? line : `${line.slice(0, PROGRESS_LENGTH - 1)}…`;
}

function versionOf({ metadata }: V1Deployment): string {
  return `${metadata?.uid ?? ""} ${metadata?.generation ?? ""}`;
}

function ownerOf({ metadata }: V1Pod): string | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller)?.uid;
}

function indented(found: readonly string[]): string {
  return found.join("\n").replace(/^/gm, "  ");
}
