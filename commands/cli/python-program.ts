import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EnvironmentError } from "../../environments";
import { isOlder } from "../../environments/add-ons";
import { PROJECT } from "../../project";

export interface PythonPackage {
  /** Name on PyPI, and of its lock: locks/python/<name>.txt, compiled from <name>.in by the command in its first lines. */
  readonly name: string;
  readonly program: string;
  /** Oldest Python that its lock is for. @default 3.11 */
  readonly python?: string;
}

/**
 * Path of a Python package's program, in a virtual environment of its own that is created on first use. Every package is
 * installed by the hash that its lock has, and only as a wheel: a source would run code of further packages to be built.
 */
export async function pythonProgram(
  command: string,
  wanted: PythonPackage,
  say: (line: string) => void = (line) => {
    console.log(`${command}: ${line}`);
  },
  root = PROJECT,
): Promise<string> {
  const { name, program } = wanted;
  const lock = join(root, "locks", "python", `${name}.txt`);
  const text = readFileSync(lock, "utf8");
  const version = new RegExp(`^${name}==(\\S+)`, "m").exec(text)?.[1] ?? "";
  const digest = createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex").slice(0, 12);
  const folder = join(".venv", `${program}-${version}-${digest}`);
  const venv = join(root, folder);
  const path = join(venv, "bin", program);
  const installedMarker = join(venv, "installed");
  if (existsSync(installedMarker)) return path;
  const trouble = pythonTrouble(wanted);
  if (trouble !== undefined) throw new EnvironmentError(`${command}: ${program} needs ${trouble}.`);
  say(`installing ${program} ${version} into ${folder} (once)`);
  const pipOptions = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"];
  for (const [file, ...args] of [
    ["python3", "-m", "venv", venv],
    [join(venv, "bin", "pip"), "install", ...pipOptions, "--requirement", lock],
  ] as const) {
    await promisify(execFile)(file, args, { env: process.env }).catch((error: unknown) => {
      const { stderr = "", message } = error as Error & { stderr?: string };
      const changed = /HASHES|hashes are required/i.test(stderr);
      const why = changed ? stderr.trim() : stderr.trim().split("\n").at(-1) || message;
      throw new EnvironmentError(
        `${command}: "${file} ${args.join(" ")}" failed (${why}). ${changed ? "A package doesn't match the lock file: find out why before you update the lock file." : "It needs Python's venv module and access to PyPI."}`,
      );
    });
  }
  writeFileSync(installedMarker, "");
  return path;
}

/** Why this machine's Python won't do, such as `Python 3.10 or newer (python3 is 3.9.2)`. */
export function pythonTrouble({ python = "3.11" }: Pick<PythonPackage, "python">): string | undefined {
  const { status, stdout } = spawnSync("python3", ["--version"], { encoding: "utf8", env: process.env });
  const found = status === 0 ? /\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
  if (found === undefined) return `Python ${python} or newer (python3 is not on the PATH)`;
  return isOlder(found, python) ? `Python ${python} or newer (python3 is ${found})` : undefined;
}
