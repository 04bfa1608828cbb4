import { policiesOf } from "../../../../commands/rehearse/paper/policies";
import { policyProblems, type PolicyUse } from "../../../../commands/rehearse/paper/policy-grammar";
import type { StackJson } from "../../../../stacks/stack-json";
import { synth, type Body } from "../../../synth";

const told = (policy: unknown, use: PolicyUse = "identity") =>
  policyProblems(policy, use).map(({ path, problem }) => `${path} ${problem}`);
const policy = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
const GOOD = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/*" };

it.each(["dev", "staging", "prod", "rehearsal"])("finds nothing wrong with any policy of %s", (name) => {
  const policies = policiesOf(synth(name).infra.json);
  expect(policies.length).toBeGreaterThan(15);
  expect(policies.filter(({ problems }) => problems === undefined || problems.length > 0)).toEqual([]);
});

it.each<[string, object, PolicyUse, readonly string[]]>([
  [
    "a misspelt element",
    policy({ Efect: "Allow", Action: "s3:GetObject", Resource: "*" }),
    "identity",
    [
      'Statement[0].Effect must be "Allow" or "Deny"',
      `Statement[0].Efect is not in IAM's grammar (did you mean "Effect"?)`,
    ],
  ],
  [
    "an operator that IAM doesn't have",
    policy({ ...GOOD, Condition: { StringEqual: { "aws:RequestedRegion": "us-east-1" } } }),
    "identity",
    ["Statement[0].Condition.StringEqual is not one of IAM's condition operators"],
  ],
  [
    "an action without a service, and no ARN",
    policy({ Effect: "Allow", Action: ["GetObject"], Resource: "bucket/*" }),
    "identity",
    [
      'Statement[0].Action[0] must be "*" or "<service>:<action>"',
      'Statement[0].Resource[0] must be "*" or an ARN',
    ],
  ],
  [
    "a statement without a resource",
    policy({ Effect: "Allow", Action: "s3:GetObject" }),
    "identity",
    ["Statement[0] must have one of Resource and NotResource"],
  ],
  [
    "an identity's policy that says whom it is for",
    policy({ ...GOOD, Principal: { Service: "ec2.amazonaws.com" } }),
    "identity",
    ["Statement[0].Principal must not be in the policy of an identity"],
  ],
  [
    "a trust in nobody",
    policy({ Effect: "Allow", Action: "sts:AssumeRole" }),
    "trust",
    ["Statement[0] must have one of Principal and NotPrincipal"],
  ],
  [
    "a principal of no kind",
    policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Servce: "ec2.amazonaws.com" } }),
    "trust",
    [`Statement[0].Principal.Servce is not in IAM's grammar (did you mean "Service"?)`],
  ],
  [
    "an old version",
    { Version: "2012-10-18", Statement: GOOD },
    "identity",
    ['Version must be "2012-10-17"'],
  ],
])("names %s", (_, document, use, problems) => {
  expect(told(document, use)).toEqual(problems);
});

it("accepts a single statement, several operators and what only Terraform will know", () => {
  const condition = {
    "ForAllValues:StringLikeIfExists": { "aws:TagKeys": ["a*", "b"] },
    Null: { "aws:TokenIssueTime": "false" },
    NumericLessThanEquals: { "s3:max-keys": 10 },
  };
  const statement = { ...GOOD, Resource: "${aws_s3_bucket.b.arn}/*", Condition: condition };
  expect(told({ Version: "2012-10-17", Statement: statement })).toEqual([]);
});

describe("a policy in a stack", () => {
  const stack = (body: Body, documents: Record<string, Body> = {}) =>
    ({
      data: { aws_iam_policy_document: documents },
      resource: {
        aws_iam_role_policy: { p: { "//": { metadata: { path: "infra/role/policy" } }, ...body } },
      },
    }) as StackJson;

  it("is read if written as JSON", () => {
    expect(policiesOf(stack({ policy: JSON.stringify(policy({ ...GOOD, Effect: "Alow" })) }))).toEqual([
      {
        path: "role/policy",
        problems: [{ path: "Statement[0].Effect", problem: 'must be "Allow" or "Deny"' }],
      },
    ]);
    expect(policiesOf(stack({ policy: "{" }))[0]?.problems?.[0]?.problem).toMatch(/^is not valid JSON: /);
  });

  it("is read if it is a Terraform policy document, with its defaults", () => {
    const document = {
      "//": { metadata: { path: "infra/role/document" } },
      statement: [
        {
          actions: ["s3:GetObject"],
          resources: ["*"],
          condition: [{ test: "Bool", variable: "a:b", values: ["1"] }],
        },
        { actions: ["s3:GetObject"], resource: ["*"] },
      ],
    };
    const body = { policy: "${data.aws_iam_policy_document.d.json}" };
    expect(policiesOf(stack(body, { d: document }))).toEqual([
      {
        path: "role/document",
        problems: [
          {
            path: "Statement[1].resource",
            problem: `is not in IAM's grammar (did you mean "Resource"?)`,
          },
          { path: "Statement[1]", problem: "must have one of Resource and NotResource" },
        ],
      },
    ]);
  });

  it("is unknown if only Terraform will know it", () => {
    expect(policiesOf(stack({ policy: "${file(var.policy)}" }))).toEqual([
      { path: "role/policy", problems: undefined },
    ]);
  });
});
