import { execFile, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EnvironmentError } from "../../environments";

const PROJECT = join(__dirname, "..", "..");

export interface PythonPackage {
  /** Name on PyPI. */
  readonly name: string;
  readonly version: string;
  /** Program that it installs. */
  readonly program: string;
  /** Further packages to install, such as "docker==7.1.0". @default - none */
  readonly beside?: readonly string[];
  /** Oldest Python that it runs on. @default 3.9 */
  readonly python?: string;
}

/** Path of a Python package's program, in a virtual environment of its own that is created on first use. */
export async function pythonProgram(
  command: string,
  wanted: PythonPackage,
  say: (line: string) => void = (line) => {
    console.log(`${command}: ${line}`);
  },
): Promise<string> {
  const { name, version, program, beside = [] } = wanted;
  const folder = join(".venv", `${program}-${version}`);
  const venv = join(PROJECT, folder);
  const path = join(venv, "bin", program);
  const whole = join(venv, ["installed", ...beside].join("+"));
  if (existsSync(whole)) return path;
  const trouble = pythonTrouble(wanted);
  if (trouble !== undefined) throw new EnvironmentError(`${command}: ${program} needs ${trouble}.`);
  say(`installing ${program} ${version} into ${folder} (once)`);
  const packages = [`${name}==${version}`, ...beside];
  for (const [file, ...args] of [
    ["python3", "-m", "venv", venv],
    [join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", ...packages],
  ] as const) {
    await promisify(execFile)(file, args).catch((error: unknown) => {
      const { stderr = "", message } = error as Error & { stderr?: string };
      const why = stderr.trim().split("\n").at(-1) || message;
      throw new EnvironmentError(
        `${command}: "${file} ${args.join(" ")}" failed (${why}). It needs Python's venv module and access to PyPI.`,
      );
    });
  }
  writeFileSync(whole, "");
  return path;
}

/** Why this machine's Python won't do, such as `Python 3.10 or newer (python3 is 3.9.2)`. */
export function pythonTrouble({ python = "3.9" }: Pick<PythonPackage, "python">): string | undefined {
  const { status, stdout } = spawnSync("python3", ["--version"], { encoding: "utf8", env: process.env });
  const found = status === 0 ? /\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
  if (found === undefined) return `Python ${python} or newer (python3 is not on the PATH)`;
  return atLeast(found, python) ? undefined : `Python ${python} or newer (python3 is ${found})`;
}

function atLeast(found: string, wanted: string): boolean {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
