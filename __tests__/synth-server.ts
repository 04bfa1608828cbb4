import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnvironment, type Environment } from "../environments";
import { synthesize, synthesizeBootstrap } from "../stacks/synthesize";
import type { SynthRequest } from "./synth";

/**
 * Synthesizes for all test files, in a process of its own: loading the providers' classes takes Jest two seconds in each
 * file, and this process once. A request is a file <id>.json; the answer is a folder <id>, or a file <id>.error.
 */

const POLL_MS = 5;
const folder = process.argv[2] ?? "";

function answer(id: string): void {
  const file = join(folder, `${id}.json`);
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
  if ("bootstrap" in request)
    synthesizeBootstrap(request.bootstrap, outdir, {
      ...request.with,
      existing: new Set(request.with.existing),
    });
  else synthesize(environmentOf(request), outdir, request.options);
}

function environmentOf(request: Exclude<SynthRequest, { bootstrap: unknown }>): Environment {
  if ("environment" in request) return request.environment;
  const { name, overrides, chartMirror } = request;
  return loadEnvironment(name, { ...(overrides ? { overrides } : {}), chartMirror });
}

setInterval(() => {
  const requests = readdirSync(folder).filter((file) => file.endsWith(".json"));
  for (const file of requests) answer(file.replace(/\.json$/, ""));
}, POLL_MS);

// The parent is gone: so are its tests.
process.on("disconnect", () => {
  process.exit();
});
