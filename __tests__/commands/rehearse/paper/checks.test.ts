import { capacity, iam } from "../../../../commands/rehearse/paper/checks";
import { loadEnvironment } from "../../../../environments";
import { ciRights } from "../../../../stacks/bootstrap";
import { capacityOf } from "../../../../stacks/capacity";
import type { StackFolders } from "../../../../commands/terraform/stack-folder";
import { CI } from "../../../constructs/ci/scope";

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
  expect(iam([{ environment, stacks }])).toEqual({
    why: `${1 + roles.length + policies.length} policies`,
    violations: [
      {
        environment: "prod",
        stack: "infra",
        construct: "aws_s3_bucket_policy.logs",
        path: "statement[0].actions[0]",
        problem: 'must be "*" or "<service>:<action>"',
      },
    ],
  });
});
