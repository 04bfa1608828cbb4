import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { duration, interactive } from "./terminal";

/** One step to wait for. */
export interface Step<Context> {
  readonly title: string;
  /** `say` replaces the line below the title; the returned text replaces the title. */
  readonly work: (context: Context, say: (line: string) => void) => Promise<string | undefined>;
}

export interface ProgressOptions {
  /** Runs the steps in parallel. @default false */
  readonly together?: boolean;
  /** Shows nothing: the output is for a script. @default false */
  readonly silent?: boolean;
}

/** How often a long step reports progress without a terminal (milliseconds). */
const HEARTBEAT_MS = 30_000;

/** Runs steps and shows them: live on a terminal, otherwise a line at each start and end. */
export async function progress<Context>(
  context: Context,
  steps: readonly Step<Context>[],
  { together = false, silent = false }: ProgressOptions = {},
): Promise<void> {
  // The terminals of some containers and consoles have no width, and every character would get a line of its own.
  if (silent || !interactive() || process.stdout.columns === 0) {
    const run = (step: Step<Context>) =>
      silent ? step.work(context, () => undefined) : plainly(context, step);
    if (together) await Promise.all(steps.map(run));
    else for (const step of steps) await run(step);
    return;
  }
  const tasks = steps.map<ListrTask<Context>>(({ title, work }) => ({
    title,
    task: async (given, task) => {
      const outcome = await work(given, (line) => (task.output = line));
      if (outcome !== undefined) task.title = outcome;
    },
  }));
  await new Listr<Context, "default">(tasks, {
    ctx: context,
    concurrent: together,
    registerSignalListeners: false,
    renderer: "default",
    // Errors are shown once, at the end of the command.
    rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false },
  }).run();
}

/** Runs and shows one step, and returns its result. */
export async function step<Result>(
  options: {
    readonly title: string;
    /** Replaces the title. */
    readonly done: (result: Result) => string;
    readonly silent?: boolean;
  },
  work: (say: (line: string) => void) => Promise<Result>,
): Promise<Result> {
  const { title, done, silent = false } = options;
  const found: { result?: Result } = {};
  const only: Step<typeof found> = {
    title,
    work: async (_, say) => {
      found.result = await work(say);
      return done(found.result);
    },
  };
  await progress(found, [only], { silent });
  return found.result as Result;
}

async function plainly<Context>(context: Context, { title, work }: Step<Context>): Promise<void> {
  const start = performance.now();
  const since = () => duration(performance.now() - start);
  let latest = "";
  console.log(`${title} …`);
  const heartbeat = setInterval(() => {
    console.log(`  ${title}: ${latest === "" ? "" : `${latest}, `}${since()}`);
  }, HEARTBEAT_MS);
  try {
    const outcome = await work(context, (line) => {
      latest = line;
    });
    console.log(`${outcome ?? title} [${since()}]`);
  } catch (error) {
    console.log(`${title}: failed [${since()}]`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
