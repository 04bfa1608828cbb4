import { DescribeSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { sdkError } from "../../sdk-error";
import { GOOD } from "../../secrets/good";
import { look } from "../look";
import { holds, secrets } from "./app-secret";

describe("the app secret", () => {
  const push = "npx wbot secrets push app-secret.env --env dev";

  it("must exist, complete and well-formed, and is never quoted", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("ResourceNotFoundException"));
    expect(await look("secrets")).toEqual([["fail", "the secret wbot/dev/app does not exist", push]]);
    holds({ ...GOOD, OPENAI_API_KEY: "", GOOGLE_API_KEY: undefined });
    expect(await look("secrets")).toEqual([
      ["fail", "wbot/dev/app has no value for OPENAI_API_KEY, GOOGLE_API_KEY", push],
    ]);
    holds({ ...GOOD, DATABASE_URL: "value-of-database" });
    const [found] = await look("secrets");
    expect(found?.[0]).toBe("fail");
    expect(found?.join(" ")).not.toContain("value-of-database");
    holds(GOOD);
    expect(await look("secrets")).toEqual([
      ["pass", `wbot/dev/app has all ${Object.keys(GOOD).length} keys`],
    ]);
    holds({ ...GOOD, DATABASE_URL: `${GOOD.DATABASE_URL}?pgbouncer=true` });
    expect((await look("secrets")).map(([status]) => status)).toEqual(["pass", "warn"]);
  });

  it("that is scheduled for deletion fails, with the command that restores it", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("InvalidRequestException", "marked for deletion"));
    const restore = expect.stringContaining(
      "aws secretsmanager restore-secret --secret-id wbot/dev/app",
    ) as string;
    expect(await look("secrets")).toEqual([["fail", restore]]);
    expect(await look("database")).toEqual([["fail", restore]]);
    // For a role that may not read it.
    secrets.on(GetSecretValueCommand).rejects(sdkError("AccessDeniedException"));
    secrets.on(DescribeSecretCommand).resolves({ DeletedDate: new Date() });
    expect((await look("secrets")).map(([status]) => status)).toEqual(["fail"]);
  });

  it("that is no object of keys fails, rather than looking empty", async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: "value-of-everything" });
    const [found] = await look("secrets");
    expect(found).toEqual(["fail", expect.stringContaining("JSON")]);
    expect(found?.join(" ")).not.toContain("value-of-everything");
  });

  it("is only checked for existence if the caller may not read it, which is not a failure", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("AccessDeniedException"));
    secrets.on(DescribeSecretCommand).resolves({});
    expect(await look("secrets")).toEqual([
      [
        "warn",
        "wbot/dev/app exists, but its keys were not checked, because you have no permission to read it. Terraform then plans with TF_VAR_check_app_secret=false",
        "With read access, run: npx wbot secrets status --env dev",
      ],
    ]);
    expect(await look("database")).toEqual([
      ["skip", "DATABASE_URL was not checked: you may not read the app secret"],
    ]);
    secrets.on(DescribeSecretCommand).rejects(sdkError("ResourceNotFoundException"));
    expect(await look("secrets")).toEqual([["fail", "the secret wbot/dev/app does not exist", push]]);
  });
});
