import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { environments, loadEnvironment } from "../environments";
import { synthesize } from "../stacks/synthesize";
import { CommandError, EXIT } from "../commands/cli/exit-codes";

/**
 * `npm run successor`: installs cdktn under cdktf's name in a copy of the project, and shows that it writes the same stacks
 * for every environment: the way out of cdktf, see docs/decisions/leaving-cdktf.md.
 */

export const SUCCESSOR = "npm:cdktn@0.24.0";
const PROJECT = resolve(__dirname, "..");
/** Option by which this command only synthesizes, with the packages of the folder it lies in. */
const SYNTHESIZE = "--synthesize";

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** package.json with cdktn in cdktf's place, also where a provider's package asks for cdktf. */
export function moved<T extends Package>(own: T): T {
  const kept = Object.entries(own.devDependencies).filter(([name]) => name !== "cdktf-cli");
  return {
    ...own,
    dependencies: { ...own.dependencies, cdktf: SUCCESSOR },
    devDependencies: Object.fromEntries(kept),
    overrides: { ...own.overrides, cdktf: SUCCESSOR },
  };
}

/** What a project was synthesized to. */
export interface Output {
  /** By cdktf or by cdktn. */
  readonly by: string;
  readonly folder: string;
  /** Folder of the project itself, which names the files of local states. */
  readonly project: string;
}

/**
 * What two outputs differ in: files that only one has, and those that are not the same. Of JSON files three things are no
 * difference: the version that cdktf stamps into its metadata, white space, as in an empty list, and where the project lies.
 */
export function differences(one: Output, other: Output): string[] {
  const [ones, others] = [one, other].map(({ folder }) => new Set(filesOf(folder))) as [
    Set<string>,
    Set<string>,
  ];
  return [...new Set([...ones, ...others])].sort().flatMap((file) => {
    if (!others.has(file)) return [`${file}: only ${one.by} writes it`];
    if (!ones.has(file)) return [`${file}: only ${other.by} writes it`];
    return contents(one, file) === contents(other, file) ? [] : [file];
  });
}

/** What a comparison ends with. */
export function verdict(found: readonly string[], files: number, names: readonly string[]): string {
  return found.length === 0
    ? `cdktn writes what cdktf writes for ${names.join(", ")}: ${files} files are the same but for the version, white space and the project's folder`
    : `cdktn writes something else than cdktf:\n${found.map((each) => `  ${each}`).join("\n")}`;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function contents({ folder, project }: Output, file: string): string {
  const text = readFileSync(join(folder, file), "latin1");
  if (!file.endsWith(".json")) return text;
  const json = JSON.parse(text) as { version?: string; "//"?: { metadata?: { version?: string } } };
  if (file.endsWith("manifest.json")) delete json.version;
  delete json["//"]?.metadata?.version;
  return JSON.stringify(json).replaceAll(`"${project}/`, '"./');
}

function copyProject(folder: string): void {
  const listed = spawnSync("git", ["ls-files", "-z"], { cwd: PROJECT, encoding: "utf8" });
  if (listed.status !== 0) throw new CommandError("git ls-files failed: it must be run in a git checkout.");
  for (const file of listed.stdout.split("\0").filter((each) => each !== "")) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(PROJECT, file), join(folder, file));
  }
  const file = join(folder, "package.json");
  writeFileSync(file, JSON.stringify(moved(JSON.parse(readFileSync(file, "utf8")) as Package), null, 2));
}

function ran(what: string, folder: string, command: string, args: readonly string[]): void {
  const start = performance.now();
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    // npm would install into the project that it was started in.
    env: { ...process.env, npm_config_local_prefix: undefined, INIT_CWD: undefined },
  });
  if (status !== 0) throw new CommandError(`${what} failed${error ? `: ${error.message}` : ""}.`);
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

export function compare(): number {
  const folder = mkdtempSync(join(tmpdir(), "wbot-successor-"));
  const [copy, own, other] = ["project", "cdktf", "cdktn"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    copyProject(copy);
    ran(`installing ${SUCCESSOR}`, copy, "npm", ["install", "--no-audit", "--no-fund"]);
    const synth = [join("bin", "wbot.js"), "successor", SYNTHESIZE];
    ran("synthesizing with cdktf", PROJECT, process.execPath, [...synth, own]);
    ran("synthesizing with cdktn", copy, process.execPath, [...synth, other]);
    const found = differences(
      { by: "cdktf", folder: own, project: PROJECT },
      { by: "cdktn", folder: other, project: copy },
    );
    console.log(verdict(found, filesOf(own).length, Object.keys(environments)));
    return found.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every environment, as it is shipped. */
export function synthesizeAll(outdir: string): number {
  mkdirSync(outdir, { recursive: true });
  for (const name of Object.keys(environments)) synthesize(loadEnvironment(name), outdir);
  return EXIT.done;
}
