import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { stripVTControlCharacters } from "node:util";
import { createColors } from "picocolors";

/** Whether a person is watching: a terminal, and not CI. Otherwise output is plain lines and there are no prompts. */
export function interactive(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.stdout.isTTY && process.stdin.isTTY && !inCi(env);
}

export function inCi(env: NodeJS.ProcessEnv = process.env): boolean {
  const { CI } = env;
  return CI !== undefined && CI !== "" && CI !== "false" && CI !== "0";
}

/** Asks for one line; Ctrl-D is an empty one. Only call it if `interactive()`. */
export async function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Readline swallows Ctrl-C while it reads.
    prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    // When a prompt is closed, some versions of Node reject the question, and others leave it open.
    const closed = once(prompt, "close").then(() => "\n");
    const answer = await Promise.race([prompt.question(question).catch(() => closed), closed]);
    if (answer === "\n") process.stdout.write(answer);
    return answer.trim();
  } finally {
    prompt.close();
  }
}

export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `));
}

/** Rows as columns, each as wide as its widest cell; the last one is not padded. Cells may be coloured. */
export function columns(rows: readonly (readonly string[])[], indent = ""): string[] {
  const width = (cell = "") => stripVTControlCharacters(cell).length;
  const widths = Array.from({ length: Math.max(0, ...rows.map((row) => row.length)) }, (_, index) =>
    Math.max(...rows.map((row) => width(row[index]))),
  );
  const padded = (cell: string, index: number) => cell + " ".repeat((widths[index] ?? 0) - width(cell));
  return rows.map((row) =>
    (indent + [...row.slice(0, -1).map(padded), ...row.slice(-1)].join("  ")).trimEnd(),
  );
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
  return terminal === true && NO_COLOR === "" && TERM !== "dumb" && !inCi(env);
}

/** Not picocolors' own detection, which colours every CI log. */
export const colour = createColors(coloured());
