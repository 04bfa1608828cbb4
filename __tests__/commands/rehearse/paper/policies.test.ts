import { checkedPolicies, jsonProblems, policyProblems } from "../../../../commands/rehearse/paper/policies";
import { ciRights } from "../../../../stacks/bootstrap";
import { dataSourcesOf, resourcesOf } from "../../../../stacks/stack-json";
import { loadEnvironment, type Overrides } from "../../../../environments";
import { CI } from "../../../constructs/ci/scope";
import { synth, type Body } from "../../../synth";

const GOOD = { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::bucket/*"] };

const problemsIn = (statement: Body) =>
  policyProblems({ statement: [statement] }).map(({ path, problem }) => `${path} ${problem}`);

const LOKI = { observability: { logs: { kind: "loki", retentionDays: 14 } } };

it.each([
  ["dev", {}],
  ["staging", LOKI],
  ["prod", {}],
  ["rehearsal", {}],
])("finds nothing wrong with any policy of %s", (name, overrides: Overrides) => {
  const { json } = synth(name, overrides).infra;
  const checked = checkedPolicies(json);
  expect(checked.length).toBeGreaterThan(10);
  expect(checked.flatMap(({ problems }) => problems)).toEqual([]);
  const paths = checked.map(({ path }) => path);
  expect(paths.includes("log-store/bucket/policy")).toBe(overrides === LOKI);
  // Every other policy is the text of a document.
  const texts = dataSourcesOf(json).map(({ address }) => `\${${address}.json}`);
  const policies = resourcesOf(json)
    .filter(({ type, path }) => type !== "aws_ecr_lifecycle_policy" && !paths.includes(path))
    .flatMap(({ body }) => [body["policy"], body["assume_role_policy"]])
    .filter((policy) => policy !== undefined);
  expect(policies.length).toBeGreaterThan(10);
  expect(texts).toEqual(expect.arrayContaining(policies));
});

it("finds nothing wrong with what CI may do, and who takes its roles", () => {
  const { roles, policies } = ciRights(loadEnvironment("prod", { overrides: CI }));
  const documents = [...policies.map(({ document }) => document), ...roles.map(({ trust }) => trust)];
  expect(documents.length).toBeGreaterThan(5);
  expect(documents.flatMap(jsonProblems)).toEqual([]);
});

it.each<[string, Body, readonly string[]]>([
  ["a misspelled effect", { ...GOOD, effect: "Alow" }, ['statement[0].effect must be "Allow" or "Deny"']],
  [
    "an action without a service, and no ARN",
    { actions: ["GetObject"], resources: ["bucket/*"] },
    [
      'statement[0].actions[0] must be "*" or "<service>:<action>"',
      'statement[0].resources[0] must be "*" or an ARN',
    ],
  ],
  [
    "a statement without an action",
    { resources: ["*"] },
    ["statement[0] must have one of actions and not_actions"],
  ],
])("reports %s", (_, statement, problems) => {
  expect(problemsIn(statement)).toEqual(problems);
});

it("accepts what only Terraform will know", () => {
  expect(problemsIn({ ...GOOD, resources: ["${aws_s3_bucket.b.arn}/*"] })).toEqual([]);
});
