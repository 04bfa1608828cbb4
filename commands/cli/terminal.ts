import { createInterface } from "node:readline/promises";
import { createColors } from "picocolors";

/** Whether a person is watching: a terminal, and not CI. Otherwise output is plain lines and there are no prompts. */
export function interactive(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.stdout.isTTY && process.stdin.isTTY && !ci(env);
}

function ci(env: NodeJS.ProcessEnv): boolean {
  const { CI } = env;
  return CI !== undefined && CI !== "" && CI !== "false" && CI !== "0";
}

/** Asks for one line. Only call it if `interactive()`. */
export async function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Readline swallows Ctrl-C while it reads.
    prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    return (await prompt.question(question)).trim();
  } finally {
    prompt.close();
  }
}

export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `));
}

/** Rows as columns, each as wide as its widest cell; the last one is not padded. Cells may be coloured. */
export function columns(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell))));
  return rows.map((row) =>
    (
      indent +
      row
        .map((cell, index) =>
          index === row.length - 1 ? cell : cell + " ".repeat((widths[index] ?? 0) - width(cell)),
        )
        .join("  ")
    ).trimEnd(),
  );
}

function width(text: string): number {
  return text.replace(/\u001b\[\d+m/g, "").length;
}

/** A human-readable time: "41 s", "3 min 5 s". */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Whether output may be coloured: on a capable terminal, outside CI, without NO_COLOR. */
export function coloured(
  env: NodeJS.ProcessEnv = process.env,
  terminal = process.stdout.isTTY as boolean | undefined,
): boolean {
  const { NO_COLOR = "", TERM } = env;
  return terminal === true && NO_COLOR === "" && TERM !== "dumb" && !ci(env);
}

/** Not picocolors' own detection, which colours every CI log. */
export const colour = createColors(coloured());
