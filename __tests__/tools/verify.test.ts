import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, EXIT } from "../../commands/cli/exit-codes";
import { auditCount, failIfSkipped, verify } from "../../tools/verify";
import { workflows } from "../github/workflow-files";

const PROJECT = join(__dirname, "..", "..");
const STEPS =
  "format, lint, types, tests, plugin, emulator, policy, pods, leaks, audit, workflows, terraform validate, rehearsal";

describe("verify", () => {
  const said = jest.spyOn(console, "error").mockReturnValue();
  beforeEach(() => {
    said.mockClear();
  });
  afterAll(() => {
    said.mockRestore();
  });

  it.each([
    ["a step be skipped where nobody requires it", ["audit"], { passed: 0, failed: 0, skipped: 1 }],
    ["a required step pass that skipped nothing", ["plugin"], { passed: 1, failed: 0, skipped: 0 }],
  ])("lets %s", (_, required, count) => {
    expect(failIfSkipped(required, "plugin", count)).toEqual(count);
    expect(said).not.toHaveBeenCalled();
  });

  it.each([
    ["whole", { passed: 0, failed: 0, skipped: 1 }, { passed: 0, failed: 1, skipped: 0 }],
    ["in part", { passed: 5, failed: 1, skipped: 2 }, { passed: 5, failed: 3, skipped: 0 }],
  ])("fails by a required step that was skipped, %s", (_, count, held) => {
    expect(failIfSkipped(["plugin", "audit"], "plugin", count)).toEqual(held);
    expect(said).toHaveBeenCalledWith(
      "failed: plugin is required, but was skipped at least in part: see above for the reason",
    );
  });

  it("begins nothing where a required step is not one of its own", async () => {
    await expect(verify(["plugin", "audits"])).rejects.toThrow(
      new CommandError(
        `verify: --require names audits, which is not a step. The steps are ${STEPS}`,
        EXIT.usage,
      ),
    );
  });

  it("skips nothing in CI that its runner has the programs for", () => {
    const line = workflows["ci.yml"]?.jobs["verify"]?.steps?.at(-1)?.run ?? "";
    const [, named = ""] = /^npm run --silent verify -- --require (.*)$/.exec(line) ?? [];
    const steps = [...named.matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    // All that are not npm's alone, but for a rehearsal in an emulator.
    expect(steps).toEqual(STEPS.split(", ").slice(4, -1));
  });
});

describe("the audit", () => {
  const text = readFileSync(join(PROJECT, "audit-ci.jsonc"), "utf8");
  // Without what JSON doesn't have: comments, and a comma after the last.
  const json = text.replace(/^ *\/\/.*$/gm, "").replace(/,(?=\s*[}\]])/g, "");
  const { allowlist, ...config } = JSON.parse(json) as {
    allowlist: Record<string, { notes?: string; expiry?: string }>[];
  };

  it("fails an advisory, and is skipped only where the registry has none to tell", () => {
    const said = jest.spyOn(console, "log").mockReturnValue();
    const counts = [
      auditCount(0, "Passed npm security audit."),
      auditCount(
        1,
        "Failed security audit due to high vulnerabilities.\nVulnerable advisories are: …\nExiting...",
      ),
      auditCount(1, "code ENOAUDIT: Your configured registry does not support audit requests.\nExiting..."),
      auditCount(1, "\u001b[31mcode undefined: \u001b[0m\nExiting..."),
      auditCount(null, ""),
    ];
    said.mockRestore();
    expect(counts.map(({ passed, failed, skipped }) => [passed, failed, skipped])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
      [0, 1, 0],
    ]);
  });

  it("looks at what the project runs with, for what is high or critical", () => {
    expect(config).toMatchObject({ "package-manager": "npm", "skip-dev": true, high: true });
  });

  it("has a reason and a last day for each advisory that may stay", () => {
    const wanting = allowlist
      .flatMap((entry) => (typeof entry === "string" ? [{}] : Object.values(entry)))
      .filter(({ notes = "", expiry = "" }) => notes.length < 40 || !/^\d{4}-\d{2}-\d{2}$/.test(expiry));
    expect(wanting).toEqual([]);
  });
});

it("checks the project's own format, also in a subfolder of a repository with another", () => {
  const repository = mkdtempSync(join(tmpdir(), "wbot-format-"));
  mkdirSync(join(repository, "infra"));
  writeFileSync(join(repository, ".editorconfig"), "[*]\nindent_size = 4\n");
  for (const name of [".editorconfig", ".prettierrc.json", "project.ts", "cdktf.json"])
    cpSync(join(PROJECT, name), join(repository, "infra", name));
  const prettier = join(PROJECT, "node_modules", "prettier", "bin", "prettier.cjs");
  const args = [prettier, "--check", "infra"];
  expect(spawnSync(process.execPath, args, { cwd: repository, encoding: "utf8" }).stderr).toBe("");
});
