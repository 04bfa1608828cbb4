import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { status } from "../../../commands/secrets/status";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";
import { GOOD } from "./good";
import { Session } from "../../../commands/session/session";

const secrets = mockClient(SecretsManagerClient);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev", { overrides: { account: "111122223333" } });

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  secrets.reset();
  secrets
    .on(DescribeSecretCommand, { SecretId: "wbot/dev/app" })
    .resolves({ LastChangedDate: new Date("2026-01-02T03:04:05Z") });
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
});
afterEach(() => {
  for (const value of Object.values(GOOD)) expect(printed.join("\n")).not.toContain(value);
  jest.restoreAllMocks();
});

const holds = (values: object) =>
  secrets.on(GetSecretValueCommand).resolves({ VersionId: "one", SecretString: JSON.stringify(values) });
const lines = () => printed.join("\n").split("\n");
/** The cells of a key's line. */
const row = (name: string) =>
  lines()
    .find((line) => line.startsWith(`  ${name} `))
    ?.trim()
    .split(/ {2,}/);

it("shows when a complete secret was last changed, and which keys are set and who uses them", async () => {
  holds(GOOD);
  expect(await status(new Session(dev))).toBe(0);
  expect(lines()[0]).toBe("wbot/dev/app, last changed 2026-01-02T03:04:05.000Z");
  expect(row("OPENAI_API_KEY")).toEqual(["OPENAI_API_KEY", "set", "required", "wbot-ai"]);
  expect(row("LANGSMITH_API_KEY")).toEqual(["LANGSMITH_API_KEY", "not set", "optional", "wbot-ai"]);
});

it("fails if a required key is missing, empty or malformed, and says how to set it", async () => {
  holds({
    ...GOOD,
    OPENAI_API_KEY: "",
    GOOGLE_API_KEY: undefined,
    ANTHROPIC_API_KEY: "a wrong one",
    PORT: "1",
  });
  expect(await status(new Session(dev))).toBe(1);
  expect(row("OPENAI_API_KEY")?.slice(1, 3)).toEqual(["missing", "required"]);
  expect(row("GOOGLE_API_KEY")?.slice(1, 3)).toEqual(["missing", "required"]);
  expect(row("ANTHROPIC_API_KEY")?.slice(1)).toEqual([
    "wrong",
    "required",
    "wbot-ai",
    expect.stringMatching(/^must be one word /),
  ]);
  expect(printed.join("\n")).not.toContain("a wrong one");
  expect(lines().slice(-2)).toEqual([
    "  unknown to the product: PORT",
    "To set the missing keys: npx wbot secrets edit --env dev",
  ]);
});

it("fails if an optional key is malformed, since its users would not start", async () => {
  holds({ ...GOOD, LANGSMITH_API_KEY: "two words" });
  expect(await status(new Session(dev))).toBe(1);
  expect(row("LANGSMITH_API_KEY")?.slice(1, 3)).toEqual(["wrong", "optional"]);
});

it("says how to create the secrets before the first push and deploy", async () => {
  secrets.on(DescribeSecretCommand).rejects(sdkError("ResourceNotFoundException"));
  secrets.on(GetSecretValueCommand).rejects(sdkError("ResourceNotFoundException"));
  expect(await status(new Session(dev))).toBe(1);
  expect(lines()[0]).toBe("wbot/dev/app does not exist yet");
  expect(lines().at(-1)).toContain(": npx wbot secrets push app-secret.env --env dev");
});

it("reads nothing from another account", async () => {
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "444455556666", Arn: "arn:aws:iam::444455556666:user/me" });
  await expect(status(new Session(dev))).rejects.toThrow(/ 444455556666, .* Nothing was read\./);
  expect(secrets.calls()).toHaveLength(0);
});
