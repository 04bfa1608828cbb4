import { progress } from "../cli/progress";
import { plan, type Plan, type PlanOptions } from "./plan";
import { init } from "./program";
import { summary } from "./shown-plan";
import type { StackFolder } from "./stack-folder";

/** Readies a stack and plans it, with progress. */
export async function planStack(
  folder: StackFolder,
  silent: boolean,
  options: PlanOptions = {},
): Promise<Plan> {
  const planned: { plan?: Plan } = {};
  await progress(
    planned,
    [
      {
        title: `Planning ${folder.stack}`,
        work: async (context, say) => {
          say("readying Terraform");
          await init(folder);
          say("comparing with what is there");
          context.plan = await plan(folder, options);
          return `Planned ${folder.stack}: ${summary(context.plan.changes)}`;
        },
      },
    ],
    { silent },
  );
  if (planned.plan === undefined) throw new Error("progress() ended without a plan");
  return planned.plan;
}
