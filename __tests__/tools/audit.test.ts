import { advisoriesIn, judge, told, type Advisory } from "../../tools/audit";
import { EXCEPTIONS, type Exception } from "../../tools/audit-exceptions";

const advisory = (severity: string, of = "left-pad", id = "GHSA-aaaa-bbbb-cccc"): Advisory => ({
  advisory: id,
  package: of,
  severity,
  title: "Pads on the right",
  url: `https://github.com/advisories/${id}`,
});
const exception: Exception = {
  advisory: "GHSA-aaaa-bbbb-cccc",
  package: "left-pad",
  reason: "nothing is padded",
  until: "2027-01-31",
};

it("reads npm's report: each advisory once, with the packages affected through others left out", () => {
  const { package: name, severity, title, url } = advisory("high");
  const via = { severity, title, url };
  const report = {
    auditReportVersion: 2,
    vulnerabilities: {
      "left-pad": { name: "left-pad", severity: "high", via: [{ source: 1, name, ...via }] },
      pads: { name: "pads", severity: "high", via: ["left-pad", { source: 1, name, ...via }] },
    },
  };
  expect(advisoriesIn(JSON.stringify(report))).toEqual([advisory("high")]);
  expect(advisoriesIn(JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} }))).toEqual([]);
});

it("is no audit where npm could not ask", () => {
  expect(
    advisoriesIn(JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405 })),
  ).toBeUndefined();
  expect(advisoriesIn("npm error network")).toBeUndefined();
});

it("fails high and critical advisories that no exception is for, and no lesser one", () => {
  const grave = [advisory("high"), advisory("critical", "right-pad")];
  const found = [...grave, advisory("moderate", "mid-pad"), advisory("low", "no-pad")];
  expect(judge(found, [], "2027-01-01").failed).toEqual(grave);
  expect(told(found, judge(found, [], "2027-01-01"))).toEqual({
    holds: false,
    lines: [
      "failed: left-pad: Pads on the right (high): https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
      "failed: right-pad: Pads on the right (critical): https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
      "audit: 2 high or critical advisories, 0 more excepted with a reason, 2 of less weight",
      "Raise what they are about (npm audit fix), or say in tools/audit-exceptions.ts why they can't hurt here.",
    ],
  });
});

it("lets pass what an exception is for until its last day, and only that package's", () => {
  const found = [advisory("high")];
  expect(judge(found, [exception], "2027-01-31")).toEqual({
    failed: [],
    excepted: 1,
    expired: [],
    stale: [],
  });
  expect(judge([advisory("high", "pads")], [exception], "2027-01-31").failed).toHaveLength(1);
  const late = judge(found, [exception], "2027-02-01");
  expect(late).toEqual({ failed: [], excepted: 1, expired: [exception], stale: [] });
  expect(told(found, late)).toEqual({
    holds: false,
    lines: [
      "expired: tools/audit-exceptions.ts excepts GHSA-aaaa-bbbb-cccc until 2027-01-31: look at it again",
      "audit: 0 high or critical advisories, 1 more excepted with a reason, 0 of less weight",
    ],
  });
});

it("names an exception that nothing needs any more", () => {
  const verdict = judge([], [exception], "2027-01-01");
  expect(told([], verdict)).toEqual({
    holds: false,
    lines: [
      "stale: tools/audit-exceptions.ts excepts GHSA-aaaa-bbbb-cccc of left-pad, which nothing has",
      "audit: 0 high or critical advisories, 0 more excepted with a reason, 0 of less weight",
    ],
  });
});

it("has a reason and a last day for every exception", () => {
  const wanting = EXCEPTIONS.filter(
    ({ reason, until }) => reason.length < 40 || !/^\d{4}-\d{2}-\d{2}$/.test(until),
  );
  expect(wanting).toEqual([]);
});
