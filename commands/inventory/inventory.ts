import type { Environment } from "../../environments";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { STACKS } from "../../stacks/stack-names";
import { resourcesOf } from "../../stacks/stack-json";
import { stacksToRead, type StackFolder } from "../terraform/stack-folder";

export interface Inventory {
  readonly stack: string;
  readonly total: number;
  /** Number of resources by kind, most frequent first; custom resources by their own kind. */
  readonly kinds: Readonly<Record<string, number>>;
}

export function inventory({ stack, json }: Pick<StackFolder, "stack" | "json">): Inventory {
  const kinds = new Map<string, number>();
  for (const { type, body } of resourcesOf(json)) {
    const { manifest } = body as { manifest?: { apiVersion: string; kind: string } };
    const kind = manifest === undefined ? type : `${manifest.kind} (${manifest.apiVersion})`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const sorted = [...kinds].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return { stack, total: resourcesOf(json).length, kinds: Object.fromEntries(sorted) };
}

/** Prints what both stacks of an environment would create. */
export function show(environment: Environment): ExitCode {
  const { name } = environment;
  const all = stacksToRead(environment);
  const stacks = STACKS.map((stack) => inventory(all[stack]));
  console.log(text(name, stacks));
  return EXIT.done;
}

function text(environment: string, stacks: readonly Inventory[]): string {
  const parts = stacks.map(({ stack, total, kinds }) => {
    const lines = kindLines(kinds);
    return `${stack} of ${environment} would create ${total} resources of ${lines.length} kinds:\n\n${lines.join("\n")}\n`;
  });
  return `${parts.join("\n")}\nNothing was created. To see every argument: WBOT_ENV=${environment} npx cdktf synth, then read cdktf.out/${environment}/.`;
}

/** "  16  aws_subnet", one line per kind. */
function kindLines(kinds: Inventory["kinds"]): string[] {
  return Object.entries(kinds).map(([kind, count]) => `${String(count).padStart(4)}  ${kind}`);
}
