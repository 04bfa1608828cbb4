import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { join } from "node:path";
import { EnvironmentError } from "../environments";
import { PROJECT } from "../project";

/** A program written in Go, which Go builds and keeps. Its checksum is held against Go's own database of them. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
  /** Folder of the program in the module. @default - the module's own */
  readonly folder?: string;
}

/** The path of a program of an installed package. */
export function installed(program: string): string {
  return join(PROJECT, "node_modules", ".bin", program);
}

/** Runs a program in the project's folder, and shows its output. Whether it succeeds; false where it is missing, too. */
export function passes(command: string, args: readonly string[], cwd = PROJECT): boolean {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  if (error) console.error(`"${command}" could not be run (${error.message})`);
  return status === 0;
}

/** Runs a program in the project's folder. Throws where there is no Go. */
export function runGo(
  command: string,
  { module, version, folder }: GoProgram,
  args: readonly string[],
  input = "",
): SpawnSyncReturns<string> {
  const program = `${[module, ...(folder === undefined ? [] : [folder])].join("/")}@${version}`;
  const done = spawnSync("go", ["run", program, ...args], {
    cwd: PROJECT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    input,
  });
  if (done.error)
    throw new EnvironmentError(
      `${command}: "go" could not be run (${done.error.message}). It needs Go 1.25 or newer.`,
    );
  return done;
}
