import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environments, loadEnvironment } from "../environments";
import { synthesize } from "../stacks/synthesize";
import { EXIT } from "../commands/cli/exit-codes";
import { copyProject, differences, filesOf, PROJECT, ran } from "./outputs";

/**
 * `npm run successor`: installs cdktn under cdktf's name in a copy of the project, and checks that it synthesizes the same
 * stacks for every environment: the way out of cdktf, see docs/decisions/leaving-cdktf.md.
 */

export const SUCCESSOR = "npm:cdktn@0.24.0";
/** Option with which this command only synthesizes, with the packages of its own folder. */
const SYNTHESIZE = "--synthesize";

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** package.json with cdktn in place of cdktf, also for the providers' packages. */
export function moved<T extends Package>(own: T): T {
  const kept = Object.entries(own.devDependencies).filter(([name]) => name !== "cdktf-cli");
  return {
    ...own,
    dependencies: { ...own.dependencies, cdktf: SUCCESSOR },
    devDependencies: Object.fromEntries(kept),
    overrides: { ...own.overrides, cdktf: SUCCESSOR },
  };
}

/** The result of a comparison, in words. */
export function verdict(found: readonly string[], files: number, names: readonly string[]): string {
  return found.length === 0
    ? `cdktn writes what cdktf writes for ${names.join(", ")}: ${files} files are the same except for the version, white space and the project's folder`
    : `cdktn's output differs from cdktf's:\n${found.map((each) => `  ${each}`).join("\n")}`;
}

function copyWithSuccessor(folder: string): void {
  copyProject(folder);
  const file = join(folder, "package.json");
  writeFileSync(file, JSON.stringify(moved(JSON.parse(readFileSync(file, "utf8")) as Package), null, 2));
}

export function compare(): number {
  const folder = mkdtempSync(join(tmpdir(), "wbot-successor-"));
  const [copy, own, other] = ["project", "cdktf", "cdktn"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    copyWithSuccessor(copy);
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

/** Every environment, as shipped. */
export function synthesizeAll(outdir: string): number {
  mkdirSync(outdir, { recursive: true });
  for (const name of Object.keys(environments)) synthesize(loadEnvironment(name), outdir);
  return EXIT.done;
}
