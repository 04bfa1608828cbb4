import { unseen, judge, type Finding } from "../../tools/policy";
import { SKIPS } from "../../tools/policy-skips";

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
  expect(judge(findings, [skip])).toEqual({ failed: [], skipped: findings, stale: [], late: [] });
});

it("names a skip that nothing needs any more", () => {
  expect(judge([], [skip]).stale).toEqual([skip]);
});

it("names a skip whose last day is over", () => {
  const dated = { ...skip, until: "2027-05-31" };
  const findings = [finding("CKV_1", "infra/key")];
  expect(judge(findings, [dated], "2027-05-31").late).toEqual([]);
  expect(judge(findings, [dated], "2027-06-01").late).toEqual([dated]);
});

it("has a reason for every skip", () => {
  expect(SKIPS.filter(({ reason }) => reason.length < 40)).toEqual([]);
});

it("is told of a stack in which nothing was looked at", () => {
  const check = (file_path: string) => ({ check_id: "a", check_name: "a", resource: "a.a", file_path });
  expect(unseen({ results: { passed_checks: [check("/infra.tf.json")], failed_checks: [] } })).toEqual([
    "app",
  ]);
  expect(
    unseen({ results: { passed_checks: [check("/infra.tf.json")], failed_checks: [check("/app.tf.json")] } }),
  ).toEqual([]);
});
