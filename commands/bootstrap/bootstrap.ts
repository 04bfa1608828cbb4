import { existsSync } from "node:fs";
import type { Environment } from "../../environments";
import { bootstrapOf, type Bootstrap } from "../../environments/bootstrap";
import { emulator } from "../../environments/emulator";
import { localState } from "../../environments/local-state";
import { ciRights } from "../../stacks/bootstrap";
import { terraformLine } from "../../stacks/command-lines";
import { BOOTSTRAP, STACKS } from "../../stacks/stack-names";
import { requireConfirmation } from "../cli/confirmation";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { step } from "../cli/progress";
import { movedStateLines, moveOne } from "../state/move";
import { apply, isApplicable, planStack, type Plan } from "../plan/plan";
import { outcome } from "../plan/summary";
import { planLines } from "../plan/text";
import type { Session } from "../session/session";
import { deletions } from "../terraform/plan-json";
import { writeBootstrap } from "../terraform/stack-folder";
import { existingOf } from "./existing";

export interface BootstrapCommandOptions {
  /** Doesn't ask for confirmation. @default false */
  readonly yes?: boolean;
  /** Allows the plan to delete resources. @default false */
  readonly allowDelete?: boolean;
}

/**
 * Plans the bootstrap stack of an environment's bucket, shows the plan, asks for confirmation, applies it, and once the
 * bucket exists moves the stack's own state into it.
 */
export async function bootstrap(session: Session, options: BootstrapCommandOptions): Promise<ExitCode> {
  const { environment } = session;
  const account = await session.requireAccount("Nothing was created.");
  const wanted = bootstrapOf(environment, account);
  if (wanted === undefined) throw new CommandError(noBucket(environment, account));
  const found = await existingOf(session, wanted);
  const file = localState(wanted.bucket, BOOTSTRAP);
  const isLocal = found.existingBucket === undefined || existsSync(file);
  const write = (state: "local" | "s3") =>
    writeBootstrap(environment, wanted, { ...found, state, emulated: emulator() !== undefined });

  ifInterrupted("Nothing was changed.");
  const plan = await planStack(write(isLocal ? "local" : "s3"));
  refuseRolesInUse(wanted, plan);
  await applyConfirmed(environment, plan, options);
  if (existsSync(file)) {
    ifInterrupted(
      `${BOOTSTRAP} is applied; its local state is only set aside once it is in the bucket. To continue: ${commandLine("bootstrap", environment)}`,
    );
    await step({ title: `Moving the state of ${BOOTSTRAP} to ${wanted.bucket}`, done: String }, () =>
      moveOne(write("s3"), file),
    );
    console.log(movedStateLines(file, `${commandLine("bootstrap", environment)} has nothing to change`));
  }
  for (const line of next(environment)) console.log(line);
  return EXIT.done;
}

function noBucket({ name, region, account: given }: Environment, account: string): string {
  const lines = [
    ...(given === undefined ? [`account: "${account}",`] : []),
    `state: { kind: "s3", bucket: "wbot-state-${account}-${region}" },`,
  ];
  return (
    `The environment "${name}" keeps its state in local files, and nothing was created. To keep it in a bucket, add to environments/${name}.ts:\n\n` +
    `${lines.map((line) => `  ${line}`).join("\n")}\n\n` +
    `then run this command again. One bucket serves all environments of an account.`
  );
}

async function applyConfirmed(
  environment: Environment,
  plan: Plan,
  { yes = false, allowDelete = false }: BootstrapCommandOptions,
): Promise<void> {
  if (!isApplicable(plan)) return;
  const deletion = allowDelete ? "--allow-delete" : "";
  console.log(["", ...planLines(plan), ""].join("\n"));
  if (!allowDelete) refuseDeletions(environment, plan);
  await requireConfirmation({
    question: "Apply this?",
    yes,
    refused: "Nothing was changed",
    option: commandLine("bootstrap", environment, `--yes ${deletion}`.trim()),
  });
  ifInterrupted(
    `${BOOTSTRAP} is partly changed; its state records what was applied. To finish, run the same command again: ${commandLine("bootstrap", environment, deletion)}`,
  );
  const done = () => `Applied ${BOOTSTRAP}: ${outcome(plan)}`;
  await step({ title: `Applying ${BOOTSTRAP}`, done }, (say) => apply(plan, say));
}

/** With another bucket in its settings, an environment leaves this stack, but it goes on using its roles. */
function refuseRolesInUse({ bucket, elsewhere }: Bootstrap, { folder, json }: Plan): void {
  for (const other of elsewhere.filter(({ ci }) => ci !== undefined)) {
    const { roles, policies } = ciRights(other);
    const arns = [...roles, ...policies].map(({ arn }) => arn);
    const found = deletions(json).filter(({ change }) => {
      const { arn = "", policy_arn: attached = "" } = change.before as { arn?: string; policy_arn?: string };
      return arns.includes(arn) || arns.includes(attached);
    });
    if (found.length === 0) continue;
    const addresses = found.map(({ address }) => address);
    throw new CommandError(
      `Nothing was changed: this would delete CI's roles of ${other.name}, which are in use, because its settings now name a state bucket other than ${bucket}. To change the bucket: docs/recovery.md, "Another state bucket". ` +
        `If the other bucket's bootstrap stack has already imported these roles, remove them from this one's state, which deletes nothing: ${terraformLine(folder.path, "state", "rm", ...addresses)}`,
    );
  }
}

/** If `ci` is only missing on this machine, for want of its local file, the environment would lose its roles. */
function refuseDeletions(environment: Environment, { changes }: Plan): void {
  const deleted = changes.filter(({ action }) => action === "delete" || action === "replace");
  if (deleted.length === 0) return;
  throw new CommandError(
    `Nothing was changed: this would delete ${deleted.map(({ name }) => name).join(", ")}. ` +
      "Check that this machine has the settings of every environment that shares the bucket (environments/<name>.local.json). " +
      `If they are meant to be deleted: ${commandLine("bootstrap", environment, "--allow-delete")}`,
  );
}

function next(environment: Environment): string[] {
  const { name, ci } = environment;
  const hasLocalState = STACKS.some((stack) => existsSync(localState(name, stack)));
  return [
    `\nThe bootstrap stack of ${name} is in place.`,
    ...(hasLocalState
      ? [`Move its local state into the bucket: ${commandLine("state", environment, "move")}`]
      : []),
    ...(ci === undefined
      ? []
      : [
          `If CI is new to ${name}, give its roles access to the cluster, as an administrator: ${commandLine("deploy", environment, "infra")}`,
          'Set up the rest in GitHub: docs/delivery.md, "Setup".',
        ]),
  ];
}
