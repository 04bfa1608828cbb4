import { capacity, iam } from "../../../../commands/rehearse/paper/checks";
import { loadEnvironment } from "../../../../environments";
import { ciRights } from "../../../../stacks/bootstrap";
import { capacityOf } from "../../../../stacks/capacity";
import type { CiPolicy } from "../../../../constructs/ci/ci-roles";
import type { StackFolders } from "../../../../commands/terraform/stack-folder";
import { CI } from "../../../constructs/ci/scope";

jest.mock("../../../../stacks/bootstrap", () => {
  const own = jest.requireActual<{ ciRights: typeof ciRights }>("../../../../stacks/bootstrap");
  return { ...own, ciRights: jest.fn(own.ciRights) };
});

it("has no verdict on nodes whose size only AWS knows, as a synth has none", () => {
  const overrides = { nodes: { onDemand: { instanceTypes: ["im4gn.large"] } } };
  const unknown = { environment: loadEnvironment("dev", { overrides }), capacity: undefined };
  expect(capacity([unknown])).toEqual({
    why: "only EC2 knows the nodes' size: dev on im4gn.large",
    fix: "npx wbot preflight --env <name> --only instances, which asks EC2",
  });
  const environment = loadEnvironment("staging");
  expect(capacity([unknown, { environment, capacity: capacityOf(environment) }])).toMatchObject({
    why: expect.stringMatching(/^[1-9]\d* scenarios/),
    violations: [],
    missing: ["dev on im4gn.large"],
  });
});

it("reads a bucket's policy in JSON, and the policies of CI, which bootstrap deploys", () => {
  const environment = loadEnvironment("prod", { overrides: CI });
  const ofBucket = { Effect: "Deny", Action: "s3*", Resource: ["arn:aws:s3:::logs"] };
  const json = {
    resource: {
      aws_s3_bucket_policy: { logs: { policy: JSON.stringify({ Statement: [ofBucket] }) } },
      aws_ecr_lifecycle_policy: { ai: { policy: JSON.stringify({ rules: [] }) } },
    },
  };
  const stacks = { infra: { json }, app: { json: {} } } as unknown as StackFolders;
  const { roles, policies } = ciRights(environment);
  const [first, ...others] = policies as [CiPolicy, ...CiPolicy[]];
  const statement = { Sid: "Typo", Effect: "Allow", Action: ["ec2"], Resource: ["*"] } as const;
  const mistaken = { ...first, document: { ...first.document, Statement: [statement] } };
  jest.mocked(ciRights).mockReturnValueOnce({ roles, policies: [mistaken, ...others] });
  const problem = 'must be "*" or "<service>:<action>"';
  expect(iam([{ environment, stacks }])).toEqual({
    why: `${1 + roles.length + policies.length} policies`,
    violations: [
      {
        environment: "prod",
        stack: "infra",
        construct: "aws_s3_bucket_policy.logs",
        path: "statement[0].actions[0]",
        problem,
      },
      {
        environment: "prod",
        stack: "bootstrap",
        construct: "wbot-prod-ci-read",
        path: "statement[0].actions[0]",
        problem,
      },
    ],
  });
});
