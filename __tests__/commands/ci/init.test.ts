import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyVersionCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type Role,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { byHand } from "../../../commands/ci/by-hand";
import { initCi, policiesOf, rolesOf } from "../../../commands/ci/init";
import { loadEnvironment, type Overrides } from "../../../environments";
import { sdkError } from "../sdk-error";
import { CI, scope } from "./scope";

const iam = mockClient(IAMClient);
const sts = mockClient(STSClient);
const prod = (overrides: Overrides = {}) => loadEnvironment("prod", { overrides: { ...CI, ...overrides } });

const PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const policy = (name: string) => `arn:aws:iam::111122223333:policy/wbot-prod-${name}`;

let told: string[];
beforeEach(() => {
  told = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => told.push(line));
  iam.reset();
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** An account where nothing was made yet. */
function bare(): void {
  iam.onAnyCommand().resolves({});
  for (const command of [GetOpenIDConnectProviderCommand, GetPolicyCommand, GetRoleCommand])
    iam.on(command as typeof GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
}

/** An account where everything is as it should be, and nothing may be changed. */
function whole(): void {
  iam.onAnyCommand().rejects(sdkError("NothingMayBeChanged"));
  iam.on(GetOpenIDConnectProviderCommand).resolves({ ClientIDList: ["sts.amazonaws.com", "another"] });
  for (const { arn, document } of policiesOf(scope())) {
    iam.on(GetPolicyCommand, { PolicyArn: arn }).resolves({ Policy: { DefaultVersionId: "v3" } });
    holds(arn, document);
  }
  for (const wanted of rolesOf(scope())) {
    const RoleName = wanted.arn.split("/").at(-1) ?? "";
    iam.on(GetRoleCommand, { RoleName }).resolves({
      Role: {
        AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(wanted.trust)),
        PermissionsBoundary: { PermissionsBoundaryArn: wanted.boundary },
        MaxSessionDuration: wanted.hours * 3600,
      } as Role,
    });
    iam
      .on(ListAttachedRolePoliciesCommand, { RoleName })
      .resolves({ AttachedPolicies: wanted.policies.map((PolicyArn) => ({ PolicyArn })) });
    iam.on(ListRolePoliciesCommand, { RoleName }).resolves({ PolicyNames: [] });
  }
}

const holds = (PolicyArn: string, document: object) =>
  iam
    .on(GetPolicyVersionCommand, { PolicyArn, VersionId: "v3" })
    .resolves({ PolicyVersion: { Document: encodeURIComponent(JSON.stringify(document)) } });

const changing = () =>
  iam
    .calls()
    .map(({ args: [command] }) => command.constructor.name)
    .filter((name) => !/^(Get|List)/.test(name));

it("makes the provider, policies and bounded roles, each after what it refers to", async () => {
  bare();
  expect(await initCi(prod(), { yes: true })).toBe(0);
  expect(changing()).toEqual([
    "CreateOpenIDConnectProviderCommand",
    ...Array.from({ length: 8 }, () => "CreatePolicyCommand"),
    "CreateRoleCommand",
    "AttachRolePolicyCommand",
    "AttachRolePolicyCommand",
    "CreateRoleCommand",
    ...Array.from({ length: 6 }, () => "AttachRolePolicyCommand"),
  ]);
  expect(iam.commandCalls(CreateOpenIDConnectProviderCommand)[0]?.args[0].input).toEqual({
    Url: "https://token.actions.githubusercontent.com",
    ClientIDList: ["sts.amazonaws.com"],
    Tags: [{ Key: "ManagedBy", Value: "wbot" }],
  });
  const roles = iam.commandCalls(CreateRoleCommand).map(({ args: [{ input }] }) => input);
  expect(
    roles.map(({ RoleName, PermissionsBoundary, MaxSessionDuration }) => [
      RoleName,
      PermissionsBoundary,
      MaxSessionDuration,
    ]),
  ).toEqual([
    ["wbot-prod-ci-plan", policy("ci-boundary"), 3600],
    ["wbot-prod-ci-deploy", policy("ci-boundary"), 7200],
  ]);
  expect(JSON.parse(roles[1]?.AssumeRolePolicyDocument ?? "{}")).toEqual(rolesOf(scope())[1]?.trust);
  const attached = iam
    .commandCalls(AttachRolePolicyCommand)
    .map(({ args: [{ input }] }) => [input.RoleName, input.PolicyArn]);
  expect(attached.slice(0, 2)).toEqual([
    ["wbot-prod-ci-plan", policy("ci-read")],
    ["wbot-prod-ci-plan", policy("ci-data")],
  ]);
});

it("changes nothing where everything is as it should be, and asks nothing then", async () => {
  whole();
  expect(await initCi(prod(), { yes: false })).toBe(0);
  expect(changing()).toEqual([]);
  expect(told.join("\n")).toContain("Everything is as it should be: nothing was changed.");
  expect(told[0]).not.toContain("to do ");
});

it("adds its audience to a provider that others use, and takes none away", async () => {
  whole();
  iam.on(GetOpenIDConnectProviderCommand).resolves({ ClientIDList: ["another"] });
  iam.on(AddClientIDToOpenIDConnectProviderCommand).resolves({});
  await initCi(prod(), { yes: true });
  expect(changing()).toEqual(["AddClientIDToOpenIDConnectProviderCommand"]);
  expect(iam.commandCalls(AddClientIDToOpenIDConnectProviderCommand)[0]?.args[0].input).toEqual({
    OpenIDConnectProviderArn: PROVIDER,
    ClientID: "sts.amazonaws.com",
  });
});

describe("a policy that somebody changed", () => {
  const ARN = policy("ci-data");
  const wanted = policiesOf(scope()).find(({ arn }) => arn === ARN)?.document;
  const versions = (...ids: string[]) =>
    iam.on(ListPolicyVersionsCommand).resolves({
      Versions: ids.map((VersionId) => ({ VersionId, IsDefaultVersion: VersionId === "v3" })),
    });
  beforeEach(() => {
    whole();
    holds(ARN, { Version: "2012-10-17", Statement: [] });
    iam.on(CreatePolicyVersionCommand).resolves({});
    iam.on(DeletePolicyVersionCommand).resolves({});
  });

  it("is mended by a new default version", async () => {
    versions("v3", "v2");
    await initCi(prod(), { yes: true });
    expect(told[0]).toContain("to do    wbot-prod-ci-data: write the policy anew");
    expect(changing()).toEqual(["CreatePolicyVersionCommand"]);
    const { input } = iam.commandCalls(CreatePolicyVersionCommand)[0]?.args[0] ?? {};
    expect(input).toMatchObject({ PolicyArn: ARN, SetAsDefault: true });
    expect(JSON.parse(input?.PolicyDocument ?? "{}")).toEqual(wanted);
  });

  it("loses its oldest version where IAM keeps no more, and never the one in use", async () => {
    versions("v12", "v11", "v10", "v9", "v3");
    await initCi(prod(), { yes: true });
    expect(changing()).toEqual(["DeletePolicyVersionCommand", "CreatePolicyVersionCommand"]);
    expect(iam.commandCalls(DeletePolicyVersionCommand)[0]?.args[0].input).toEqual({
      PolicyArn: ARN,
      VersionId: "v9",
    });
  });
});

describe("a role that somebody changed", () => {
  const RoleName = "wbot-prod-ci-deploy";

  it("trusts, is bounded and lasts as before, and has its policies back", async () => {
    whole();
    const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*" }] };
    iam.on(GetRoleCommand, { RoleName }).resolves({
      Role: {
        AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)),
        MaxSessionDuration: 43_200,
      } as Role,
    });
    iam.on(ListAttachedRolePoliciesCommand, { RoleName }).resolves({
      AttachedPolicies: (rolesOf(scope())[1]?.policies ?? []).slice(1).map((PolicyArn) => ({ PolicyArn })),
    });
    for (const command of [
      UpdateAssumeRolePolicyCommand,
      PutRolePermissionsBoundaryCommand,
      UpdateRoleCommand,
      AttachRolePolicyCommand,
    ])
      iam.on(command as typeof UpdateRoleCommand).resolves({});
    await initCi(prod(), { yes: true });
    const input = (command: unknown) =>
      iam.commandCalls(command as typeof UpdateRoleCommand)[0]?.args[0].input as object;
    expect(input(UpdateAssumeRolePolicyCommand)).toEqual({
      RoleName,
      PolicyDocument: JSON.stringify(rolesOf(scope())[1]?.trust),
    });
    expect(input(PutRolePermissionsBoundaryCommand)).toEqual({
      RoleName,
      PermissionsBoundary: policy("ci-boundary"),
    });
    expect(input(UpdateRoleCommand)).toEqual({ RoleName, MaxSessionDuration: 7200 });
    expect(input(AttachRolePolicyCommand)).toEqual({ RoleName, PolicyArn: policy("ci-read") });
    expect(changing()).toHaveLength(4);
  });

  it("keeps what others have attached, and says so", async () => {
    whole();
    iam.on(ListAttachedRolePoliciesCommand, { RoleName }).resolves({
      AttachedPolicies: [
        ...(rolesOf(scope())[1]?.policies ?? []),
        "arn:aws:iam::aws:policy/AdministratorAccess",
      ].map((PolicyArn) => ({ PolicyArn })),
    });
    iam.on(ListRolePoliciesCommand, { RoleName }).resolves({ PolicyNames: ["theirs"] });
    await initCi(prod(), { yes: true });
    expect(changing()).toEqual([]);
    expect(told[0]).toContain(
      "besides  wbot-prod-ci-deploy has AdministratorAccess as well, which is not ours and stays",
    );
    expect(told[0]).toContain("besides  wbot-prod-ci-deploy has theirs as well");
  });
});

it("shows what it would make, and makes nothing without being told to", async () => {
  bare();
  await expect(initCi(prod(), { yes: false })).rejects.toThrow(
    "There is no terminal to ask on, and nothing was made. To make it without being asked: --yes",
  );
  expect(changing()).toEqual([]);
  expect(told[0]).toContain("to do    wbot-prod-ci-plan: make the role");
});

it("makes nothing in another account than the environment's, or without the setting", async () => {
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "444455556666", Arn: "arn:aws:iam::444455556666:root" });
  await expect(initCi(prod(), { yes: true })).rejects.toThrow("Nothing was made.");
  await expect(initCi(loadEnvironment("dev"), { yes: true })).rejects.toThrow(
    'The environment "dev" has no setting ci. Put it into environments/dev.ts: ci: { repository: "<owner>/<name>", runner: "<label>" },',
  );
  expect(iam.calls()).toEqual([]);
});

it.each(["AccessDenied", "Throttling"])("lets %s end it, to be run again", async (name) => {
  bare();
  iam.on(CreatePolicyCommand).rejects(sdkError(name));
  await expect(initCi(prod(), { yes: true })).rejects.toThrow(name);
  expect(changing()).not.toContain("CreateRoleCommand");
});

it("says what is left to do by hand, by names that GitHub's API knows", async () => {
  whole();
  const ci = { repository: "example@12/wbot@34", runner: "wbot-prod" };
  iam.on(UpdateAssumeRolePolicyCommand).resolves({});
  await initCi(prod({ ci }), { yes: true });
  const left = told.at(-1) ?? "";
  expect(left).toContain(
    `echo '{"reviewers":[{"type":"Team","id":<id>}],"prevent_self_review":true,"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}' | gh api --method PUT repos/example/wbot/environments/prod --input -`,
  );
  expect(left).toContain(
    "gh api --method POST repos/example/wbot/environments/prod/deployment-branch-policies -f name=main",
  );
  expect(left).toContain("Register a runner with the label wbot-prod");
  expect(left).toContain("npx wbot deploy infra --env prod");
});

it("asks for no reviewers of dev, which is deployed as soon as something is merged", () => {
  const left = byHand(loadEnvironment("dev", { overrides: CI }), scope().ci);
  expect(left).toContain(
    "1. Let the GitHub environment dev be deployed from main only; nobody is asked for it:",
  );
  expect(left).toContain(
    `echo '{"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}' | gh api --method PUT repos/example/wbot-on-aws/environments/dev --input -`,
  );
  expect(left).toContain("environments/dev/deployment-branch-policies -f name=main");
  expect(left).not.toContain("teams");
});
