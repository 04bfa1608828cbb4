import { reportVerdict, judge, type Finding } from "../../tools/findings";

const finding = (check: string, path: string): Finding => ({ check, path, name: "a check" });
const skip = { check: "CKV_1", path: "infra/key", reason: "because" };

it("fails what no skip covers: another check, another place, a place that only starts alike", () => {
  const findings = [
    finding("CKV_2", "infra/key"),
    finding("CKV_1", "infra/redis"),
    finding("CKV_1", "infra/key-2"),
  ];
  expect(judge(findings, [skip]).failed).toEqual(findings);
});

it("skips a construct and what is below it", () => {
  const findings = [finding("CKV_1", "infra/key"), finding("CKV_1", "infra/key/policy")];
  expect(judge(findings, [skip])).toEqual({ failed: [], skipped: findings, stale: [], expired: [] });
});

it("names a skip that nothing needs any more", () => {
  expect(judge([], [skip]).stale).toEqual([skip]);
});

it("names a skip whose last day is over", () => {
  const dated = { ...skip, until: "2027-05-31" };
  const findings = [finding("CKV_1", "infra/key")];
  expect(judge(findings, [dated], "2027-05-31").expired).toEqual([]);
  expect(judge(findings, [dated], "2027-06-01").expired).toEqual([dated]);
});

describe("what a program looked at", () => {
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
  const isWell = (findings: readonly Finding[], { passed = 7, staleFails = true } = {}) =>
    reportVerdict("infra", { passed, findings }, [skip], { file: "skips.ts", staleFails });

  it("is well if a skip covers every failure, which the summary names", () => {
    expect(isWell([finding("CKV_1", "infra/key/policy")])).toBe(true);
    expect(lines).toEqual(["infra: 7 checks passed, 0 failed, 1 skipped with a reason (CKV_1)"]);
  });

  it("is not well by what no skip covers", () => {
    expect(isWell([finding("CKV_1", "infra/key"), finding("CKV_2", "infra/key")])).toBe(false);
    expect(lines[0]).toBe("failed: CKV_2 at infra/key: a check");
  });

  it("is not well if it is nothing", () => {
    expect(isWell([finding("CKV_1", "infra/key")], { passed: 0 })).toBe(false);
    expect(lines[0]).toBe("failed: no check looked at anything in infra");
  });

  it("is not well by skips that nothing needs, unless these may be stale", () => {
    expect(isWell([])).toBe(false);
    expect(lines[0]).toBe("stale: skips.ts skips CKV_1 at infra/key, which no longer fails");
    expect(isWell([], { staleFails: false })).toBe(true);
  });

  it("is not well by a skip whose last day is over", () => {
    const expired = { ...skip, until: "2026-05-31" };
    expect(
      reportVerdict("infra", { passed: 7, findings: [finding("CKV_1", "infra/key")] }, [expired], {
        file: "skips.ts",
        staleFails: true,
      }),
    ).toBe(false);
    expect(lines[0]).toMatch(/^expired: skips\.ts skips CKV_1 at infra\/key until 2026-05-31/);
  });
});
