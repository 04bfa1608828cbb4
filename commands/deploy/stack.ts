import type { Environment } from "../../environments";
import { CommandError } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { progress } from "../cli/progress";
import { colour, confirm, interactive } from "../cli/terminal";
import type { PlannedChanges } from "../plan/change";
import { apply, isApplicable, planStack, type Plan } from "../plan/plan";
import { outcome, summary } from "../plan/summary";
import { planLines } from "../plan/text";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { crdUpgrade, type CrdUpgrade } from "../charts/crds";
import { refuseUnreviewed, type Reviewed } from "./reviewed";
import { watching } from "../verification/watching";

/** What one stack's deploy came to. */
export interface StackOutcome extends Pick<PlannedChanges, "changes" | "outputs"> {
  readonly stack: string;
  /** Custom resource definitions that were upgraded, which Helm doesn't; of `infra` only. */
  readonly crds: readonly string[];
  readonly seconds: number;
}

export interface DeployStackOptions {
  /** Asks nothing. */
  readonly yes: boolean;
  /** Shows nothing. */
  readonly silent: boolean;
  /** What may be done and nothing else. @default - whatever is planned */
  readonly reviewed?: Reviewed | undefined;
  /** What the command that finishes an interrupted deploy needs besides. @default - nothing */
  readonly again?: string;
  /** Called when the stack begins to change. */
  readonly begun?: () => void;
}

/** Plans a stack, shows the plan, asks, and applies what was shown. */
export async function deployStack(
  session: Session,
  folder: StackFolder,
  options: DeployStackOptions,
): Promise<StackOutcome> {
  const { environment } = session;
  const start = performance.now();
  const planned = await planStack(folder, options.silent);
  try {
    const { changes, outputs } = planned;
    const applicable = isApplicable(planned);
    if (options.reviewed) refuseUnreviewed(environment, options.reviewed, planned);
    const crds = folder.stack === "infra" ? await crdUpgrade(session, folder) : undefined;
    const names = crds?.names ?? [];
    if (applicable || names.length > 0) {
      if (!options.silent) console.log(shownPlan(planned, names));
      await approve(environment, folder, options);
      options.begun?.();
      // First, since the new controller reads what only they know.
      if (crds && names.length > 0) await upgradeCrds(environment, crds, options.silent);
      if (applicable) await applyStack(session, planned, options);
    }
    return {
      stack: folder.stack,
      changes,
      outputs,
      crds: names,
      seconds: Math.round((performance.now() - start) / 1000),
    };
  } finally {
    planned.discard();
  }
}

/** As `diff` shows a stack. */
function shownPlan(planned: Plan, crds: readonly string[]): string {
  const { stack } = planned.folder;
  return [
    "",
    colour.bold(`${stack}: ${summary(planned)}`),
    ...planLines(planned),
    ...(crds.length === 0 ? [] : ["", `  ${colour.yellow("~")} CRDs  ${crds.join(", ")}`]),
    "",
  ].join("\n");
}

async function upgradeCrds(
  environment: Environment,
  { names, apply: write }: CrdUpgrade,
  silent: boolean,
): Promise<void> {
  ifInterrupted(
    `Some CRDs are upgraded, and nothing else is changed. To go on, run the same command again: ${commandLine("deploy", environment)}`,
  );
  await progress(
    {},
    [
      {
        title: "Upgrading CRDs",
        work: async () => {
          await write();
          return `Upgraded ${names.length} CRD${names.length === 1 ? "" : "s"}`;
        },
      },
    ],
    { silent },
  );
}

async function approve(
  environment: Environment,
  { stack }: StackFolder,
  { yes }: DeployStackOptions,
): Promise<void> {
  if (yes) return;
  if (!interactive())
    throw new CommandError(
      `There is no terminal to ask on, and ${stack} was not deployed. To deploy without being asked: --yes`,
    );
  if (!(await confirm(`Deploy ${stack} to ${environment.name}?`)))
    throw new CommandError(`${stack} was not deployed: you said no.`);
}

/** Applies a plan, with progress; for `app`, tells why pods don't start while Terraform only waits. */
async function applyStack(
  session: Session,
  planned: Plan,
  { silent, again }: Pick<DeployStackOptions, "silent" | "again">,
): Promise<void> {
  const { environment } = session;
  const { stack } = planned.folder;
  ifInterrupted(
    `${stack} of ${environment.name} is changed in part, and its state says which. To finish it, run the same command again: ${commandLine("deploy", environment, again)}`,
  );
  await progress(
    {},
    [
      {
        title: `Deploying ${stack}`,
        work: async (_, say) => {
          const work = apply(planned, say);
          await (stack === "app" ? watching(session, work, say) : work);
          if (planned.changes.some(({ type }) => type === "aws_eks_cluster")) session.forgetCluster();
          return `Deployed ${stack}: ${outcome(planned)}`;
        },
      },
    ],
    { silent },
  );
}
