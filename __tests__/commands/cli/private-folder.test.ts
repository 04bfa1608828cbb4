import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../../../commands/cli/exit-codes";
import { privateFolder } from "../../../commands/cli/private-folder";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "wbot-parent-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

/** A folder of another run, with a secret in it. */
function left(pid: number | undefined): string {
  const path = join(parent, `wbot-run-${pid ?? 0}-abcdef`);
  mkdirSync(path);
  writeFileSync(join(path, "secret"), "value");
  return path;
}

it("is private, and gone once removed", () => {
  const one = privateFolder(parent);
  const other = privateFolder(parent);
  expect(one.path).not.toBe(other.path);
  expect(statSync(one.path).mode & 0o777).toBe(0o700);
  one.remove();
  expect([existsSync(one.path), existsSync(other.path)]).toEqual([false, true]);
  other.remove();
});

it("leaves those of running programs alone, and removes those of killed ones", () => {
  const running = left(process.ppid);
  const killed = left(spawnSync(process.execPath, ["--version"]).pid);
  // In a container, the next run may have the same id.
  const namesake = left(process.pid);
  const others = join(parent, "wbot-run-of-others");
  mkdirSync(others);
  // As unreadable as another user's mount.
  symlinkSync("loop", join(parent, "loop"));
  privateFolder(parent).remove();
  expect([running, killed, namesake, others].map((path) => existsSync(path))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

it.each([
  ["is missing", "missing", "ENOENT"],
  ["is no folder", "file", "ENOTDIR"],
])("says what to do if the folder for temporary files %s", (_, name, code) => {
  const file = join(parent, name);
  writeFileSync(join(parent, "file"), "");
  const named = jest.spyOn(os, "tmpdir").mockReturnValue(file);
  try {
    expect(() => privateFolder()).toThrow(
      new CommandError(
        `No temporary folder can be created in ${file} (${code}): export TMPDIR=<a folder that this user can write>`,
      ),
    );
  } finally {
    named.mockRestore();
  }
});
