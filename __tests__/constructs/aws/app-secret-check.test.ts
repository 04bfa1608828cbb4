import { custom, synth, type WrittenStack } from "../../synth";

const REQUIRED = [
  "SUPABASE_ANON_KEY",
  "SUPABASE_SERVICE_KEY",
  "DATABASE_URL",
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "GOOGLE_API_KEY",
];
const VALUES = "ephemeral.aws_secretsmanager_secret_version.app";

interface Check {
  readonly condition: string;
  readonly error_message: string;
}

/** What must hold before the secret store, and so everything with a secret, is made. */
const checks = (stack: WrittenStack) =>
  custom(stack, "SecretStore", "secrets-manager").body["lifecycle"].precondition as Check[];

const keysOf = (stack: WrittenStack) =>
  checks(stack)
    .slice(1)
    .map(({ condition }) => /\["([A-Z_]+)"\]/.exec(condition)?.[1]);

describe.each(["dev", "staging", "prod"])("the app secret of %s", (name) => {
  const { app } = synth(name);
  const found = app.one("data.aws_secretsmanager_secrets");

  it("must be there under its exact name, or the plan ends with the command that makes it", () => {
    expect(found.body["filter"]).toEqual([{ name: "name", values: [`wbot/${name}/app`] }]);
    expect(checks(app)[0]).toEqual({
      condition: `\${contains(${found.address}.names, "wbot/${name}/app")}`,
      error_message:
        `The secret wbot/${name}/app of environment ${name} is not there. ` +
        "To make it, fill in a copy of docs/app-secret.example.env and run:\n\n" +
        `  npx wbot secrets push app-secret.env --env ${name}\n`,
    });
  });

  it("must have a value for every required key", () => {
    expect(keysOf(app)).toEqual(REQUIRED);
  });

  it("is told of a key without a value, with the command that adds it", () => {
    const check = checks(app).find(({ condition }) => condition.includes("ANTHROPIC_API_KEY"));
    expect(check).toEqual({
      condition: `\${length(${VALUES}) == 0 || try(length(jsondecode(${VALUES}[0].secret_string)["ANTHROPIC_API_KEY"]) > 0, false)}`,
      error_message:
        `The secret wbot/${name}/app of environment ${name} has no value for ANTHROPIC_API_KEY (Anthropic's API key). ` +
        "To add it, fill in a copy of docs/app-secret.example.env and run:\n\n" +
        `  npx wbot secrets push app-secret.env --env ${name}\n`,
    });
  });

  it("is read only if it is there, and if whoever plans may read it", () => {
    expect(app.json["ephemeral"]).toEqual({
      aws_secretsmanager_secret_version: {
        app: {
          count: `\${var.check_app_secret && contains(${found.address}.names, "wbot/${name}/app") ? 1 : 0}`,
          secret_id: `wbot/${name}/app`,
        },
      },
    });
    expect(app.json["variable"].check_app_secret).toMatchObject({ type: "bool", default: true });
  });

  it("never gets into state or plan", () => {
    const readers = app.all.map(({ type }) => type).filter((type) => type.includes("secretsmanager"));
    expect(readers).toEqual(["data.aws_secretsmanager_secrets"]);
    const beyondChecks = JSON.stringify(app.json, (key, value: unknown) =>
      key === "precondition" ? undefined : value,
    );
    expect(beyondChecks).not.toContain("ephemeral.");
    expect(beyondChecks).not.toContain("secret_string");
  });
});

it("must have LangSmith's key only where traces are sent there", () => {
  const { app } = synth("prod", { langsmith: { enabled: true } });
  expect(keysOf(app)).toEqual([...REQUIRED, "LANGSMITH_API_KEY"]);
});
