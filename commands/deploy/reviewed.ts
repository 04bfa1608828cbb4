import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Environment } from "../../environments";
import { CommandError } from "../cli/exit-codes";
import { many } from "../cli/finding";
import { commandLine } from "../cli/options";
import { ACTIONS, RISKS, type Change } from "../plan/change";
import type { Plan } from "../plan/plan";
import type { StackName } from "../../stacks/stack-names";

/**
 * A reviewed diff: the diff.json of `npx wbot diff --save <folder>`. A deploy bound to it may do less, for example after
 * one that stopped half-way, but never anything else.
 */
export interface Reviewed {
  /** The file, as given on the command line. */
  readonly file: string;
  readonly stacks: readonly ReviewedStack[];
  /** How to review again what is being deployed. */
  readonly reviewHint: string;
}

const change = z.object({
  address: z.string(),
  action: z.enum(ACTIONS),
  risk: z.enum(RISKS),
  removedNodes: z.int().default(0),
  deposed: z.string().optional(),
  replaces: z.string().optional(),
  fingerprint: z.string().nullable(),
});
const stackDiff = z.object({
  stack: z.enum(["infra", "app"]),
  source: z.enum(["plan", "synthesis", "none"]),
  changes: z.array(change),
});
const diffJson = z.object({ version: z.literal(3), environment: z.string(), stacks: z.array(stackDiff) });

type ReviewedChange = z.infer<typeof change>;
type ReviewedStack = z.infer<typeof stackDiff>;

/** Reads the reviewed diff, and refuses one that can't be for this deploy, before anything else is done. */
export function reviewedDiff(file: string, environment: Environment, stacks: readonly StackName[]): Reviewed {
  const found = parsed(file);
  const reviewHint = `Review again, with the same stacks and --image-tag: ${commandLine("diff", environment)} --save <folder>`;
  if (found.environment !== environment.name)
    throw new CommandError(
      `${file} (--reviewed) is a diff of ${found.environment}, but you are deploying ${environment.name}: nothing was changed. ${reviewHint}`,
    );
  for (const name of stacks) {
    const stack = found.stacks.find((each) => each.stack === name);
    if (stack === undefined || stack.source === "none")
      throw new CommandError(
        `${file} (--reviewed) contains no plan of ${name}${stack === undefined ? "" : ", which could not be planned"}: nothing was changed. Review that stack, or don't deploy it. ${reviewHint}`,
      );
  }
  return { file, stacks: found.stacks, reviewHint };
}

function parsed(file: string): z.infer<typeof diffJson> {
  const wanted = "It must be the diff.json that npx wbot diff --save <folder> writes.";
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CommandError(`${file} (--reviewed) can't be read: ${(error as Error).message}. ${wanted}`);
  }
  const result = diffJson.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CommandError(
    `${file} (--reviewed) is not a diff in this version's format (${issue?.path.join(".") || "the whole file"}: ${issue?.message ?? ""}). ${wanted}`,
  );
}

/**
 * Refuses a plan that does anything other than what was reviewed. An apply of infra may change the definitions of app's
 * custom resources, and so what the cluster makes of them: a fingerprint is of what is written alone.
 */
export function refuseUnreviewed({ file, stacks, reviewHint }: Reviewed, plan: Plan): void {
  const { stack: name } = plan.folder;
  const stack = stacks.find((each) => each.stack === name);
  if (stack === undefined) throw new Error("reviewedDiff() looks for every stack");
  const differences = plan.changes.flatMap((planned) => {
    const why = unlikeReviewed(stack, planned);
    return why === undefined ? [] : [`  ${planned.name} (${planned.type}): ${why}`];
  });
  if (differences.length === 0) return;
  throw new CommandError(
    [
      `The plan of ${name} differs from the one that was reviewed (${file}), so nothing in ${name} was changed:`,
      ...differences,
      reviewHint,
    ].join("\n"),
  );
}

function unlikeReviewed(stack: ReviewedStack, planned: Change): string | undefined {
  const { action } = planned;
  // Addresses that differ only in a secret look the same.
  const candidates = stack.changes.filter((each) => isOf(each, planned));
  const reviewed = candidates.find((each) => each.fingerprint === planned.fingerprint) ?? candidates[0];
  if (reviewed === undefined)
    return action === "delete" && isLeft(stack, planned) ? undefined : `${action}, which is not in it`;
  if (reviewed.action !== action) return `${action}, but it was reviewed as ${reviewed.action}`;
  if (stack.source !== "plan") return undefined;
  if (reviewed.fingerprint !== planned.fingerprint)
    return `${action} of something other than what was reviewed`;
  // The same change may remove nodes only now. A deletion's risk falls with the replacement that it belongs to.
  if (action !== "delete" && planned.risk === "high" && reviewed.risk !== "high")
    return `${action} whose risk was reviewed as ${reviewed.risk}, but is now high: ${planned.why}`;
  const { removedNodes = 0 } = planned;
  return removedNodes > reviewed.removedNodes
    ? `${action} that removes ${many(removedNodes, "node")} at once, but was reviewed with ${reviewed.removedNodes}`
    : undefined;
}

/**
 * What a deploy that stopped half-way has left of a replacement, or used-configs.ts kept for old pods until after the review:
 * a workload's `config`, by its path or, since it may be in the state alone, by the id made of that.
 */
function isLeft({ source, changes }: ReviewedStack, { address, name, type }: Change): boolean {
  const isConfig = type === "kubernetes_config_map_v1" && /(^|[/_])config[/_]/.test(name);
  return source === "plan" && (isConfig || changes.some(({ replaces }) => replaces === address));
}

function isOf({ address, deposed }: ReviewedChange, planned: Change): boolean {
  return address === planned.address && deposed === planned.deposed;
}
