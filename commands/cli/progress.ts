import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { duration, interactive } from "./terminal";

export interface Step {
  readonly title: string;
  /** `say` replaces the line below the title; the returned text replaces the title. */
  readonly work: (say: (line: string) => void) => Promise<string>;
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
export async function progress(
  steps: readonly Step[],
  { together = false, silent = false }: ProgressOptions = {},
): Promise<void> {
  // The terminals of some containers and consoles have no width, and every character would get a line of its own.
  if (silent || !interactive() || process.stdout.columns === 0) {
    const run = (step: Step) => (silent ? step.work(() => undefined) : plainly(step));
    if (together) await Promise.all(steps.map(run));
    else for (const step of steps) await run(step);
    return;
  }
  const tasks = steps.map<ListrTask>(({ title, work }) => ({
    title,
    task: async (_, task) => {
      task.title = await work((line) => (task.output = line));
    },
  }));
  await new Listr<object, "default">(tasks, {
    concurrent: together,
    registerSignalListeners: false,
    renderer: "default",
    // Errors are shown once, at the end of the command.
    rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false },
  }).run();
}

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
  let result: Result | undefined;
  const only = async (say: (line: string) => void) => done((result = await work(say)));
  await progress([{ title, work: only }], { silent });
  return result as Result;
}

async function plainly({ title, work }: Step): Promise<void> {
  const start = performance.now();
  const since = () => duration(performance.now() - start);
  let latest = "";
  console.log(`${title} …`);
  const heartbeat = setInterval(() => {
    console.log(`  ${title}: ${latest === "" ? "" : `${latest}, `}${since()}`);
  }, HEARTBEAT_MS);
  try {
    const outcome = await work((line) => {
      latest = line;
    });
    console.log(`${outcome} [${since()}]`);
  } catch (error) {
    console.log(`${title}: failed [${since()}]`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
