import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CommandError, type ExitCode } from "../commands/cli/exit-codes";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { environments } from "../environments";
import { PROJECT } from "../project";
import { compared, copyProject, shareModules } from "./outputs";

/**
 * `npx wbot unchanged`: checks that this checkout synthesizes the same as a commit, as every pure refactoring must. Both are
 * synthesized in copies, as shipped, with the packages installed here.
 */
export function unchanged(commit: string): Promise<ExitCode> {
  return withPrivateFolder((folder) => {
    const [now, before] = [join(folder, "now"), join(folder, "before")];
    const added = git("add", "--detach", before, commit);
    if (added.status !== 0)
      throw new CommandError(`"${commit}" is not a commit of this repository: ${added.stderr.trim()}`);
    try {
      copyProject(now);
      for (const project of [now, before]) shareModules(project);
      // Those that the commit has, too.
      const names = Object.keys(environments).filter((name) =>
        existsSync(join(before, "environments", `${name}.ts`)),
      );
      return compared({ by: "this checkout", project: now }, { by: commit, project: before }, names);
    } finally {
      git("remove", "--force", before);
    }
  });
}

function git(...worktree: readonly string[]) {
  return spawnSync("git", ["worktree", ...worktree], { cwd: PROJECT, encoding: "utf8" });
}
