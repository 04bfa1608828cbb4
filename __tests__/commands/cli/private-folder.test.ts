import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  privateFolder(parent).remove();
  expect([running, killed, namesake, others].map((path) => existsSync(path))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
