import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput, type ListrTask } from "listr2";
import { cleanUpOnExit, showWaiting } from "./interrupt";
import { duration, interactive } from "./terminal";

export interface Step {
  readonly title: string;
  /** `say` replaces the line below the title; the returned text replaces the title. */
  readonly work: (say: (line: string) => void) => Promise<string>;
}

interface ProgressOptions {
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
  if (silent || !interactive() || !rewritable()) {
    const run = (step: Step) => (silent ? step.work(() => undefined) : runWithPlainOutput(step));
    if (together) await Promise.all(steps.map(run));
    else for (const step of steps) await run(step);
    return;
  }
  await live(steps, together);
}

/** The renderer holds back what others write until the last step ends, and hides the cursor. */
async function live(steps: readonly Step[], together: boolean): Promise<void> {
  let notice = "";
  const running = new Set<() => void>();
  const tasks = steps.map<ListrTask>(({ title, work }) => ({
    title,
    task: async (_, task) => {
      let latest = "";
      const show = () => (task.output = [notice, latest].filter((line) => line !== "").join("\n"));
      running.add(show);
      const ended = work((line) => {
        latest = line;
        show();
      });
      task.title = await ended.finally(() => running.delete(show));
    },
  }));
  const output = new ProcessOutput();
  const done = [
    showWaiting((text) => {
      notice = text;
      for (const show of running) show();
    }),
    // The message of an interruption that ends the program at once.
    cleanUpOnExit(() => {
      output.release();
    }),
  ];
  try {
    await new Listr<object, "default">(tasks, {
      concurrent: together,
      registerSignalListeners: false,
      renderer: "default",
      rendererOptions: {
        timer: PRESET_TIMER,
        // Errors are shown once, at the end of the command.
        showErrorMessage: false,
        logger: new ListrLogger({ processOutput: output }),
      },
    }).run();
  } finally {
    for (const each of done) each();
  }
}

/** Whether lines can be rewritten. Without a width, as in some containers, every character would get a line of its own. */
function rewritable(): boolean {
  return process.stdout.columns !== 0 && process.env["TERM"] !== "dumb";
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

async function runWithPlainOutput({ title, work }: Step): Promise<void> {
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
