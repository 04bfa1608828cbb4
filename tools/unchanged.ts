import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ExitCode } from "../commands/cli/exit-codes";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { environments } from "../environments";
import { compared, copyProject } from "./outputs";

/**
 * `npx wbot unchanged`: checks that this checkout synthesizes the same as a commit, as every pure refactoring must. Both are
 * synthesized in copies, as shipped, with the packages installed here.
 */
export function unchanged(commit: string): Promise<ExitCode> {
  return withPrivateFolder((folder) => {
    const before = copyProject(join(folder, "before"), commit);
    const now = copyProject(join(folder, "now"));
    // Those that the commit has, too.
    const names = Object.keys(environments).filter((name) =>
      existsSync(join(before, "environments", `${name}.ts`)),
    );
    return compared({ by: "this checkout", project: now }, { by: commit, project: before }, names);
  });
}
