import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { CommandError, EXIT, type ExitCode } from "../commands/cli/exit-codes";
import { environments } from "../environments";
import { PROJECT } from "../project";

/** The synthesized output of this project or a copy of it, and how two outputs differ. */

/** A project whose output is compared. */
export interface Source {
  /** What synthesizes it, such as cdktf or cdktn. */
  readonly by: string;
  /** Its folder, which is part of the paths of local states. */
  readonly project: string;
}

/** Synthesizes environments of both projects, as shipped, and says whether the outputs are the same. */
export function compared(
  one: Source,
  other: Source,
  names: readonly string[] = Object.keys(environments),
): ExitCode {
  const folders = [other, one].map((source) => synthesized(source, names));
  const { status } = spawnSync("git", ["--no-pager", "diff", "--no-index", "--exit-code", ...folders], {
    stdio: "inherit",
  });
  const outcome = status === 0 ? "is the same as" : "differs from";
  console.log(`The output of ${one.by} ${outcome} that of ${other.by}: ${names.join(", ")}`);
  return status === 0 ? EXIT.done : EXIT.failed;
}

/** The folder of what a project synthesizes, with the packages installed here if it has none of its own. */
function synthesized({ by, project }: Source, names: readonly string[]): string {
  const { app } = JSON.parse(readFileSync(join(project, "cdktf.json"), "utf8")) as { readonly app: string };
  const modules = join(project, "node_modules");
  if (!existsSync(modules)) symlinkSync(join(PROJECT, "node_modules"), modules);
  const folder = join(project, "cdktf.out");
  for (const name of names)
    ran(`synthesizing ${name} of ${by}`, project, "sh", ["-c", app], {
      WBOT_ENV: name,
      CDKTF_OUTDIR: folder,
    });
  normalize(folder, project);
  return folder;
}

/** Removes what may differ in an output: cdktf's version, white space, the project's folder, and checksums of such files. */
export function normalize(folder: string, project: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (file.endsWith(".sha256")) rmSync(file);
    if (!file.endsWith(".json")) continue;
    const json = JSON.parse(readFileSync(file, "utf8")) as {
      version?: string;
      "//"?: { metadata?: { version?: string } };
    };
    if (entry.name === "manifest.json") delete json.version;
    delete json["//"]?.metadata?.version;
    writeFileSync(file, JSON.stringify(json, null, 2).replaceAll(`"${project}/`, '"./'));
  }
}

/**
 * Copies the project's files of a commit or, by default, of this checkout as it is: with new ones, without those that git
 * ignores. Returns the copy's folder, which lies below the given one as the project does in its repository.
 */
export function copyProject(folder: string, commit?: string): string {
  git(folder, "read-tree", commit ?? "HEAD");
  if (commit === undefined) git(folder, "add", "--all", ".");
  git(folder, "checkout-index", "--all", `--prefix=${folder}/`);
  const below = git(folder, "rev-parse", "--show-prefix").trim();
  if (!existsSync(join(folder, below, "cdktf.json")))
    throw new CommandError(
      `Nothing was compared: ${commit ?? "this checkout"} has no ${below}cdktf.json in its repository.`,
    );
  return resolve(folder, below);
}

/** Runs git with an index of the copy's own, so that nothing is staged here. */
function git(folder: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_INDEX_FILE: `${folder}.index` };
  const { status, stdout, stderr, error } = spawnSync("git", args, { cwd: PROJECT, encoding: "utf8", env });
  if (status !== 0)
    throw new CommandError(`git ${args.join(" ")} failed: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** Runs a step in a folder, and prints how long it took. */
export function ran(
  what: string,
  folder: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): void {
  const start = performance.now();
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    // Otherwise npm would install into the project that it was started in.
    env: { ...process.env, npm_config_local_prefix: undefined, INIT_CWD: undefined, ...env },
  });
  if (status !== 0) throw new CommandError(`${what} failed${error ? `: ${error.message}` : ""}.`);
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
