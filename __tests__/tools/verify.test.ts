import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, EXIT } from "../../commands/cli/exit-codes";
import { auditCount, failIfSkipped, requiredSteps } from "../../tools/verify";
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

  it("lets a step be skipped where nobody requires it", () => {
    const count = { passed: 0, failed: 0, skipped: 1 };
    expect(failIfSkipped(["audit"], "plugin", count)).toEqual(count);
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

  it("lets a required step pass that skipped nothing", () => {
    const count = { passed: 1, failed: 0, skipped: 0 };
    expect(failIfSkipped(["plugin"], "plugin", count)).toEqual(count);
  });

  it("requires nothing by itself", () => {
    expect(requiredSteps([])).toEqual([]);
  });

  it("begins nothing where a required step is not one of its own", () => {
    expect(() => requiredSteps(["plugin", "audits"])).toThrow(
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
    expect(requiredSteps(steps)).toEqual([
      "plugin",
      "emulator",
      "policy",
      "pods",
      "leaks",
      "audit",
      "workflows",
      "terraform validate",
    ]);
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
