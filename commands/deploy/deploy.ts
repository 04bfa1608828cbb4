import type { Environment } from "../../environments";
import { asCommandError } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { failed, failures, tally, type Finding } from "../cli/finding";
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
import { reviewedDiff } from "./reviewed";
import { imagesBefore, rollBack } from "./roll-back";
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
  readonly stackOptions: DeployStackOptions;
  readonly times: Times;
}

/** Preflight, the stacks in order, verification, and a report. */
export async function deploy(given: Session, options: DeployOptions): Promise<ExitCode> {
  const { stacks, resumeCommand } = options;
  const run = startRun(given.environment, options);
  // Before the checks, so that they check what will run.
  const pinned = await pin(given);
  await check(pinned.session, run);

  if (stacks.includes("infra")) {
    const { infra } = await pinned.session.stacks();
    await run.times.of("infra", () => deployStack(pinned.session, infra, run.stackOptions), outcome);
  }
  const app = stacks.includes("app") ? await deployApp(pinned, run) : undefined;
  ifInterrupted(`Everything is deployed, but not everything is verified. To verify it: ${resumeCommand}`);
  const findings = app ? await verifyApp(app, run) : [];

  console.log(await report(app?.session ?? pinned.session, run.times));
  return failed(findings) ? EXIT.unverified : EXIT.done;
}

/** Refuses what can be refused before any check. */
function startRun(environment: Environment, options: DeployOptions): Run {
  const { stacks, yes = false, resumeCommand } = options;
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
  ifInterrupted(`Nothing was changed. To start again: ${resumeCommand}`);
  return { options, stackOptions: { yes, reviewed, resumeCommand }, times: new Times() };
}

async function check(
  session: Session,
  { options: { preflight: isChecked, stacks }, times }: Run,
): Promise<void> {
  if (isChecked) {
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

/** `app` after its deploy. */
interface DeployedApp {
  readonly session: Session;
  /** What ran before; undefined without `--roll-back`, or if nothing changed. */
  readonly before: Images | undefined;
}

async function deployApp(given: Pinned, run: Run): Promise<DeployedApp> {
  const { options, stackOptions, times } = run;
  const { session, warnings } = options.stacks.includes("infra") ? await repin(given, options) : given;
  printFindings(warnings);
  const { app } = await session.stacks();
  return times.of(
    "app",
    async () => {
      const planned = await confirmedPlan(session, app, stackOptions);
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

/** Once infra has created the repositories of a first deploy: while one is empty, the rollout would only time out. */
async function repin({ session }: Pinned, options: DeployOptions): Promise<Pinned> {
  const pinned = await pin(session);
  if (options.preflight)
    refuseFailed(
      await preflight(pinned.session, { stacks: ["app"], only: ["images"], silent: true }),
      `infra is deployed, but app can't be yet. Fix the failed checks above, then continue: ${options.resumeCommand}`,
    );
  return pinned;
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
  else {
    const failure = `app is deployed, but its verification failed:\n\n${failures(findings)}`;
    await rollBack(session, before, failure, true);
  }
  return findings;
}

/** Durations, and where the product is. */
async function report(session: Session, times: Times): Promise<string> {
  const { environment, names } = session;
  // Not being allowed to look it up doesn't fail the deploy.
  const address = await loadBalancer(session).catch(() => undefined);
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
