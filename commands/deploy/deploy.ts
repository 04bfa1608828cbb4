import type { Environment } from "../../environments";
import { asCommandError, troubleOrThrow } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { failed, tally, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { columns } from "../cli/terminal";
import { Times } from "../cli/times";
import { wasNotChecked } from "../cli/why";
import { refuseUnmovedState } from "../../stacks/guard";
import { pin, type Pinned } from "../images/pin";
import type { Images } from "../images/running";
import { preflight } from "../preflight/preflight";
import type { StackName } from "../../stacks/stack-names";
import { isApplicable } from "../plan/plan";
import { outcome } from "../plan/summary";
import type { Session } from "../session/session";
import { loadBalancer } from "../verification/load-balancer";
import { verify } from "../verification/verification";
import { reviewedDiff, type Reviewed } from "./reviewed";
import { imagesBefore, rollBack, unverified } from "./roll-back";
import {
  applyPlan,
  confirmedPlan,
  deployStack,
  NothingChanged,
  printFindings,
  type DeployStackOptions,
} from "./stack";

export interface DeployOptions {
  /** In the order of deployment. */
  readonly stacks: readonly StackName[];
  /** Skips the confirmation. @default false */
  readonly yes?: boolean;
  readonly preflight: boolean;
  readonly verify: boolean;
  /** Path of a stream that must survive the eviction of its pod, after the other checks. @default - no pod is evicted */
  readonly checkDrain?: string;
  /** The reviewed diff.json: nothing else is deployed. @default - whatever is planned */
  readonly reviewed?: string;
  /** Deploys the previous images if `app` fails. @default false */
  readonly rollBack?: boolean;
  /** The command that finishes this deploy if it is interrupted. */
  readonly resumeCommand: string;
}

/** State shared by the phases of one deploy. */
interface Run {
  readonly options: DeployOptions;
  readonly reviewed: Reviewed | undefined;
  readonly times: Times;
}

/** Preflight, the stacks in order, verification, and a report. */
export async function deploy(given: Session, options: DeployOptions): Promise<ExitCode> {
  const run = startRun(given.environment, options);
  // Before the checks, so that they check what will run.
  const pinned = await pin(given);
  await check(pinned.session, run);

  if (options.stacks.includes("infra")) await deployInfra(pinned.session, run);
  const app = options.stacks.includes("app") ? await deployApp(pinned, run) : undefined;
  const session = app?.session ?? pinned.session;
  ifInterrupted(
    `Everything is deployed, but not everything is verified. To verify it: ${options.resumeCommand}`,
  );
  const findings = app ? await verifyApp(app, run) : [];

  console.log(await report(session, run.times));
  return failed(findings) ? EXIT.unverified : EXIT.done;
}

/** Refuses what can be refused before any check. */
function startRun(environment: Environment, options: DeployOptions): Run {
  const { stacks } = options;
  if (options.rollBack === true && !stacks.includes("app"))
    throw new CommandError(
      "--roll-back only applies to app: deploy app too, or remove --roll-back.",
      EXIT.usage,
    );
  if (options.checkDrain !== undefined && !(options.verify && stacks.includes("app")))
    throw new CommandError(
      "--check-drain is part of app's verification: deploy app too, and remove --no-verify.",
      EXIT.usage,
    );
  refuseUnmovedState(environment);
  const reviewed =
    options.reviewed === undefined ? undefined : reviewedDiff(options.reviewed, environment, stacks);
  ifInterrupted(`Nothing was changed. To start again: ${options.resumeCommand}`);
  return { options, reviewed, times: new Times() };
}

async function check(session: Session, { options, times }: Run): Promise<void> {
  const { stacks } = options;
  if (options.preflight) {
    const findings = await times.of("preflight", () => preflight(session, { stacks }), tally);
    refuseFailed(
      findings,
      `Nothing was deployed to ${session.environment.name}. Fix the failed checks above, or skip them with --no-preflight.`,
    );
  }
  if (!stacks.includes("infra")) await session.connected();
}

function refuseFailed(findings: readonly Finding[], why: string): void {
  printFindings(findings);
  if (failed(findings)) throw new CommandError(why);
}

async function deployInfra(session: Session, run: Run): Promise<void> {
  const { infra } = await session.stacks();
  await run.times.of("infra", () => deployStack(session, infra, stackOptions(run)), outcome);
}

/** `app` after its deploy. */
interface DeployedApp {
  readonly session: Session;
  /** What ran before; undefined without `--roll-back`, or if nothing changed. */
  readonly before: Images | undefined;
}

async function deployApp(given: Pinned, run: Run): Promise<DeployedApp> {
  const { options, times } = run;
  const { session, warnings } = options.stacks.includes("infra") ? await repin(given, run) : given;
  printFindings(warnings);
  const { app } = await session.stacks();
  return times.of(
    "app",
    async () => {
      const planned = await confirmedPlan(session, app, stackOptions(run));
      // Not earlier: somebody else may deploy while this waits for a confirmation.
      const before =
        options.rollBack === true && isApplicable(planned) ? await imagesBefore(session) : undefined;
      await applyPlan(session, planned, options.resumeCommand).catch((error: unknown) => {
        const stopped = error instanceof CommandError && error.exitCode === EXIT.interrupted;
        // What runs now may be the same, deployed by somebody else meanwhile.
        const unchanged = error instanceof NothingChanged;
        if (before === undefined || stopped || unchanged) throw error;
        return rollBack(session, before, (asCommandError(error) as Error).message, options.verify);
      });
      return { session, planned, before };
    },
    ({ planned }) => outcome(planned),
  );
}

/** A first deploy creates the repositories only with infra. */
async function repin({ session }: Pinned, run: Run): Promise<Pinned> {
  const pinned = await pin(session);
  await checkImages(pinned.session, run);
  return pinned;
}

/** On a first deploy the repositories are new, and with an empty one the rollout would only time out. */
async function checkImages(session: Session, run: Run): Promise<void> {
  if (!run.options.preflight) return;
  const findings = await preflight(session, { stacks: ["app"], only: ["images"], silent: true });
  refuseFailed(
    findings,
    `infra is deployed, but app can't be yet. Fix the failed checks above, then continue: ${run.options.resumeCommand}`,
  );
}

async function verifyApp(
  { session, before }: DeployedApp,
  { options, times }: Run,
): Promise<readonly Finding[]> {
  if (!options.verify) return [];
  const findings = await times.of("verification", () => verify(session, options.checkDrain), tally);
  if (options.rollBack !== true || !failed(findings)) return findings;
  if (before === undefined) console.error("Nothing was rolled back: this deploy changed nothing in app.");
  else if (findings.some(wasNotChecked))
    console.error("Nothing was rolled back: not everything could be checked.");
  else await rollBack(session, before, unverified(findings), true);
  return findings;
}

function stackOptions({ options: { yes = false, resumeCommand }, reviewed }: Run): DeployStackOptions {
  return { yes, reviewed, resumeCommand };
}

/** Durations, and where the product is. */
async function report(session: Session, times: Times): Promise<string> {
  const { environment, names } = session;
  const address = await loadBalancer(session).catch((error: unknown) => {
    troubleOrThrow(error);
    // Not being allowed to look it up doesn't fail the deploy.
    return undefined;
  });
  return [
    "",
    ...columns([...times.rows, ["total", times.total, ""]]),
    "",
    ...columns([
      ["The product", `https://${environment.domain.host}`],
      ...(address === undefined ? [] : [["Load balancer", address]]),
      ["kubectl", `aws eks update-kubeconfig --region ${environment.region} --name ${names.cluster}`],
    ]),
  ].join("\n");
}
