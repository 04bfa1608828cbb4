import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GITHUB, steps } from "../github/workflow-files";

/**
 * A job that may ask for an identity gives each of its steps the means to: a package's install script would take the deploy
 * role by itself, whichever step gets its credentials.
 */

it("no install script runs in a job", () => {
  const folder = mkdtempSync(join(tmpdir(), "wbot-packages-"));
  try {
    cpSync(join(GITHUB, "scripts", "packages.sh"), join(folder, "packages.sh"));
    const project = { name: "toy", version: "1.0.0", scripts: { postinstall: "touch ran" } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(project));
    writeFileSync(
      join(folder, "package-lock.json"),
      JSON.stringify({ name: "toy", version: "1.0.0", lockfileVersion: 3, packages: { "": project } }),
    );
    const { status, stderr } = spawnSync("bash", ["packages.sh"], { cwd: folder, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(existsSync(join(folder, "ran"))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("packages are installed by that script alone", () => {
  const installs = steps.filter(({ run = "" }) => /\bnpm (ci|install|i)\b/.test(run));
  expect(installs).toEqual([]);
});
