import type { Environment } from "../../environments";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { STACKS } from "../../stacks/stack-names";
import { resourcesOf } from "../../stacks/stack-json";
import { stacksToRead, type StackFolder } from "../terraform/stack-folder";

interface Inventory {
  readonly total: number;
  /** Number of resources by kind, most frequent first; custom resources by their own kind. */
  readonly kinds: Readonly<Record<string, number>>;
}

export function inventory({ json }: Pick<StackFolder, "json">): Inventory {
  const resources = resourcesOf(json);
  const kinds = new Map<string, number>();
  for (const { type, body } of resources) {
    const { manifest } = body as { manifest?: { apiVersion: string; kind: string } };
    const kind = manifest === undefined ? type : `${manifest.kind} (${manifest.apiVersion})`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const sorted = [...kinds].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return { total: resources.length, kinds: Object.fromEntries(sorted) };
}

/** Prints what both stacks of an environment would create. */
export function show(environment: Environment): ExitCode {
  const { name } = environment;
  const stacks = stacksToRead(environment);
  for (const stack of STACKS) {
    const { total, kinds } = inventory(stacks[stack]);
    const lines = Object.entries(kinds).map(([kind, count]) => `${String(count).padStart(4)}  ${kind}\n`);
    console.log(
      `${stack} of ${name} would create ${total} resources of ${lines.length} kinds:\n\n${lines.join("")}`,
    );
  }
  console.log(
    `Nothing was created. To see every argument: WBOT_ENV=${name} npx cdktf synth, then read cdktf.out/${name}/.`,
  );
  return EXIT.done;
}
