import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { untilListed } from "../../../commands/app-secret/listed";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

const secrets = mockClient(SecretsManagerClient);
const session = new Session(loadEnvironment("dev"));
const PAUSE = 1;
const LONGER_THAN_AWS_TAKES = 6 * 60_000;

let told: string[];
beforeEach(() => {
  told = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => told.push(line.replace(/ \[.*\]$/, "")));
  secrets.reset();
});
afterEach(() => jest.restoreAllMocks());

it("waits until AWS lists the secret itself, not another whose name begins like its own", async () => {
  secrets
    .on(ListSecretsCommand)
    .resolvesOnce({})
    .rejectsOnce(sdkError("InternalServiceError", "no"))
    .resolvesOnce({ SecretList: [{ Name: "wbot/dev/app-2" }] })
    .resolves({ SecretList: [{ Name: "wbot/dev/app-2" }, { Name: "wbot/dev/app" }] });
  await untilListed(session, PAUSE);
  expect(secrets.commandCalls(ListSecretsCommand)).toHaveLength(4);
  expect(secrets.commandCalls(ListSecretsCommand)[0]?.args[0].input).toEqual({
    Filters: [{ Key: "name", Values: ["wbot/dev/app"] }],
  });
  expect(told).toEqual(["Waiting for AWS to list wbot/dev/app …", "AWS lists wbot/dev/app"]);
});

it("finds it behind an empty page, as AWS may answer for a long list", async () => {
  secrets
    .on(ListSecretsCommand)
    .resolvesOnce({ NextToken: "more" })
    .resolves({ SecretList: [{ Name: "wbot/dev/app" }] });
  await untilListed(session, LONGER_THAN_AWS_TAKES);
  expect(told[1]).toBe("AWS lists wbot/dev/app");
});

it("says that a deploy may not find it where five minutes were not enough", async () => {
  secrets.on(ListSecretsCommand).resolves({});
  await untilListed(session, LONGER_THAN_AWS_TAKES);
  expect(told[1]).toBe(
    "wbot/dev/app is written, but AWS doesn't list it yet: a deploy within five minutes may not find it",
  );
});

it("says the same, at once, where the list may not be read", async () => {
  secrets
    .on(ListSecretsCommand)
    .rejects(sdkError("AccessDeniedException", "not authorized to perform: secretsmanager:ListSecrets"));
  await untilListed(session, PAUSE);
  expect(secrets.commandCalls(ListSecretsCommand)).toHaveLength(1);
  expect(told[1]).toBe(
    "wbot/dev/app is written, but not authorized to perform: secretsmanager:ListSecrets: a deploy within five minutes may not find it",
  );
});
