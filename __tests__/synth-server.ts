import { existsSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { environments, loadEnvironment, twins, withTwins } from "../environments";
import * as shipped from "../environments/shipped/list";
import { AppStack } from "../stacks/app";
import { InfraStack } from "../stacks/infra";
import { withoutCreationStacks } from "../constructs/quick-stack";
import { synthesize, synthesizeBootstrap } from "../stacks/synthesize";
import type { SynthRequest } from "./synth";

/**
 * Synthesizes for all test files, in a process of its own: loading the providers' classes takes Jest two seconds in each
 * file, and this process once. A request is a file <id>.json; the answer is a folder <id>, or a file <id>.error.
 */

const STACK = { infra: InfraStack, app: AppStack };
const folder = process.argv[2] ?? "";

// As in jest.config.js: the environments as shipped, and no others.
replace(environments, withTwins(shipped.standing, shipped.twins));
replace(twins, shipped.twins);

function replace(all: Readonly<Record<string, unknown>>, by: typeof all): void {
  for (const name of Object.keys(all)) Reflect.deleteProperty(all, name);
  Object.assign(all, by);
}

function answer(id: string): void {
  const file = join(folder, `${id}.json`);
  if (!existsSync(file)) return;
  const request = JSON.parse(readFileSync(file, "utf8")) as SynthRequest;
  rmSync(file);
  // Asked twice at the same time.
  if (existsSync(join(folder, id))) return;
  const unfinished = join(folder, `${id}.unfinished`);
  try {
    write(request, unfinished);
    renameSync(unfinished, join(folder, id));
  } catch (error) {
    const { name: kind, message } = error as Error;
    writeFileSync(`${unfinished}.error`, JSON.stringify({ name: kind, message }));
    renameSync(`${unfinished}.error`, join(folder, `${id}.error`));
  }
}

function write(request: SynthRequest, outdir: string): void {
  if ("bootstrap" in request) synthesizeBootstrap(request.bootstrap, outdir, request.with);
  else if ("environment" in request) synthesize(request.environment, outdir, request.options);
  else {
    const { name, overrides, chartMirror, stack, options } = request;
    const environment = loadEnvironment(name, { ...(overrides ? { overrides } : {}), chartMirror });
    withoutCreationStacks(() => {
      const app = new App({ outdir });
      new STACK[stack](app, environment, options);
      app.synth();
    });
  }
}

function answerIfAsked(file: string): void {
  if (file.endsWith(".json")) answer(file.slice(0, -".json".length));
}

// A few short tests have ended before this process had started.
if (!existsSync(folder)) process.exit();
watch(folder, (_, file) => {
  if (file) answerIfAsked(file);
});
// What was asked while this process started.
for (const file of readdirSync(folder)) answerIfAsked(file);

// The parent is gone: so are its tests.
process.on("disconnect", () => {
  process.exit();
});
