import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
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

/** A project's synthesized output. */
export interface Output extends Source {
  readonly folder: string;
}

/** Synthesizes environments of both projects, as shipped, and says whether the outputs are the same. */
export function compared(
  one: Source,
  other: Source,
  names: readonly string[] = Object.keys(environments),
): ExitCode {
  const [own, its] = [synthesized(one, names), synthesized(other, names)] as const;
  const found = differences(own, its);
  console.log(verdict(one.by, other.by, found, `${filesOf(own.folder).length} files of ${names.join(", ")}`));
  return found.length === 0 ? EXIT.done : EXIT.failed;
}

/** The result of a comparison, in words. */
export function verdict(one: string, other: string, found: readonly string[], files: string): string {
  return found.length === 0
    ? `${one} synthesizes the same as ${other}: ${files} are the same except for the version, white space and the project's folder`
    : `The output of ${one} differs from that of ${other}:\n${found.map((each) => `  ${each}`).join("\n")}`;
}

function synthesized({ by, project }: Source, names: readonly string[]): Output {
  const { app } = JSON.parse(readFileSync(join(project, "cdktf.json"), "utf8")) as { readonly app: string };
  const folder = join(project, "cdktf.out");
  for (const name of names)
    ran(`synthesizing ${name} of ${by}`, project, "sh", ["-c", app], {
      WBOT_ENV: name,
      CDKTF_OUTDIR: folder,
    });
  return { by, project, folder };
}

/** Lets a copy of this project use the packages that are installed here. */
export function shareModules(project: string): void {
  symlinkSync(join(PROJECT, "node_modules"), join(project, "node_modules"));
}

/**
 * How two outputs differ: files that only one has, and files with different content. In JSON files, three things are
 * ignored: the version that cdktf stamps into its metadata, white space, as in an empty list, and the project's folder.
 */
export function differences(one: Output, other: Output): string[] {
  const ones = new Set(filesOf(one.folder));
  const others = new Set(filesOf(other.folder));
  return [...new Set([...ones, ...others])].sort().flatMap((file) => {
    if (!others.has(file)) return [`${file}: only ${one.by} writes it`];
    if (!ones.has(file)) return [`${file}: only ${other.by} writes it`];
    return contents(one, file) === contents(other, file) ? [] : [file];
  });
}

/** Every file below a folder, by relative path. */
export function filesOf(folder: string): string[] {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      // Checksums of files that contain the project's folder.
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".sha256"))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  );
}

function contents({ folder, project }: Output, file: string): string {
  const text = readFileSync(join(folder, file), "latin1");
  if (!file.endsWith(".json")) return text;
  const json = JSON.parse(text) as { version?: string; "//"?: { metadata?: { version?: string } } };
  if (file.endsWith("manifest.json")) delete json.version;
  delete json["//"]?.metadata?.version;
  return JSON.stringify(json).replaceAll(`"${project}/`, '"./');
}

/** Copies the files of this checkout as they are now, new ones included, without those that git ignores. */
export function copyProject(folder: string): void {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  if (listed.status !== 0) throw new CommandError("git ls-files failed: run this in a git checkout.");
  for (const file of listed.stdout
    .split("\0")
    .filter((each) => each !== "" && existsSync(join(PROJECT, each)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(PROJECT, file), join(folder, file));
  }
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
