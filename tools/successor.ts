import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExitCode } from "../commands/cli/exit-codes";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { compared, copyProject, ran } from "./outputs";

/**
 * `npm run successor`: installs cdktn under cdktf's name in a copy of the project, and checks that it synthesizes the same
 * stacks for every environment, and has the same types: the way out of cdktf, see docs/decisions/leaving-cdktf.md.
 */

export const SUCCESSOR = "npm:cdktn@0.24.0";

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

export function successor(): Promise<ExitCode> {
  return withPrivateFolder((folder) => {
    const own = copyProject(join(folder, "cdktf"));
    const other = copyProject(join(folder, "cdktn"));
    const file = join(other, "package.json");
    writeFileSync(file, JSON.stringify(moved(JSON.parse(readFileSync(file, "utf8")) as Package), null, 2));
    ran(`installing ${SUCCESSOR}`, other, "npm", ["install", "--no-audit", "--no-fund"]);
    ran(`checking types against ${SUCCESSOR}`, other, "npm", ["run", "types"]);
    return compared({ by: "cdktn", project: other }, { by: "cdktf", project: own });
  });
}
