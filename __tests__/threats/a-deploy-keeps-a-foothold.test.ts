import { policiesOf, rolesOf } from "../../constructs/ci/ci-roles";
import type { Statement } from "../../constructs/ci/policies/policy";
import { scope } from "../constructs/ci/scope";
import { BOTH_ELSEWHERE } from "../shapes";
import { synth } from "../synth";
import { CI } from "../constructs/ci/scope";

/**
 * One bad deploy gives another account a function, or has a role that reads the app secret trust it: then it acts with a role of
 * ours, or reads the secret, long after GitHub's access is taken away.
 */

/** Some are there with settings only: no deploy may be the first to make one. */
const READERS = ["external-secrets-role", "alloy-secrets-role", "monitoring-secrets-role"];

const prod = scope({});
const policies = policiesOf(prod);
const statements = policies.flatMap(({ document }) => document.Statement);
const having = (action: string, effect: Statement["Effect"]) =>
  statements.filter(({ Effect, Action = [] }) => Effect === effect && Action.includes(action));

it("a function is handed to its schedule only", () => {
  expect(having("lambda:AddPermission", "Allow").map(({ Condition }) => Condition)).toEqual([
    { StringEquals: { "lambda:Principal": "events.amazonaws.com" } },
  ]);
  const { infra } = synth("prod", CI);
  const principals = infra.of("aws_lambda_permission").map(({ body }) => body["principal"] as string);
  expect(new Set(principals)).toEqual(new Set(["events.amazonaws.com"]));
});

it("whom the readers of secrets trust, neither of CI's roles decides", () => {
  const denied = having("iam:UpdateAssumeRolePolicy", "Deny");
  expect(denied).toEqual([
    {
      Sid: "ReadersTrustNobodyElse",
      Effect: "Deny",
      // One that is deleted could be made again.
      Action: ["iam:CreateRole", "iam:UpdateAssumeRolePolicy"],
      Resource: READERS.map((name) => `arn:aws:iam::111122223333:role/wbot-prod-${name}`),
    },
  ]);
  const boundary = policies.find(({ document }) => document.Statement.includes(denied[0] as Statement));
  for (const role of rolesOf(prod)) expect(role.boundary).toBe(boundary?.arn);
});

it("those are all the roles that read a secret", () => {
  const { infra } = synth("prod", { ...CI, ...BOTH_ELSEWHERE });
  const own = statements.find(({ Sid }) => Sid === "OwnSecrets");
  const admitted = Object.values(own?.Condition?.["ArnEquals"] ?? {})
    .flat()
    .map(String);
  expect(admitted.map((arn) => arn.replace(/^.*role\/wbot-prod-/, ""))).toEqual(READERS);
  const names = infra.of("aws_iam_role").map(({ body }) => String(body["name"]));
  for (const arn of admitted) expect(names).toContain(arn.replace(/^.*role\//, ""));
});

it("no grant of a key may be retired, which no condition could narrow", () => {
  expect(having("kms:RetireGrant", "Allow")).toEqual([]);
});
