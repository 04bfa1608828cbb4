import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../environments";

const PROJECT = join(__dirname, "..");

export interface PythonPackage {
  /** Name on PyPI. */
  readonly name: string;
  readonly version: string;
  /** Program that it brings. */
  readonly program: string;
}

/** Path of the program of a Python package, in a virtual environment of its own that is made on first use. */
export function pythonProgram(command: string, { name, version, program }: PythonPackage): string {
  const folder = join(".venv", `${program}-${version}`);
  const venv = join(PROJECT, folder);
  const path = join(venv, "bin", program);
  if (existsSync(path)) return path;
  console.log(`${command}: installing ${program} ${version} into ${folder} (once)`);
  for (const [file, ...args] of [
    ["python3", "-m", "venv", venv],
    [join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", `${name}==${version}`],
  ] as const) {
    const done = spawnSync(file, args, { stdio: ["ignore", "inherit", "inherit"] });
    if (done.status !== 0) {
      throw new EnvironmentError(
        `${command}: "${file} ${args.join(" ")}" failed${done.error ? ` (${done.error.message})` : ""}. It needs Python 3.9 or newer with venv, and PyPI.`,
      );
    }
  }
  return path;
}
