import { loadEnvironment } from "../../environments";
import { APP_SECRET_KEYS, keysToCheck, missingKey, missingSecret } from "../../environments/app-secret-keys";
import { synth, type WrittenStack } from "../synth";

/** Shown with an AccessDenied: it must say how to do without. */
const READ = "app_unless_TF_VAR_check_app_secret_is_false";
const VALUES = `ephemeral.aws_secretsmanager_secret_version.${READ}`;

interface Check {
  readonly condition: string;
  readonly error_message: string;
}

const STACKS = ["infra", "app"] as const;

const checks = (stack: WrittenStack) =>
  stack.one("data.aws_partition").body["lifecycle"].precondition as Check[];

const keysOf = (stack: WrittenStack) =>
  checks(stack)
    .slice(1)
    .map(({ condition }) => /\["(\w+)"\]/.exec(condition)?.[1]);

describe.each(STACKS)("before %s is planned, the app secret", (id) => {
  const stack = synth("staging")[id];
  const found = stack.one("data.aws_secretsmanager_secrets");

  it("must exist under its exact name, or the plan fails with the command that creates it", () => {
    expect(found.body["filter"]).toEqual([{ name: "name", values: ["wbot/staging/app"] }]);
    expect(checks(stack)[0]).toEqual({
      condition: `\${contains(${found.address}.names, "wbot/staging/app")}`,
      error_message: missingSecret(loadEnvironment("staging")),
    });
  });

  it("must have a value for every required key", () => {
    expect(keysOf(stack)).toEqual(keysToCheck(loadEnvironment("staging")).map(({ name }) => name));
  });

  it("reports a key without a value, with the command that adds it", () => {
    const key = APP_SECRET_KEYS.find(({ name }) => name === "ANTHROPIC_API_KEY");
    const check = checks(stack).find(({ condition }) => condition.includes("ANTHROPIC_API_KEY"));
    expect(check).toEqual({
      condition: `\${length(${VALUES}) == 0 || try(trimspace(jsondecode(${VALUES}[0].secret_string)["ANTHROPIC_API_KEY"]) != "", false)}`,
      error_message: key && missingKey(loadEnvironment("staging"), key),
    });
  });

  it("is read only if it exists, and if the caller may read it", () => {
    expect(stack.json["ephemeral"]).toEqual({
      aws_secretsmanager_secret_version: {
        [READ]: {
          provider: "aws.caller",
          count: `\${var.check_app_secret && contains(${found.address}.names, "wbot/staging/app") ? 1 : 0}`,
          secret_id: "wbot/staging/app",
        },
      },
    });
    expect(stack.json["variable"].check_app_secret).toMatchObject({ type: "bool", default: true });
  });

  it("never gets into state or plan", () => {
    const beyondChecks = JSON.stringify(stack.json, (key, value: unknown) =>
      key === "precondition" ? undefined : value,
    );
    expect(beyondChecks).not.toContain("ephemeral.");
    expect(beyondChecks.match(/secret_id":"wbot\/staging\/app"/g)).toHaveLength(1);
  });

  it("is read before the stack's own provider starts, in the right account", () => {
    const [, stacks] = stack.json["provider"].aws;
    const complete = stack.one("data.aws_partition");
    expect(stacks.allowed_account_ids[0]).toContain(`${complete.address}.partition`);
    for (const look of [found, complete]) expect(look.body["provider"]).toBe("aws.caller");
    expect(stack.isAfter(found, stack.one("data.aws_caller_identity"))).toBe(true);
  });

  it("is not checked for a destroy, which a denied read would stop", () => {
    const destroyed = synth("staging", undefined, undefined, { checks: false })[id];
    expect(destroyed.json).not.toHaveProperty("ephemeral");
    for (const look of [found, stack.one("data.aws_partition")]) expect(destroyed.of(look.type)).toEqual([]);
    expect(destroyed.json["provider"].aws[1].allowed_account_ids[0]).toContain("aws_caller_identity");
  });
});

it("must have LangSmith's key only if traces are sent there", () => {
  expect(keysOf(synth("prod").app)).not.toContain("LANGSMITH_API_KEY");
  expect(keysOf(synth("prod", { langsmith: { enabled: true } }).app)).toContain("LANGSMITH_API_KEY");
});
