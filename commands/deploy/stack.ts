import type { Environment } from "../../environments";
import { requireConfirmation } from "../cli/confirmation";
import { CommandError } from "../cli/exit-codes";
import { shown, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { step } from "../cli/progress";
import { colour } from "../cli/terminal";
import { refuseImagesInUse } from "../images/in-use";
import { keepImages } from "../images/keep";
import { planWithoutCluster } from "../leftovers/lost-cluster";
import { clearPending } from "../leftovers/releases";
import type { PlannedChanges } from "../plan/change";
import { apply, isApplicable, planStack, type Plan } from "../plan/plan";
import { notDeployed, outcome, summary } from "../plan/summary";
import { planLines } from "../plan/text";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { releasesWithCrds, upgradeCrds } from "../charts/crds";
import { refuseForAdministrators } from "../plan/for-administrators";
import { scaledMeanwhile } from "./scaled-meanwhile";
import { refuseUnreviewed, type Reviewed } from "./reviewed";
import { whyOf } from "../cli/why";
import { watching } from "../verification/watching";

export interface DeployStackOptions {
  readonly yes: boolean;
  /** The only changes allowed. @default - whatever is planned */
  readonly reviewed?: Reviewed | undefined;
  /** The command that finishes an interrupted deploy. */
  readonly resumeCommand: string;
}

/** An apply that failed before it changed anything: the state was locked, or had changed since the plan. */
export class NothingChanged extends CommandError {}

/** Plans a stack, shows the plan, asks for confirmation, and applies that plan. */
export async function deployStack(
  session: Session,
  folder: StackFolder,
  options: DeployStackOptions,
): Promise<PlannedChanges> {
  const planned = await confirmedPlan(session, folder, options);
  await applyPlan(session, planned, options.resumeCommand);
  return planned;
}

/** Plans a stack, and if there is anything to apply, shows the plan and asks for confirmation. */
export async function confirmedPlan(
  session: Session,
  folder: StackFolder,
  options: DeployStackOptions,
): Promise<Plan> {
  const { stack } = folder;
  const planned = await planToDeploy(session, folder, options);
  if (!isApplicable(planned)) return planned;
  console.log(shownPlan(planned));
  await requireConfirmation({
    question: `Deploy ${stack} to ${session.environment.name}?`,
    yes: options.yes,
    refused: `${stack} was not deployed`,
  });
  const scaled = await scaledMeanwhile(session, planned.json);
  if (scaled.length === 0) return planned;
  console.log(`Scaled since the plan: ${scaled.join(", ")}. Planning again.`);
  return confirmedPlan(session, folder, options);
}

/**
 * Applies a confirmed plan. Of `app`, at once tags what runs: also if the apply stopped half-way, and if there was nothing to
 * apply, since an earlier deploy may have been killed before it could. The repositories' lifecycle must never find a running
 * image without its tag.
 *
 * @param resumeCommand the command that finishes an interrupted deploy
 */
export async function applyPlan(session: Session, planned: Plan, resumeCommand: string): Promise<void> {
  const { stack } = planned.folder;
  try {
    if (!isApplicable(planned)) return;
    // First: the new controller needs the new definitions.
    await applyCrds(session, planned, resumeCommand);
    await applyStack(session, planned, resumeCommand);
    // Whatever comes next, such as the question about the next stack.
    ifInterrupted(`${stack} of ${session.environment.name} is deployed. To continue: ${resumeCommand}`);
  } finally {
    if (stack === "app") printFindings(await keepImages(session));
  }
}

/** Prints warnings and failures: a tally counts the rest. */
export function printFindings(findings: readonly Finding[]): void {
  for (const each of findings) if (each.status === "warn" || each.status === "fail") console.log(shown(each));
}

/** Plans a stack, after clearing what a killed run has left, or the loss of the cluster; nothing of it before a refusal. */
async function planToDeploy(
  session: Session,
  folder: StackFolder,
  options: DeployStackOptions,
): Promise<Plan> {
  const since = new Date();
  const planned = await allowedPlan(session, folder, options);
  if (folder.stack !== "infra") return planned;
  const { yes, resumeCommand } = options;
  const left = `Some of Helm's records may have been changed, but nothing else. To continue: ${resumeCommand}`;
  const cleared = await inCluster("Helm's records can't be changed", left, () =>
    clearPending(session, folder, { yes, since, left }),
  );
  return cleared ? allowedPlan(session, folder, options) : planned;
}

async function allowedPlan(
  session: Session,
  folder: StackFolder,
  options: DeployStackOptions,
): Promise<Plan> {
  const { reviewed } = options;
  const plan = () => planStack(folder, { adopt: session });
  // What leaves the state with a lost cluster was not reviewed.
  const planned = await (reviewed ? plan() : planWithoutCluster(session, folder, options, plan));
  refuseChanges(session.environment, planned);
  await refuseForAdministrators(session, folder, planned.json);
  const { resource_changes: changes = [] } = planned.json;
  await refuseImagesInUse(session, changes, notDeployed(session.environment, folder));
  if (reviewed) refuseUnreviewed(reviewed, planned);
  return planned;
}

/** Refuses, before anything is changed, what AWS would refuse in the middle of an apply. */
function refuseChanges(environment: Environment, { folder, changes }: Plan): void {
  const refused = changes.filter((each) => each.refused !== undefined);
  if (refused.length === 0) return;
  const lines = refused.map(({ name: path, type, refused: why = "", forcedBy }) => {
    const because = forcedBy.length === 0 ? "" : `, because of ${forcedBy.join(", ")}`;
    return `  ${path} (${type}${because}): ${why}`;
  });
  throw new CommandError(
    `${notDeployed(environment, folder)}, because AWS would reject it partway through:\n${lines.join("\n")}`,
  );
}

/** A stack in the format of `diff`, and the releases whose CRDs are upgraded. */
function shownPlan(planned: Plan): string {
  const { stack } = planned.folder;
  const releases = releasesWithCrds(planned.json);
  return [
    "",
    colour.bold(`${stack}: ${summary(planned)}`),
    ...planLines(planned),
    ...(releases.length === 0 ? [] : ["", `  ${colour.yellow("~")} CRDs of ${releases.join(", ")}`]),
    "",
  ].join("\n");
}

async function applyCrds(session: Session, { folder, json }: Plan, resumeCommand: string): Promise<void> {
  const releases = releasesWithCrds(json);
  if (releases.length === 0) return;
  const left = `Some CRDs may have been upgraded, but nothing else has changed. To continue: ${resumeCommand}`;
  ifInterrupted(left);
  const done = () => `Upgraded the CRDs of ${releases.join(", ")}`;
  await inCluster("The CRDs can't be upgraded", left, () =>
    step({ title: "Upgrading CRDs", done }, () => upgradeCrds(session, folder, json)),
  );
}

/** Does some work in the cluster: an answer of Kubernetes, or a failed sign-in, also says what is left by then. */
async function inCluster<T>(failure: string, left: string, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${failure}: ${whyOf(error)}\n\n${left}`);
  });
}

/** Applies a plan, with progress. Reports why pods don't start while Terraform only waits, and ends a hopeless wait. */
async function applyStack(session: Session, planned: Plan, resumeCommand: string): Promise<void> {
  const { environment } = session;
  const { stack } = planned.folder;
  ifInterrupted(
    `${stack} of ${environment.name} is partly changed; its state records what was applied. To finish: ${resumeCommand}`,
  );
  const done = () => `Deployed ${stack}: ${outcome(planned)}`;
  let hasStarted = false;
  await step({ title: `Deploying ${stack}`, done }, (say) => {
    // Says something from the first change on.
    const follow = (line: string) => {
      hasStarted = true;
      say(line);
    };
    return watching(session, planned.folder, (watch) => apply(planned, follow, watch), say);
  }).catch((error: unknown) => {
    if (hasStarted || !(error instanceof CommandError)) throw error;
    throw new NothingChanged(error.message, error.exitCode);
  });
  if (planned.changes.some(({ type }) => type === "aws_eks_cluster")) session.forgetCluster();
}
