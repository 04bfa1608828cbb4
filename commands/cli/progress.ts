import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { interactive } from "./terminal";

/** One thing that is waited for. */
export interface Step<Context> {
  readonly title: string;
  /** `say` replaces the line below the title; what it returns replaces the title itself. */
  readonly work: (context: Context, say: (line: string) => void) => Promise<string | undefined>;
}

export interface ProgressOptions {
  /** Runs the steps side by side. @default false */
  readonly together?: boolean;
  /** Shows nothing: the output is for a machine. @default false */
  readonly silent?: boolean;
}

/** Runs steps and shows them: living lines on a terminal, a line at each start and end elsewhere. */
export async function progress<Context>(
  context: Context,
  steps: readonly Step<Context>[],
  { together = false, silent = false }: ProgressOptions = {},
): Promise<void> {
  const tasks = steps.map<ListrTask<Context>>(({ title, work }) => ({
    title,
    task: async (given, task) => {
      const outcome = await work(given, (line) => (task.output = line));
      if (outcome !== undefined) task.title = outcome;
    },
  }));
  const common = { ctx: context, concurrent: together, exitOnError: true, registerSignalListeners: false };
  if (silent) await new Listr<Context, "silent">(tasks, { ...common, renderer: "silent" }).run();
  else if (interactive())
    await new Listr<Context, "default">(tasks, {
      ...common,
      renderer: "default",
      rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
    }).run();
  else
    await new Listr<Context, "simple">(tasks, {
      ...common,
      renderer: "simple",
      rendererOptions: { timer: PRESET_TIMER },
    }).run();
}
