import { policiesOf } from "../../constructs/ci/ci-roles";
import type { Statement } from "../../constructs/ci/policies/policy";
import { scope } from "../constructs/ci/scope";

/**
 * One bad deploy creates a role with the stacks' boundary and every right that it may give, and runs code as it: then it points
 * another environment's name in the same hosted zone elsewhere, gets a certificate for it, or makes another team's VPC look like
 * its own, so as to delete it.
 */

const zone = { hostedZoneId: "Z0000000000EXAMPLE" };
const policies = policiesOf(
  scope({ domain: { host: "a.example.com", ...zone, others: [{ host: "b.example.com", ...zone }] } }),
);
/** Who may do something, but for CI's own boundary, which grants nothing: that role can't change its policies. */
const allowing = (action: string) =>
  policies
    .filter(({ arn }) => !arn.endsWith("-ci-boundary"))
    .flatMap(({ document }) => document.Statement)
    .filter(({ Effect, Action = [] }) => Effect === "Allow" && Action.includes(action));

it("no role changes any record but the hosts' own, and their challenges", () => {
  const conditions = allowing("route53:ChangeResourceRecordSets").map(({ Condition }) => Condition);
  const only = (type: string, names: readonly string[]): Statement["Condition"] => ({
    "ForAllValues:StringEquals": {
      "route53:ChangeResourceRecordSetsRecordTypes": [type],
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
    },
  });
  expect(conditions).toEqual([
    only("A", ["a.example.com", "b.example.com"]),
    only("TXT", ["_acme-challenge.a.example.com", "_acme-challenge.b.example.com"]),
  ]);
  const all = policies.flatMap(({ document }) => document.Statement).flatMap(({ Action = [] }) => Action);
  expect(all.filter((action) => action.startsWith("route53:") && action.includes("*"))).toEqual([]);
});

it("no role of the stacks puts this environment's tags, by which the deploy role tells its own, on what exists", () => {
  const boundary = policies.find(({ arn }) => arn.endsWith("/wbot-prod-boundary"));
  const denied = boundary?.document.Statement.filter(({ Effect }) => Effect === "Deny");
  expect(denied).toEqual([
    {
      Sid: "NothingBecomesOurs",
      Effect: "Deny",
      Action: ["ec2:CreateTags"],
      Resource: ["*"],
      Condition: {
        "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": ["Project", "Environment"] },
        Null: { "ec2:CreateAction": "true" },
      },
    },
  ]);
  const tags = policies
    .flatMap(({ document }) => document.Statement)
    .flatMap(({ Condition }) => Object.keys(Condition?.["StringEquals"] ?? {}))
    .filter((key) => /ResourceTag\/(?!k8s)/.test(key))
    .map((key) => key.replace(/^.*\//, ""));
  expect([...new Set(tags)]).toEqual(["Project", "Environment"]);
});
