import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { asCommandError } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted, untilItEnds } from "../cli/interrupt";
import { privateFolder } from "../cli/private-folder";
import { confirm, interactive } from "../cli/terminal";
import type { Session } from "../session/session";
import { remindToUpdateTwins } from "./copy";
import { offer, refuseInvalidValues } from "./offer";
import { currentVersion, type Version } from "../app-secret/store";
import { rebased } from "../app-secret/values";
import { asText, readValues } from "./text";

/** An in-memory file system, if there is one: files there never reach a disk. */
const MEMORY = "/dev/shm";

/**
 * What keeps vi's kin from writing lines elsewhere than into the file: registers in ~/.viminfo or ~/.local/state/nvim, undo
 * histories, backups, swap files. With `-c`, it comes after what a vimrc sets.
 */
const VI = ["-n", "-i", "NONE", "-c", "set noundofile nobackup nowritebackup viminfo="];

/** Opens the keys in an editor, and offers to write the result. */
export async function edit(session: Session, force = false): Promise<ExitCode> {
  if (!interactive())
    throw new CommandError(
      "There is no terminal for an editor. Use: npx wbot secrets push <file>",
      EXIT.usage,
    );
  await session.requireAccount("Nothing was read.");
  const opened = await currentVersion(session);
  ifInterrupted("Nothing was written, and the edited file is deleted.");
  await editAndOffer(session, opened, force);
  remindToUpdateTwins(session.environment);
  return EXIT.done;
}

/**
 * Reopens the editor while the user wants to: the text is invalid, was not confirmed, or can't be written, such as because
 * credentials have expired meanwhile, or somebody else has written a version, whose changes are then kept.
 */
async function editAndOffer(session: Session, opened: Version | undefined, force: boolean): Promise<void> {
  const folder = privateFolder(existsSync(MEMORY) ? MEMORY : undefined);
  const file = join(folder.path, "app-secret.env");
  try {
    writeFileSync(file, asText(opened?.values ?? {}), { mode: 0o600 });
    for (;;) {
      await inEditor(file);
      try {
        const edited = readValues(readFileSync(file), "The edited text");
        const now = await currentVersion(session);
        const values = now === undefined ? edited : rebased(edited, opened?.values ?? {}, now.values);
        refuseInvalidValues(session.environment, values, force, now?.values);
        await offer(session, now, values, false);
        return;
      } catch (thrown) {
        const error = asCommandError(thrown);
        if (!(error instanceof CommandError)) throw error;
        console.error(error.message);
        // That message says whether it was written, as far as that is known.
        if (!(await confirm("Edit it again?"))) throw new CommandError("The edited text is deleted.");
      }
    }
  } finally {
    folder.remove();
  }
}

/** Runs the editor from the environment, which may have arguments, such as "code --wait". */
async function inEditor(file: string): Promise<void> {
  const command = process.env["VISUAL"] || process.env["EDITOR"] || "vi";
  const [program = "vi", ...given] = command.split(/\s+/);
  const args = [...given, ...noCopyOptions(program)];
  const ended = once(spawn(program, [...args, file], { stdio: "inherit" }), "close").catch(
    (error: unknown) => {
      throw new CommandError(
        `The editor "${command}" can't be run (${(error as Error).message}). Choose another: export EDITOR=nano`,
      );
    },
  );
  const [code] = (await untilItEnds(ended)) as [code: number | null];
  if (code !== 0)
    throw new CommandError(`The editor "${command}" exited with ${code ?? 1}: nothing was written.`);
}

/** Options by which an editor leaves no copy behind. For any other editor, people are told that it may. */
function noCopyOptions(program: string): readonly string[] {
  const name = basename(program);
  // Other programs are called vi as well, and only Vim takes its options.
  const version = name.includes("vi") ? String(spawnSync(program, ["--version"]).stdout) : "";
  // In a window of its own it would return at once, and the edits be lost.
  if (version.startsWith("VIM ")) return ["-f", ...VI];
  if (version.startsWith("NVIM ")) return VI;
  console.error(
    `${name} may keep a copy of what you edit (histories, backups): see its settings, or use vim (export EDITOR=vim), which is configured not to.`,
  );
  return [];
}
