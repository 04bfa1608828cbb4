import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../../environments";
import { asCommandError } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import type { Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { costDifference } from "../cost/difference";
import { whyNotByCi } from "../plan/for-administrators";
import { releasesWithCrds } from "../charts/crds";
import { resourcesOf } from "../../stacks/stack-json";
import { refuseUnmovedState } from "../../stacks/guard";
import { pin } from "../images/pin";
import type { StackName } from "../../stacks/stack-names";
import { plannedChanges } from "../plan/changes";
import { shownText } from "../cli/redacted-text";
import { planStack, type Plan } from "../plan/plan";
import type { Session } from "../session/session";
import type { PlanJson } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import { markdown } from "./markdown";
import { changesAnything, failed, type Format, type Report, type StackReport } from "./report";
import { text } from "./text";

export interface DiffOptions {
  /** In the order of deployment. */
  readonly stacks: readonly StackName[];
  readonly format: Format;
  /** Folder to which the report is also written, in every format. @default - it is only printed */
  readonly save?: string;
  /** Uses a separate exit code if something changes. @default false */
  readonly exitCode?: boolean;
}

/** Reports what a deploy would change. Changes and locks nothing, so CI's read-only plan role can run it. */
export async function diff(given: Session, options: DiffOptions): Promise<ExitCode> {
  refuseUnmovedState(given.environment);
  ifInterrupted("Nothing was changed.");
  const { session, warnings } = await pin(given);
  const report = await reportOf(session, options, warnings);
  const written = { text: text(report), markdown: markdown(report), json: JSON.stringify(report, null, 2) };
  if (options.save !== undefined) save(options.save, written);
  console.log(written[options.format]);
  if (failed(report)) return EXIT.failed;
  return options.exitCode === true && changesAnything(report) ? EXIT.changes : EXIT.done;
}

function save(folder: string, written: Readonly<Record<Format, string>>): void {
  try {
    mkdirSync(folder, { recursive: true });
    // Without terminal colors.
    writeFileSync(join(folder, "diff.txt"), `${written.text.replace(/\u001b\[\d+m/g, "")}\n`);
    writeFileSync(join(folder, "diff.md"), written.markdown);
    writeFileSync(join(folder, "diff.json"), `${written.json}\n`);
  } catch (error) {
    throw new CommandError(`The report can't be written to ${folder} (--save): ${(error as Error).message}`);
  }
}

async function reportOf(
  session: Session,
  { stacks: names, format }: DiffOptions,
  warnings: readonly Finding[],
): Promise<Report> {
  const { environment } = session;
  const folders = await session.stacks();
  const stacks: StackReport[] = [];
  const plans: Plan[] = [];
  let infra: Plan | undefined;
  for (const stack of names) {
    const folder = folders[stack];
    const notes = stack === "app" ? warnings.map(({ why }) => `${why}.`) : [];
    if (stack === "app" && names.includes("infra") && infra === undefined) notes.push(WITHOUT_INFRA);
    try {
      if (stack === "app" && (await session.kubernetes()) === undefined) {
        const why = `There is no cluster of ${environment.name} yet, so app can't be planned. Its resources are listed as synthesized: they will be created once infra is deployed.`;
        stacks.push(listedReport(folder, [...notes, why]));
        continue;
      }
      const plan = await planStack(folder, { silent: format !== "text", lock: false, adopt: session });
      const { json, changes, outputs } = plan;
      plans.push(plan);
      if (stack === "infra") {
        infra = plan;
        // What its deploy does in addition.
        for (const name of releasesWithCrds(json))
          notes.push(`${name}'s chart contains its CRDs, which the deploy upgrades first.`);
      } else if (infra !== undefined && infra.changes.length > 0) notes.push(BEFORE_INFRA);
      const byAdministrators = whyNotByCi(environment, folder, json) ?? [];
      stacks.push({ stack, source: "plan", notes: notes.concat(byAdministrators), changes, outputs });
    } catch (error) {
      const message = messageOf(error);
      const missing = infra !== undefined && lacksKinds(message, infra.json);
      stacks.push(
        missing
          ? listedReport(folder, [...notes, NO_KINDS])
          : { ...NOTHING, stack, source: "none", error: message, notes },
      );
    }
  }
  return { version: 3, environment: environment.name, stacks, cost: costDifference(plans, environment) };
}

const WITHOUT_INFRA = "infra could not be planned: it is unknown whether it changes what app reads.";
const BEFORE_INFRA =
  "app was planned against infra as it is now: its plan may differ once infra is deployed.";
const NO_KINDS =
  "app needs custom resource definitions that infra's charts install, so app can't be planned yet. Its resources are listed as synthesized, including existing ones: run the diff again once infra is deployed.";

const NOTHING = { notes: [], changes: [], outputs: [] };

/** The Kubernetes provider's errors for a custom resource without a definition. */
const UNKNOWN_KIND = /CRD may not be installed|no matches for kind "/;

/** Whether only missing definitions prevented app from being planned, and infra installs charts. */
export function lacksKinds(message: string, { resource_changes: changes = [] }: PlanJson): boolean {
  const [, ...errors] = message.split("\n\n");
  return (
    errors.length > 0 &&
    errors.every((error) => UNKNOWN_KIND.test(error)) &&
    changes.some(({ type, change }) => type === "helm_release" && change.actions.join() === "create")
  );
}

/** What app would create, from what was synthesized. */
function listedReport(folder: StackFolder, notes: readonly string[]): StackReport {
  const created = resourcesOf(folder.json).map(({ type, address, body }) => ({
    address,
    mode: "managed",
    type,
    change: { actions: ["create"], before: null, after: body, after_unknown: {} },
  }));
  const { changes } = plannedChanges(folder, { resource_changes: created });
  // Values are still Terraform expressions.
  const listed = changes.map((change) => ({ ...change, differences: [], fingerprint: null }));
  return { ...NOTHING, stack: "app", source: "synthesis", notes, changes: listed };
}

/** An error that prevents planning one stack is part of the report; anything else ends the command. */
function messageOf(error: unknown): string {
  const said = asCommandError(error);
  const isOfStack =
    said instanceof EnvironmentError || (said instanceof CommandError && said.exitCode !== EXIT.interrupted);
  if (isOfStack) return shownText(said.message);
  throw said;
}
