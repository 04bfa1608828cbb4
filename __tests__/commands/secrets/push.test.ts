import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { push } from "../../../commands/secrets/push";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";
import { GOOD } from "./good";
import { Session } from "../../../commands/session/session";

const secrets = mockClient(SecretsManagerClient);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev", { overrides: { account: "111122223333" } });

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-push-"));
  printed = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  secrets.reset();
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const OPTIONS = { yes: true, force: false };

function pushed(values: Record<string, string>, options = {}): Promise<number> {
  const file = join(folder, "app.env");
  writeFileSync(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
  );
  return push(new Session(dev), file, { ...OPTIONS, ...options });
}

const there = (values: object) =>
  secrets.on(GetSecretValueCommand).resolves({ VersionId: "one", SecretString: JSON.stringify(values) });
const notThere = () =>
  secrets.onAnyCommand().rejects(sdkError("ResourceNotFoundException", "no such secret"));

/** Whatever was said or thrown holds none of the values. */
function expectNoValue(text: string): void {
  for (const value of Object.values(GOOD)) expect(text).not.toContain(value);
}

it("creates the secret on first use, tagged and encrypted with the AWS-managed key", async () => {
  notThere();
  secrets.on(CreateSecretCommand).resolves({});
  expect(await pushed(GOOD)).toBe(0);
  expect(printed.join("\n")).toMatch(/\nWritten\./);
  expect(secrets.commandCalls(CreateSecretCommand)[0]?.args[0].input).toEqual({
    Name: "wbot/dev/app",
    Description: "Keys of wbot in dev. Written by: npx wbot secrets push",
    SecretString: JSON.stringify(GOOD),
    Tags: [
      { Key: "Project", Value: "wbot" },
      { Key: "Environment", Value: "dev" },
      { Key: "ManagedBy", Value: "wbot" },
    ],
  });
  expectNoValue(printed.join("\n"));
});

it("is refused with a profile that the AWS CLI alone would use", async () => {
  jest.replaceProperty(process, "env", { ...process.env, AWS_DEFAULT_PROFILE: "prod" });
  await expect(pushed(GOOD)).rejects.toThrow("Run: export AWS_PROFILE=prod; unset AWS_DEFAULT_PROFILE");
});

it("fills a secret that was created without a value", async () => {
  notThere();
  secrets.on(DescribeSecretCommand).resolves({});
  secrets.on(PutSecretValueCommand).resolves({});
  expect(await pushed(GOOD)).toBe(0);
  expect(secrets.commandCalls(PutSecretValueCommand)[0]?.args[0].input).toEqual({
    SecretId: "wbot/dev/app",
    SecretString: JSON.stringify(GOOD),
  });
  expect(secrets.commandCalls(CreateSecretCommand)).toEqual([]);
});

it("writes one new version, and shows which keys change without their values", async () => {
  there({ ...GOOD, OPENAI_API_KEY: "an-older-value", LANGSMITH_API_KEY: "value-of-langsmith" });
  expect(await pushed(GOOD)).toBe(0);
  expect(secrets.commandCalls(PutSecretValueCommand)).toHaveLength(1);
  expect(printed[0]).toBe(
    `wbot/dev/app:\n  ~ OPENAI_API_KEY changed\n  - LANGSMITH_API_KEY removed\n  ${Object.keys(GOOD).length - 1} unchanged`,
  );
  expect(printed.join("\n")).not.toContain("an-older-value");
  expectNoValue(printed.join("\n"));
});

it("keeps an unknown key that is there: a newer version of the product may need it", async () => {
  there({ ...GOOD, OPENAI_API_KEY: "an-older-value", KEY_OF_A_NEWER_VERSION: "something", "A SLIP ": "x" });
  expect(await pushed(GOOD)).toBe(0);
  expect(printed[0]).toContain("\n  Kept, unknown to this version: KEY_OF_A_NEWER_VERSION");
  expect(printed[0]).toContain("A SLIP  removed");
  const [call] = secrets.commandCalls(PutSecretValueCommand);
  expect(JSON.parse(call?.args[0].input.SecretString ?? "")).toEqual({
    ...GOOD,
    KEY_OF_A_NEWER_VERSION: "something",
  });
});

it("says which parameter of the connection string not every driver takes, and writes it", async () => {
  there(GOOD);
  expect(await pushed({ ...GOOD, DATABASE_URL: `${GOOD.DATABASE_URL}?pgbouncer=true` })).toBe(0);
  expect(printed[0]).toMatch(/\nDATABASE_URL has the parameter pgbouncer, which .* refuses/);
});

it("asks to check that pods have the new version: Reloader misses a change while it isn't running", async () => {
  there({ ...GOOD, OPENAI_API_KEY: "an-older-value" });
  await pushed(GOOD);
  const written = printed.find((line) => line.startsWith("Written."));
  expect(written).toMatch(/started after the edit: kubectl get pods -n wbot$/);
  expect(readFileSync(join(__dirname, "..", "..", "..", "docs", "quickstart.md"), "utf8")).toContain(written);
});

it("writes nothing if nothing changes", async () => {
  there(GOOD);
  expect(await pushed(GOOD)).toBe(0);
  expect(secrets.commandCalls(PutSecretValueCommand)).toHaveLength(0);
  expect(printed[0]).toBe("Nothing to write: wbot/dev/app already has these keys and values.");
});

it("says of an example that isn't filled in what docs/quickstart.md shows", async () => {
  const docs = join(__dirname, "../../../docs");
  const [, shown = "none"] =
    /# as copied, not filled in\n(.*?)\n {2}… /s.exec(readFileSync(join(docs, "quickstart.md"), "utf8")) ??
    [];
  const copied = push(new Session(dev), join(docs, "app-secret.example.env"), OPTIONS);
  const { message } = await copied.then(
    () => new Error("written"),
    (error: unknown) => error as Error,
  );
  expect(message.split("\n")).toEqual(expect.arrayContaining(shown.split("\n")));
});

it("lists everything that is wrong at once, before calling AWS", async () => {
  const values = { ...GOOD, OPENAI_API_KEY: "your OpenAI key", GOOGLE_KEY: "value-of-google" };
  await expect(pushed({ ...values, GOOGLE_API_KEY: "" })).rejects.toThrow(
    /^Nothing was written to wbot\/dev\/app:\n {2}- GOOGLE_KEY is not a key of the product; remove it, or run this from the version that has it\n {2}- OPENAI_API_KEY must be one word .+\n {2}- GOOGLE_API_KEY has no value, and wbot does not run without it; --force writes the rest anyway$/,
  );
  expect(secrets.calls()).toHaveLength(0);
});

it("names an unknown key only if it can't be a piece of a value that a line break split", async () => {
  const file = {
    PORT: "1",
    METRICS_PASSWORD: "DKRUfirst",
    DEBUG: "1",
    SXDRqTLUi: "rMwuRest",
    OPENAI_KEY: "x",
    openai_api_key: "x",
  };
  const { message } = await pushed(file).then(
    () => new Error("written"),
    (error: unknown) => error as Error,
  );
  expect(message).not.toContain("SXDRqTLUi");
  const hidden = (which: string) =>
    `  - a name (number ${which}), not shown since it may be a piece of a value, is not a key of the product; remove it, or run this from the version that has it`;
  expect(message.split("\n").slice(1, 6)).toEqual([
    ...["1 of 6", "3 of 6", "4 of 6"].map(hidden),
    expect.stringMatching(/^ {2}- OPENAI_KEY is not a key /),
    expect.stringMatching(
      /^ {2}- openai_api_key is not a key of the product \(did you mean "OPENAI_API_KEY"\?\)/,
    ),
  ]);
});

it("drops a required key only with --force", async () => {
  there(GOOD);
  const rest = Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== "GOOGLE_API_KEY"));
  await expect(pushed(rest)).rejects.toThrow("GOOGLE_API_KEY has no value");
  expect(await pushed(rest, { force: true })).toBe(0);
  expect(secrets.commandCalls(PutSecretValueCommand)[0]?.args[0].input.SecretString).toBe(
    JSON.stringify(rest),
  );
});

it("writes nothing without a terminal, except with --yes", async () => {
  there({});
  await expect(pushed(GOOD, { yes: false })).rejects.toThrow(/^Nothing was written: .+: --yes$/);
  expect(secrets.commandCalls(PutSecretValueCommand)).toHaveLength(0);
});

it("never overwrites a version written in the meantime", async () => {
  secrets
    .on(GetSecretValueCommand)
    .resolvesOnce({ VersionId: "one", SecretString: "{}" })
    .resolves({ VersionId: "two", SecretString: "{}" });
  await expect(pushed(GOOD)).rejects.toThrow(
    "Nothing was overwritten: someone else has changed wbot/dev/app in the meantime. Try again to see what changes now.",
  );
  expect(secrets.commandCalls(PutSecretValueCommand)).toHaveLength(0);
});

it("refuses another account's credentials before it reads anything", async () => {
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "444455556666", Arn: "arn:aws:iam::444455556666:user/me" });
  await expect(pushed(GOOD)).rejects.toThrow("belong to account 444455556666");
  expect(secrets.calls()).toHaveLength(0);
});

it("says how to restore a secret that is being deleted, and refuses one that is not valid JSON", async () => {
  secrets.on(GetSecretValueCommand).rejects(sdkError("InvalidRequestException", "marked for deletion"));
  await expect(pushed(GOOD)).rejects.toThrow(
    "wbot/dev/app is scheduled for deletion. To restore it: aws secretsmanager restore-secret --secret-id wbot/dev/app --region us-east-1",
  );
  for (const SecretString of ["value-of-openai", "null", '["value-of-openai"]']) {
    secrets.on(GetSecretValueCommand).resolves({ VersionId: "one", SecretString });
    await expect(pushed(GOOD)).rejects.toThrow("wbot/dev/app is not a JSON object");
  }
});

it("refuses a secret with values that it would write back as other ones, by their keys", async () => {
  there({ ...GOOD, OPENAI_API_KEY: { key: "value-of-openai" }, PORT: 8000 });
  await expect(pushed(GOOD)).rejects.toThrow(
    new Error(
      "wbot/dev/app has values that are not strings, and writing it would change them: OPENAI_API_KEY, PORT. Correct them in the console.",
    ),
  );
  expect(secrets.commandCalls(PutSecretValueCommand)).toEqual([]);
});

it.each([
  [
    "ValidationException",
    `Value '${JSON.stringify(GOOD)}' at 'secretString' failed`,
    "Nothing was written: ValidationException: Value '",
  ],
  [
    "AccessDeniedException",
    "not authorized to perform: secretsmanager:PutSecretValue",
    "Nothing was written: not authorized to perform: secretsmanager:PutSecretValue. ",
  ],
])("tells %s without a value", async (name, message, start) => {
  there({});
  secrets.on(PutSecretValueCommand).rejects(sdkError(name, message));
  const error = await pushed(GOOD).catch((thrown: unknown) => thrown as Error);
  expect((error as Error).message.startsWith(start)).toBe(true);
  expectNoValue(
    `${String(error)} ${(error as Error).stack ?? ""} ${JSON.stringify((error as Error).cause ?? "")}`,
  );
});

it.each([
  ["TimeoutError", "AWS can't be reached (TimeoutError)", {}],
  ["InternalServiceError", "InternalServiceError: no", { $fault: "server" }],
])("does not claim that nothing was written after %s", async (name, why, more) => {
  there({});
  secrets.on(PutSecretValueCommand).rejects(Object.assign(sdkError(name, "no"), more));
  await expect(pushed(GOOD)).rejects.toThrow(
    new Error(
      `It is unknown whether wbot/dev/app was written: ${why}. To see when it last changed: npx wbot secrets status --env dev`,
    ),
  );
});

it("says how to create a missing file", async () => {
  await expect(push(new Session(dev), join(folder, "none.env"), OPTIONS)).rejects.toThrow(
    "none.env can't be read (ENOENT). Copy docs/app-secret.example.env and fill it in.",
  );
});
