import { currentEnvironment } from "../environments";
import { run } from "./run";
import { resourcesOf, withSynthesized, type StackJson } from "./synthesized";
import { STACKS } from "./stack-names";

/** `npm run inventory`: what the stacks of WBOT_ENV would make, by kind of resource. Nothing is asked of AWS. */

/** Lines of a stack's inventory, most frequent kinds first; custom resources by their own kind. */
export function inventory(stack: StackJson): string[] {
  const kinds = new Map<string, number>();
  for (const { type, body } of resourcesOf(stack)) {
    const kind = type === "kubernetes_manifest" ? customKind(body) : type;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .map(([kind, count]) => `${String(count).padStart(4)}  ${kind}`);
}

function customKind(body: object): string {
  const { manifest } = body as { manifest: { apiVersion: string; kind: string } };
  return `${manifest.kind} (${manifest.apiVersion})`;
}

if (require.main === module) {
  run(() => {
    const environment = currentEnvironment();
    withSynthesized(environment, (stacks) => {
      for (const name of STACKS) {
        const lines = inventory(stacks[name]);
        const total = resourcesOf(stacks[name]).length;
        console.log(
          `\n${name} of ${environment.name} would make ${total} resources of ${lines.length} kinds:\n`,
        );
        console.log(lines.join("\n"));
      }
    });
    console.log("\nNothing was made. To see every argument: npx cdktf synth, then look into cdktf.out/.");
    return 0;
  });
}
