import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { clientConfig } from "../../../commands/cli/aws";
import { push } from "../../../commands/secrets/push";
import { currentVersion } from "../../../commands/app-secret/store";
import { loadEnvironment } from "../../../environments";
import { withEmulator } from "../../emulator";
import { GOOD } from "./good";
import { Session } from "../../../commands/session/session";

withEmulator("secrets push, against an emulator", () => {
  const environment = { ...loadEnvironment("dev"), name: `test-${process.pid}` };
  const SecretId = `wbot/${environment.name}/app`;
  let client: SecretsManagerClient;
  let folder: string;

  beforeAll(() => {
    client = new SecretsManagerClient(clientConfig(environment.region));
    folder = mkdtempSync(join(tmpdir(), "wbot-emulator-"));
  });
  beforeEach(() => {
    jest.spyOn(console, "log").mockReturnValue(undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  });

  it("creates the secret, then a new version of it", async () => {
    const file = join(folder, "app.json");
    for (const values of [GOOD, { ...GOOD, OPENAI_API_KEY: "another-value" }]) {
      writeFileSync(file, JSON.stringify(values));
      expect(await push(new Session(environment), file, { yes: true })).toBe(0);
      expect((await currentVersion(new Session(environment)))?.values).toEqual(values);
    }
    const { Tags, VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(Tags).toContainEqual({ Key: "Environment", Value: environment.name });
    expect(Object.keys(VersionIdsToStages)).toHaveLength(2);
  });
});
