import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, EXIT, type ExitCode } from "../commands/cli/exit-codes";
import { environments } from "../environments";
import { copyProject, differences, filesOf, PROJECT, ran, type Output } from "./outputs";

/**
 * `npx wbot unchanged`: checks that this checkout synthesizes the same as a commit, as every pure refactoring must. Both are
 * synthesized in copies, as shipped, with the packages installed here.
 */
export function unchanged(commit: string): ExitCode {
  const folder = mkdtempSync(join(tmpdir(), "wbot-unchanged-"));
  const [now, before] = [join(folder, "now"), join(folder, "before")];
  try {
    copyCommit(commit, before);
    copyProject(now);
    // Those that the commit has, too.
    const names = Object.keys(environments).filter((name) =>
      existsSync(join(before, "environments", `${name}.ts`)),
    );
    const found = differences(synthesized("this checkout", now, names), synthesized(commit, before, names));
    const files = filesOf(join(now, OUT)).length;
    console.log(
      found.length === 0
        ? `This checkout synthesizes the same as ${commit}: ${files} files of ${names.join(", ")} are the same`
        : `This checkout's output differs from that of ${commit}:\n${found.map((each) => `  ${each}`).join("\n")}`,
    );
    return found.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const OUT = "cdktf.out";

function copyCommit(commit: string, folder: string): void {
  mkdirSync(folder);
  const archive = spawnSync("git", ["archive", "--format=tar", commit], { cwd: PROJECT, maxBuffer: 2 ** 30 });
  if (archive.status !== 0)
    throw new CommandError(
      `"${commit}" is not a commit of this repository: ${String(archive.stderr).trim()}`,
    );
  const unpacked = spawnSync("tar", ["-xf", "-", "-C", folder], { input: archive.stdout });
  if (unpacked.status !== 0) throw new CommandError(`tar failed: ${String(unpacked.stderr).trim()}`);
}

function synthesized(by: string, project: string, names: readonly string[]): Output {
  symlinkSync(join(PROJECT, "node_modules"), join(project, "node_modules"));
  const { app } = JSON.parse(readFileSync(join(project, "cdktf.json"), "utf8")) as { readonly app: string };
  const folder = join(project, OUT);
  for (const name of names)
    ran(`synthesizing ${name} of ${by}`, project, "sh", ["-c", app], {
      WBOT_ENV: name,
      CDKTF_OUTDIR: folder,
    });
  return { by, folder, project };
}
