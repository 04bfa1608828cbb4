import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { TERRAFORM_VERSION } from "../environments/terraform-version";

/** A program of the machine that some tests need. */
export interface Need {
  /** As a person would ask for it. */
  readonly what: string;
  readonly isThere: () => boolean;
}

/** Terraform's version, or "": asked once for all test files, by global-setup.ts. */
export function terraformVersion(): string {
  const { status, stdout } = spawnSync("terraform", ["version", "-json"], { encoding: "utf8" });
  if (status !== 0) return "";
  return (JSON.parse(stdout) as { readonly terraform_version: string }).terraform_version;
}

export const TERRAFORM: Need = {
  what: `Terraform ${TERRAFORM_VERSION} or newer on the PATH`,
  isThere: () =>
    (process.env["WBOT_TEST_TERRAFORM"] ?? "").localeCompare(TERRAFORM_VERSION, "en", { numeric: true }) >= 0,
};

let python: string | undefined;
function pythonPath(): string {
  if (python !== undefined) return python;
  const program = "import pty, sys; print(sys.executable)";
  const { status, stdout } = spawnSync("python3", ["-c", program], { encoding: "utf8" });
  return (python = status === 0 ? stdout.trim() : "");
}

/** Its module `pty` opens pseudo-terminals. Its path is the program's own, since shims such as pyenv's are slow. */
export const PYTHON: Need & { readonly path: string } = {
  what: "python3 on the PATH",
  isThere: () => pythonPath() !== "",
  get path() {
    return pythonPath();
  },
};

/** A program by its path. */
export function file(path: string): Need {
  return { what: path, isThere: () => existsSync(path) };
}

/** The script of npm's command line in a major version: of one on the PATH, or of Node's own. */
export function npm(major: number): Need & { readonly script: string | undefined } {
  const script = npmScripts().find((each) => majorOf(each) === major);
  return { what: `npm ${major} on the PATH`, isThere: () => script !== undefined, script };
}

function npmScripts(): string[] {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), dirname(process.execPath)];
  return folders
    .map((folder) => join(folder, "npm"))
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => path.endsWith("npm-cli.js"));
}

function majorOf(script: string): number {
  const { version } = JSON.parse(readFileSync(join(dirname(script), "..", "package.json"), "utf8")) as {
    readonly version: string;
  };
  return Number.parseInt(version, 10);
}

/** `describe`, or a skipped one whose name says what is missing, as `npm run verify` reports it. */
export function describeWith(needs: readonly Need[], name: string, tests: () => void): void {
  const missing = needs.filter((need) => !need.isThere()).map(({ what }) => what);
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name} (needs ${missing.join(" and ")})`, tests);
}

/** A program of Prometheus: on the PATH, or where `.ci/prometheus` puts it. */
export function prometheusProgram(
  name: "prometheus" | "promtool",
): Need & { readonly path: string | undefined } {
  const kept = join(__dirname, "..", "node_modules", ".cache", "wbot", "prometheus", "usr", "bin");
  const path = [...(process.env["PATH"] ?? "").split(delimiter), kept]
    .map((folder) => join(folder, name))
    .find((each) => existsSync(each));
  return { what: `${name} on the PATH, or .ci/prometheus run`, isThere: () => path !== undefined, path };
}
