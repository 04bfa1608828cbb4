import { GetRoleCommand, IAMClient, type Role } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { sdkError } from "../../sdk-error";
import { look, sts } from "../look";

const iam = mockClient(IAMClient);
beforeEach(() => {
  iam.reset();
});

describe("access", () => {
  it("includes CI's deploy role without naming it, but not its plan role", async () => {
    const overrides = {
      account: "222233334444",
      access: { admins: ["arn:aws:iam::222233334444:role/wbot-admin"] },
      state: { kind: "s3", bucket: "wbot-state" },
      ci: { repository: "example/wbot", runner: "wbot" },
    };
    const as = async (role: string) => {
      const Arn = `arn:aws:iam::222233334444:role/wbot-dev-ci-${role}`;
      sts.on(GetCallerIdentityCommand).resolves({
        Account: "222233334444",
        Arn: `arn:aws:sts::222233334444:assumed-role/wbot-dev-ci-${role}/GitHubActions`,
      });
      iam.on(GetRoleCommand).resolves({ Role: { Arn } as Role });
      iam
        .on(GetRoleCommand, { RoleName: "wbot-admin" })
        .resolves({ Role: { Arn: "arn:aws:iam::222233334444:role/wbot-admin" } as Role });
      return (await look("access", overrides)).map(([status]) => status);
    };
    expect(await as("deploy")).not.toContain("fail");
    expect(await as("plan")).toContain("fail");
  });

  const outside = { fetch: () => Promise.resolve(new Response("8.8.8.8\n")) };

  it("is that of a listed role, with the path that its session does not show", async () => {
    sts
      .on(GetCallerIdentityCommand)
      .resolves({ Account: "222233334444", Arn: "arn:aws:sts::222233334444:assumed-role/sso-admin/me" });
    const real = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/sso-admin";
    iam.on(GetRoleCommand).resolves({ Role: { Arn: real } } as object);
    const listed = { access: { admins: [real], publicCidrs: ["8.8.8.0/24"] } };
    expect((await look("access", listed, { outside })).map(([status]) => status)).toEqual(["pass", "pass"]);
    expect(await look("access", {}, { outside })).toContainEqual([
      "fail",
      `${real} is not among access.admins: the cluster would deny access, and no chart could be installed`,
      // A list that is written replaces the one before: without it, this would shut the others out.
      `"access": { "admins": ["arn:aws:iam::222233334444:user/me", "${real}"] } in environments/dev.local.json`,
    ]);
    iam.on(GetRoleCommand).rejects(sdkError("AccessDenied"));
    expect((await look("access", listed, { outside })).map(([status]) => status)).toEqual(["pass", "pass"]);
  });

  it("warns if this machine's address may not reach the API", async () => {
    const elsewhere = { fetch: () => Promise.resolve(new Response("9.9.9.9")) };
    expect((await look("access", {}, { outside: elsewhere }))[1]?.slice(0, 2)).toEqual([
      "warn",
      expect.stringContaining("9.9.9.9 is not in access.publicCidrs"),
    ]);
    const unknown = { fetch: () => Promise.reject(new Error("offline")) };
    expect((await look("access", {}, { outside: unknown })).map(([status]) => status)).toEqual([
      "pass",
      "skip",
    ]);
  });

  it("names a role that EKS would refuse, and how its path is written", async () => {
    const named = "arn:aws:iam::222233334444:role/wbot-team";
    const other = "arn:aws:iam::999900001111:role/others";
    const access = { viewers: [other, named], admins: ["arn:aws:iam::222233334444:user/me"] };
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    expect(await look("access", { access }, { outside })).toContainEqual([
      "fail",
      `access.viewers: ${named} does not exist, so EKS would reject it`,
      `"access": { "viewers": ["<the ARN of a role>", "${other}"] } in environments/dev.local.json`,
    ]);
    const real = "arn:aws:iam::222233334444:role/people/wbot-team";
    iam.on(GetRoleCommand).resolves({ Role: { Arn: real } as Role });
    const found = (await look("access", { access }, { outside })).map(([, , fix]) => fix);
    expect(found).toContain(
      `"access": { "viewers": ["${real}", "${other}"] } in environments/dev.local.json`,
    );
  });
});

describe("without infra", () => {
  it("only warns of roles that infra would let in", async () => {
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    const named = "arn:aws:iam::222233334444:role/wbot-team";
    const access = { viewers: [named], admins: ["arn:aws:iam::222233334444:user/me"] };
    const outside = { fetch: () => Promise.resolve(new Response("8.8.8.8")) };
    expect(await look("access", { access }, { outside, stacks: ["app"] })).toContainEqual([
      "warn",
      expect.stringContaining(`${named} does not exist`),
      expect.any(String),
    ]);
  });
});
