import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { copy, copyToTwin, remindToUpdateTwins } from "../../../commands/secrets/copy";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";
import { GOOD } from "./good";

const secrets = mockClient(SecretsManagerClient);
const sts = mockClient(STSClient);
const account = "111122223333";
const prod = loadEnvironment("prod", { overrides: { account } });
const west = loadEnvironment("prod-west", { overrides: { account } });
const missing = sdkError("ResourceNotFoundException", "no such secret");

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  secrets.reset();
  sts.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: account, Arn: `arn:aws:iam::${account}:role/me` });
  for (const look of [DescribeSecretCommand, GetSecretValueCommand]) secrets.on(look).rejects(missing);
});
afterEach(() => {
  jest.restoreAllMocks();
  // Whatever was said holds none of the values.
  for (const value of Object.values(GOOD)) expect(printed.join("\n")).not.toContain(value);
});

const holds = (secret: string, values: object) =>
  secrets
    .on(GetSecretValueCommand, { SecretId: secret })
    .resolves({ VersionId: "one", SecretString: JSON.stringify(values) });
const copied = () => copy(new Session(prod), new Session(west), true);

it("creates the twin's secret in its region, under its own name, with the same keys and values", async () => {
  holds("wbot/prod/app", GOOD);
  expect(await copied()).toBe(0);
  const [call] = secrets.commandCalls(CreateSecretCommand);
  expect(call?.args[0].input).toMatchObject({
    Name: "wbot/prod-west/app",
    SecretString: JSON.stringify(GOOD),
  });
  expect(await (call?.thisValue as SecretsManagerClient).config.region()).toBe("us-west-2");
  const [read] = secrets.commandCalls(GetSecretValueCommand, { SecretId: "wbot/prod/app" });
  expect(await (read?.thisValue as SecretsManagerClient).config.region()).toBe("us-east-1");
});

it("renews an earlier copy, and says which keys change", async () => {
  holds("wbot/prod/app", GOOD);
  holds("wbot/prod-west/app", { ...GOOD, OPENAI_API_KEY: "an-earlier-value" });
  expect(await copied()).toBe(0);
  expect(printed[0]).toBe(
    `wbot/prod-west/app:\n  ~ OPENAI_API_KEY changed\n  ${Object.keys(GOOD).length - 1} unchanged`,
  );
  expect(secrets.commandCalls(PutSecretValueCommand)).toHaveLength(1);
});

it("says so where there is nothing to copy", async () => {
  await expect(copied()).rejects.toThrow(
    "There is nothing to copy: wbot/prod/app does not exist in us-east-1. To create it: npx wbot secrets push app-secret.env --env prod",
  );
});

it("says so of an environment that is nobody's twin", async () => {
  await expect(copyToTwin(new Session(prod), true)).rejects.toThrow(
    "prod is not a twin, so there is no secret to copy to it. Twins are prod-west, rehearsal-west (environments/list.ts).",
  );
});

it("refuses credentials of another account before it reads anything", async () => {
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "999999999999", Arn: "arn:aws:iam::999999999999:root" });
  await expect(copied()).rejects.toThrow(/environment "prod" belongs to account .* Nothing was read\./);
  expect(secrets.commandCalls(GetSecretValueCommand)).toEqual([]);
});

it("says after a change how to renew the copy of a twin, and nothing of an environment without one", () => {
  remindToUpdateTwins(loadEnvironment("dev"));
  remindToUpdateTwins(prod);
  expect(printed).toEqual(["If prod-west has a copy, renew it: npx wbot secrets copy --env prod-west"]);
});
