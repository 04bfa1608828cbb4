import { currentDay, reportVerdict, type Finding } from "../../tools/findings";

const finding = (check: string, path: string): Finding => ({ check, path, name: "a check" });
const skip = { check: "CKV_1", path: "infra/key", reason: "because" };
const SKIPPED = finding("CKV_1", "infra/key");

let lines: string[];
beforeEach(() => {
  lines = [];
  const keep = (line: unknown) => void lines.push(String(line));
  jest.spyOn(console, "log").mockImplementation(keep);
  jest.spyOn(console, "error").mockImplementation(keep);
});
afterEach(() => {
  jest.restoreAllMocks();
});
const isWell = (findings: readonly Finding[], { passed = 7, staleFails = true, until = "" } = {}) =>
  reportVerdict("infra", { passed, findings }, [{ ...skip, ...(until !== "" && { until }) }], {
    file: "skips.ts",
    staleFails,
  });

it("is well if a skip covers every failure, of a construct and what is below it", () => {
  expect(isWell([SKIPPED, finding("CKV_1", "infra/key/policy")])).toBe(true);
  expect(lines).toEqual(["infra: 7 checks passed, 0 failed, 2 skipped with a reason (CKV_1)"]);
});

it.each([
  ["another check", "CKV_2", "infra/key"],
  ["another place", "CKV_1", "infra/redis"],
  ["a place that only starts alike", "CKV_1", "infra/key-2"],
])("fails what no skip covers: %s", (_, check, path) => {
  expect(isWell([SKIPPED, finding(check, path)])).toBe(false);
  expect(lines[0]).toBe(`failed: ${check} at ${path}: a check`);
});

it("fails if nothing was looked at", () => {
  expect(isWell([SKIPPED], { passed: 0 })).toBe(false);
  expect(lines[0]).toBe("failed: no check looked at anything in infra");
});

it("fails by a skip that nothing needs, unless these may be stale", () => {
  expect(isWell([])).toBe(false);
  expect(lines[0]).toBe("stale: skips.ts skips CKV_1 at infra/key, which no longer fails");
  expect(isWell([], { staleFails: false })).toBe(true);
});

it("fails by a skip whose last day is over", () => {
  expect(isWell([SKIPPED], { until: currentDay() })).toBe(true);
  expect(isWell([SKIPPED], { until: "2026-05-31" })).toBe(false);
  expect(lines[1]).toMatch(/^expired: skips\.ts skips CKV_1 at infra\/key until 2026-05-31/);
});
