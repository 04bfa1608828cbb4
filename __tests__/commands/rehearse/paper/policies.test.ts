import { policiesOf } from "../../../../commands/rehearse/paper/policies";
import type { StackJson } from "../../../../stacks/stack-json";
import { synth, type Body } from "../../../synth";

const PRINCIPAL = { type: "Service", identifiers: ["ec2.amazonaws.com"] };
const GOOD = { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::bucket/*"] };
const TRUST = { actions: ["sts:AssumeRole"], principals: [PRINCIPAL] };

/** A stack in which a resource's argument is a document with one statement. */
const using = (statement: Body, type = "aws_iam_role_policy", argument = "policy") =>
  ({
    data: {
      aws_iam_policy_document: {
        d: { "//": { metadata: { path: "infra/role/document" } }, statement: [statement] },
      },
    },
    resource: {
      [type]: {
        r: {
          "//": { metadata: { path: "infra/role/r" } },
          [argument]: "${data.aws_iam_policy_document.d.json}",
        },
      },
    },
  }) as StackJson;
const told = (stack: StackJson) =>
  policiesOf(stack).flatMap(({ problems = [] }) => problems.map(({ path, problem }) => `${path} ${problem}`));

it.each(["dev", "staging", "prod", "rehearsal"])("finds nothing wrong with any policy of %s", (name) => {
  const policies = policiesOf(synth(name).infra.json);
  expect(policies.length).toBeGreaterThan(15);
  expect(policies.filter(({ problems }) => problems === undefined || problems.length > 0)).toEqual([]);
});

it.each<[string, Body, readonly string[]]>([
  ["a misspelled effect", { ...GOOD, effect: "Alow" }, ['statement[0].effect must be "Allow" or "Deny"']],
  [
    "an operator that IAM doesn't have",
    { ...GOOD, condition: [{ test: "StringEqual", variable: "aws:RequestedRegion", values: ["us-east-1"] }] },
    ["statement[0].condition[0].test must be one of IAM's condition operators"],
  ],
  [
    "an action without a service, and no ARN",
    { actions: ["GetObject"], resources: ["bucket/*"] },
    [
      'statement[0].actions[0] must be "*" or "<service>:<action>"',
      'statement[0].resources[0] must be "*" or an ARN',
    ],
  ],
  [
    "a statement without a resource",
    { actions: ["s3:GetObject"] },
    ["statement[0] must have one of resources and not_resources"],
  ],
  [
    "an identity's policy that names a principal",
    { ...GOOD, principals: [PRINCIPAL] },
    ["statement[0].principals must not be in the policy of an identity"],
  ],
])("reports %s", (_, statement, problems) => {
  expect(told(using(statement))).toEqual(problems);
});

it.each<[string, Body, readonly string[]]>([
  [
    "without a principal",
    { actions: ["sts:AssumeRole"] },
    ["statement[0] must have one of principals and not_principals"],
  ],
  [
    "with a resource",
    { ...TRUST, resources: ["*"] },
    ["statement[0].resources must not be in the policy of a role's trust"],
  ],
  [
    "with an unknown kind of principal",
    { ...TRUST, principals: [{ type: "Servce", identifiers: ["ec2.amazonaws.com"] }] },
    ['statement[0].principals[0].type must be "*", "AWS", "Service", "Federated" or "CanonicalUser"'],
  ],
  [
    "with a service that has no domain",
    { ...TRUST, principals: [{ type: "Service", identifiers: ["ec2"] }] },
    ['statement[0].principals[0].identifiers[0] must be "<service>.amazonaws.com"'],
  ],
])("reports a trust policy %s", (_, statement, problems) => {
  expect(told(using(statement, "aws_iam_role", "assume_role_policy"))).toEqual(problems);
});

it("accepts several operators, and what only Terraform will know", () => {
  const condition = ["ForAllValues:StringLikeIfExists", "Null", "NumericLessThanEquals"].map((test) => ({
    test,
    variable: "a:b",
    values: ["1"],
  }));
  expect(told(using({ ...GOOD, resources: ["${aws_s3_bucket.b.arn}/*"], condition }))).toEqual([]);
  expect(told(using({ ...TRUST, resources: ["*"] }, "aws_kms_key"))).toEqual([]);
});

it("names the document, and the resource with a policy that is not a document", () => {
  expect(policiesOf(using(GOOD))).toEqual([{ path: "role/document", problems: [] }]);
  const written = using(GOOD);
  Object.assign((written.resource as any).aws_iam_role_policy.r, { policy: '{"Version":"2012-10-17"}' });
  expect(policiesOf(written)).toEqual([{ path: "role/r", problems: undefined }]);
});
