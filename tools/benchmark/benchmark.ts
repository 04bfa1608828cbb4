import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { EXIT, type ExitCode } from "../../commands/cli/exit-codes";
import { withPrivateFolder } from "../../commands/cli/private-folder";
import { columns } from "../../commands/cli/terminal";
import { app as APP } from "../../cdktf.json";
import { PROJECT } from "../../project";
import { installed } from "../programs";

/** `npx wbot benchmark`: what docs/benchmarks.md holds this project to, measured in one run. */

interface BenchmarkOptions {
  /** Runs of each command, after one that is not counted. */
  readonly runs: number;
  /** Measures the test suite as well, once. @default false */
  readonly suite?: boolean;
}

/** Arguments by which cdktf has Node run this project's TypeScript. */
const TYPESCRIPT = APP.split(" ").slice(1, -1);
const FLOOR = ["-e", "require('cdktf')"];
const WORKLOADS = [1, 10, 100] as const;

export function benchmark({ runs, suite = false }: BenchmarkOptions): Promise<ExitCode> {
  return withPrivateFolder((folder) => {
    const env = { WBOT_ENV: "prod", CHECKPOINT_DISABLE: "1" };
    const node = (args: readonly string[], output: string) =>
      seconds(process.execPath, args, { ...env, CDKTF_OUTDIR: join(folder, output) });
    const synth = (output: string, app: readonly string[]) =>
      seconds(installed("cdktf"), ["synth", "--output", join(folder, output), ...app], env);
    const one = ["--app", `node ${TYPESCRIPT.join(" ")} tools/benchmark/one-resource.ts`];
    const floor = () => node(FLOOR, "floor");
    const app = pairs(runs, () => node([...TYPESCRIPT, "main.ts"], "app"), floor);
    const prod = pairs(
      runs,
      () => synth("prod", []),
      () => synth("one", one),
    );
    const growth = WORKLOADS.map((count) => {
      const outdir = join(folder, `workloads-${count}`);
      const milliseconds = median(Array.from({ length: runs }, () => workloads(count, outdir)));
      return { count, milliseconds };
    });
    // One run of the floor is too short to hold a minute against.
    const floors = () => median(Array.from({ length: runs }, floor));
    const suiteOnce = () => seconds(installed("jest"), [], {});
    const rows = [
      ["", "Ratio, median", "least", "most", "Time", "Against"],
      row("The app command / require('cdktf')", app),
      row("cdktf synth of prod / of one resource", prod),
      ...(suite ? [row("The test suite / require('cdktf')", pairs(1, suiteOnce, floors, 0))] : []),
    ];
    const steps = growth.map(({ count, milliseconds }) => [
      `${count} workloads`,
      `${milliseconds.toFixed(0)} ms`,
      `${(milliseconds / count).toFixed(1)} ms each`,
    ]);
    const [least, , most] = growth.map(({ milliseconds }) => milliseconds);
    console.log(
      [
        `Node ${process.versions.node}, ${runs} runs of each in turn`,
        ...columns(rows),
        "",
        ...columns(steps),
        `From 1 to 100 workloads the time grows ${((most ?? 0) / (least ?? 1)).toFixed(0)} times.`,
      ].join("\n"),
    );
    return EXIT.done;
  });
}

/** A time and what it is measured against, run by run; seconds. */
type Pair = readonly [measured: number, against: number];

function pairs(runs: number, measure: () => number, against: () => number, warm = 1): Pair[] {
  return Array.from({ length: runs + warm }, (): Pair => [measure(), against()]).slice(warm);
}

function row(what: string, all: readonly Pair[]): string[] {
  const ratios = all.map(([measured, against]) => measured / against);
  const shown = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  const times = [all.map(([measured]) => measured), all.map(([, against]) => against)];
  return [what, ...shown, ...times.map((each) => `${median(each).toFixed(2)} s`)];
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [low = 0, high = low] = sorted.slice(Math.ceil(sorted.length / 2) - 1);
  return sorted.length % 2 === 0 ? (low + high) / 2 : low;
}

function workloads(count: number, outdir: string): number {
  const args = [...TYPESCRIPT, "tools/benchmark/workloads.ts", String(count), outdir];
  return Number(execFileSync(process.execPath, args, { cwd: PROJECT, encoding: "utf8" }));
}

function seconds(command: string, args: readonly string[], env: NodeJS.ProcessEnv): number {
  const start = performance.now();
  execFileSync(command, args, {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    // Shown only with an error.
    stdio: "pipe",
    maxBuffer: 2 ** 26,
  });
  return (performance.now() - start) / 1000;
}
