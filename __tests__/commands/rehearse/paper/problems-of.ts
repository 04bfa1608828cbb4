import { text } from "node:stream/consumers";
import { podSecurityProblems } from "../../../../commands/rehearse/paper/pod-security";
import { schemaProblems } from "../../../../commands/rehearse/paper/schemas";
import { objectOf } from "../../../../commands/terraform/typed-object";
import type { Resource } from "../../../../stacks/stack-json";

/**
 * What is wrong with resources, from standard input to standard output. In a process of its own: Jest can't load the
 * schemas, which are ES modules, and takes three times as long for Kubernetes' types.
 */

type Asked = Pick<Resource, "type" | "body">;

async function answer(asked: Asked) {
  const object = objectOf(asked);
  if (object === undefined) return { schema: [], podSecurity: [] };
  return { object, schema: await schemaProblems(object), podSecurity: podSecurityProblems(object) ?? [] };
}

async function main(): Promise<void> {
  const all = JSON.parse(await text(process.stdin)) as Asked[];
  process.stdout.write(JSON.stringify(await Promise.all(all.map(answer))));
}

void main();
