import { policiesOf } from "../../../../commands/rehearse/paper/policies";
import type { StackJson } from "../../../../stacks/stack-json";
import { synth, type Body } from "../../../synth";

const GOOD = { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::bucket/*"] };

/** A stack in which a role's policy is a document with one statement. */
const using = (statement: Body) =>
  ({
    data: {
      aws_iam_policy_document: {
        d: { "//": { metadata: { path: "infra/role/document" } }, statement: [statement] },
      },
    },
    resource: {
      aws_iam_role_policy: {
        r: {
          "//": { metadata: { path: "infra/role/r" } },
          policy: "${data.aws_iam_policy_document.d.json}",
        },
      },
    },
  }) as StackJson;
const told = (stack: StackJson) =>
  policiesOf(stack).flatMap(({ problems = [] }) => problems.map(({ path, problem }) => `${path} ${problem}`));

it.each(["dev", "staging", "prod", "rehearsal"])("finds nothing wrong with any policy of %s", (name) => {
  const policies = policiesOf(synth(name).infra.json);
  expect(policies.length).toBeGreaterThan(10);
  expect(policies.filter(({ problems }) => problems === undefined || problems.length > 0)).toEqual([]);
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
  expect(told(using(statement))).toEqual(problems);
});

it("accepts what only Terraform will know", () => {
  expect(told(using({ ...GOOD, resources: ["${aws_s3_bucket.b.arn}/*"] }))).toEqual([]);
});

it("names the document, and the resource with a policy that is not a document", () => {
  expect(policiesOf(using(GOOD))).toEqual([{ path: "role/document", problems: [] }]);
  const written = using(GOOD);
  Object.assign((written.resource as any).aws_iam_role_policy.r, { policy: '{"Version":"2012-10-17"}' });
  expect(policiesOf(written)).toEqual([{ path: "role/r", problems: undefined }]);
});
