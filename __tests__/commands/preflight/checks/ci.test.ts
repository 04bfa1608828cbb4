import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  type Role,
} from "@aws-sdk/client-iam";
import { mockClient } from "aws-sdk-client-mock";
import { loadEnvironment, type Overrides } from "../../../../environments";
import { ciRights, nameIn } from "../../../../stacks/bootstrap";
import { sdkError } from "../../sdk-error";
import { look, MINE } from "../look";

const iam = mockClient(IAMClient);
beforeEach(() => {
  iam.reset();
});

describe("CI", () => {
  const CI = {
    account: "222233334444",
    state: { kind: "s3", bucket: "wbot-state" },
    ci: { repository: "example/wbot", runner: "wbot" },
  };

  /** IAM has the roles and policies of an environment as its settings were once. */
  const bootstrapped = (overrides: Overrides, { longest = 24 } = {}) => {
    const document = (wanted: object) => encodeURIComponent(JSON.stringify(wanted));
    const { roles, policies } = ciRights(loadEnvironment("dev", { overrides: { ...MINE, ...overrides } }));
    for (const { arn, trust, hours } of roles)
      iam.on(GetRoleCommand, { RoleName: nameIn(arn) }).resolves({
        Role: {
          MaxSessionDuration: Math.min(hours, longest) * 3600,
          AssumeRolePolicyDocument: document(trust),
        } as Role,
      });
    iam.on(GetPolicyCommand).resolves({ Policy: { DefaultVersionId: "v2" } });
    for (const each of policies)
      iam.on(GetPolicyVersionCommand, { PolicyArn: each.arn, VersionId: "v2" }).resolves({
        PolicyVersion: { Document: document(each.document) },
      });
  };
  const PASSED = ["pass", "wbot-dev-ci-plan and wbot-dev-ci-deploy exist, with the policies that they need"];
  const zone = { hostedZoneId: "Z0000000000EXAMPLE" };
  const others = (...hosts: string[]) => ({
    domain: { ...zone, others: hosts.map((host) => ({ host, ...zone })) },
  });

  it.each([
    ["a host", { ...CI, ...others("new.example.org") }, "wbot-dev-ci-network"],
    [
      "the first host with a zone",
      { ...CI, domain: zone },
      "wbot-dev-ci-data, wbot-dev-ci-network, wbot-dev-boundary",
    ],
    ["copies of the images", { ...CI, registry: { copies: ["us-west-2"] } }, "wbot-dev-ci-boundary"],
    ["endpoints", { ...CI, network: { endpoints: ["sts"] } }, "wbot-dev-ci-network, wbot-dev-ci-boundary"],
    ["sessions on nodes", { ...CI, nodes: { ssm: true } }, "wbot-dev-boundary"],
    [
      "another repository",
      { ...CI, ci: { ...CI.ci, repository: "example/other" } },
      "wbot-dev-ci-plan, wbot-dev-ci-deploy",
    ],
  ])("needs its policies bootstrapped again before %s", async (what, settings, policies) => {
    bootstrapped(what === "a host" ? { ...CI, ...others() } : CI);
    const [found] = await look("ci", settings);
    expect(found).toEqual([
      "fail",
      expect.stringContaining(" don't exist, or aren't"),
      "npx wbot bootstrap --env dev",
    ]);
    for (const policy of policies.split(", ")) expect(found?.[1]).toContain(policy);
    bootstrapped(settings);
    expect(await look("ci", settings as Overrides)).toEqual([PASSED]);
  });

  it("needs roles whose sessions last as long as a deploy may take", async () => {
    bootstrapped(CI, { longest: 2 });
    expect((await look("ci", CI))[0]?.[1]).toContain("wbot-dev-ci-deploy don't exist, or aren't");
  });

  it("may have more in its policies than it needs: what a host that goes needs until it is gone", async () => {
    bootstrapped({ ...CI, ...others("old.example.org") });
    expect(await look("ci", { ...CI, ...others() })).toEqual([PASSED]);
  });

  it("needs a policy that doesn't exist yet", async () => {
    bootstrapped(CI);
    iam
      .on(GetPolicyCommand, { PolicyArn: "arn:aws:iam::222233334444:policy/wbot-dev-ci-read" })
      .rejects(sdkError("NoSuchEntityException"));
    expect((await look("ci", CI))[0]?.[1]).toContain("wbot-dev-ci-read don't exist, or aren't");
  });

  it.each([
    [
      "without a condition that an earlier version had",
      "wbot-dev-ci-read",
      "Nameless",
      { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
    ],
    ["with a condition that an earlier version lacked", "wbot-dev-boundary", "Challenges", undefined],
  ])("needs its policies %s", async (_, name, sid, Condition) => {
    const settings = { ...CI, domain: zone };
    bootstrapped(settings);
    const { policies } = ciRights(loadEnvironment("dev", { overrides: { ...MINE, ...settings } }));
    const { arn = "", document } = policies.find((each) => nameIn(each.arn) === name) ?? {};
    const Statement = document?.Statement.map((each) => (each.Sid === sid ? { ...each, Condition } : each));
    iam.on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: "v2" }).resolves({
      PolicyVersion: { Document: encodeURIComponent(JSON.stringify({ ...document, Statement })) },
    });
    expect((await look("ci", settings))[0]?.[1]).toContain(`${name} don't exist, or aren't`);
  });

  it("needs its roles before the cluster grants them access", async () => {
    bootstrapped(CI);
    expect(await look("ci", CI)).toEqual([PASSED]);
    iam.on(GetRoleCommand, { RoleName: "wbot-dev-ci-deploy" }).rejects(sdkError("NoSuchEntityException"));
    expect(await look("ci", CI)).toEqual([
      [
        "fail",
        "wbot-dev-ci-deploy don't exist, or aren't what these settings need: AWS would refuse something halfway through a deploy, or allow more than necessary",
        "npx wbot bootstrap --env dev",
      ],
    ]);
  });

  it("is not checked if the environment has none", async () => {
    expect(await look("ci")).toEqual([]);
    expect(iam.calls()).toEqual([]);
  });
});
