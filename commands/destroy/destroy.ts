import type { Environment } from "../../environments";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { step } from "../cli/progress";
import { ask, interactive } from "../cli/terminal";
import { reportingWhatIsLeft } from "../cli/run";
import { whyOf } from "../cli/why";
import { refuseProtected, refuseUnmovedState } from "../../stacks/guard";
import { described } from "../app-secret/store";
import { refuseImagesInUse } from "../images/in-use";
import { planWithoutCluster } from "../leftovers/lost-cluster";
import { apply, isApplicable, planStack, type Plan } from "../plan/plan";
import { outcome } from "../plan/summary";
import type { Session } from "../session/session";
import { deletions } from "../terraform/plan-json";
import { stackFolders } from "../terraform/stack-folder";
import { switchLogsOff } from "./control-plane-logs";
import { impact, remains } from "./impact";
import { leftoverLines } from "./left";
import { refuseForeignRecords, refuseOtherAccount, refuseOtherState, refuseStillProtected } from "./refusals";

/** Plans both destroys, shows what goes and what stays, asks for the name, and destroys app, then infra. */
export async function destroy(session: Session, confirmed?: string): Promise<ExitCode> {
  const { environment, names } = session;
  refuseProtected(
    environment,
    ["deploy", "destroy"].map((each) => commandLine(each, environment)),
  );
  refuseUnmovedState(environment);
  if (confirmed !== undefined) refuseWrongName(environment, confirmed);
  await refuseOtherAccount(session);
  ifInterrupted("Nothing was destroyed.");
  const folders = stackFolders(environment, { checks: false });
  const plans: Plan[] = [];
  const options = { yes: confirmed !== undefined, destroy: true };
  for (const stack of ["app", "infra"] as const) {
    // Reading a cluster that is gone fails. What is left of app is only in its state.
    const plan = (isLost: boolean) =>
      planStack(folders[stack], { destroy: true, refresh: !(isLost && stack === "app") });
    plans.push(await planWithoutCluster(session, folders[stack], options, plan));
  }
  const deleted = plans.flatMap(({ json }) => deletions(json));
  await refuseOtherState(session, folders.infra, deleted);
  if (!plans.some(isApplicable)) {
    console.log(`Nothing to destroy: the states of ${environment.name} are empty.`);
    return EXIT.done;
  }
  refuseStillProtected(environment, plans);
  refuseForeignRecords(environment, deleted);
  await refuseImagesInUse(session, deleted, "Nothing was destroyed");
  const stays = remains(environment, deleted, (await described(session, names.appSecret)) !== undefined);
  console.log(["", "Will be deleted:", ...impact(plans), "", "Will be kept:", ...stays, ""].join("\n"));
  await approve(environment, confirmed);
  await destroyStacks(session, plans);
  ifInterrupted(
    `${environment.name} is destroyed; to see what is left: ${commandLine("preflight", environment, "--only leftovers")}`,
  );
  const left = await leftoverLines(session);
  console.log([`\n${environment.name} is destroyed. What stays:`, ...stays, ...left].join("\n"));
  return EXIT.done;
}

async function approve(environment: Environment, confirmed: string | undefined): Promise<void> {
  if (confirmed !== undefined) return;
  const { name } = environment;
  if (!interactive())
    throw new CommandError(
      `Nothing was destroyed: confirmation needs a terminal. To destroy without confirmation: npx wbot destroy --env ${name} --confirm ${name}`,
    );
  refuseWrongName(environment, await ask(`To confirm, type the environment's name (${name}): `));
}

function refuseWrongName({ name }: Environment, given: string): void {
  if (given !== name) throw new CommandError(`"${given}" is not "${name}": nothing was destroyed.`);
}

async function destroyStacks(session: Session, plans: readonly Plan[]): Promise<void> {
  const { environment } = session;
  const leftovers = commandLine("preflight", environment, "--only leftovers");
  const partly = `${environment.name} is partly destroyed; its states record what is left. To finish, run the same command again: ${commandLine("destroy", environment)}\nOnce the cluster is gone, this lists what it left behind, which may block a new deploy: ${leftovers}`;
  ifInterrupted(partly);
  await reportingWhatIsLeft(partly, async () => {
    for (const plan of plans) await destroyStack(session, plan);
  });
}

async function destroyStack(session: Session, plan: Plan): Promise<void> {
  const { stack } = plan.folder;
  if (!isApplicable(plan)) return;
  const done = (note: string) => `Destroyed ${stack}: ${outcome(plan)}${note}`;
  await step({ title: `Destroying ${stack}`, done }, async (say) => {
    let note = "";
    if (stack === "infra") {
      say("disabling the control plane logs");
      // Nothing depends on it: at worst EKS makes the log group again, and the next preflight finds it.
      note = await switchLogsOff(session).then(
        () => "",
        (error: unknown) =>
          `\n  (the control plane logs were not disabled first: ${whyOf(error)}; EKS may recreate their group)`,
      );
    }
    await apply(plan, say);
    return note;
  });
}
