import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { told as toldOf } from "../../../commands/cli/aws";
import { CommandError } from "../../../commands/cli/exit-codes";
import { deploy } from "../../../commands/deploy/deploy";
import { rotateRedis } from "../../../commands/secrets/rotate-redis";
import { loadEnvironment, type Environment } from "../../../environments";
import { sdkError } from "../sdk-error";
import { Session } from "../../../commands/session/session";

// A deploy has tests of its own.
jest.mock("../../../commands/deploy/deploy", () => ({ deploy: jest.fn() }));
// Elsewhere than in this project's own environments.
jest.mock("../../../commands/secrets/rotation-setting", () => {
  const { raiseRotation, rotationFile } = jest.requireActual("../../../commands/secrets/rotation-setting");
  return {
    raiseRotation: (name: string, step: number) => raiseRotation(name, step, mockFolder),
    rotationFile: (name: string) => rotationFile(name, mockFolder),
  };
});
// A terminal with somebody at it, who answers what a test says.
jest.mock("../../../commands/cli/terminal", () => ({
  ...jest.requireActual("../../../commands/cli/terminal"),
  interactive: () => mockAnswer !== undefined,
  confirm: () => Promise.resolve(mockAnswer),
}));

const secrets = mockClient(SecretsManagerClient);
const sts = mockClient(STSClient);

let mockFolder: string;
let mockAnswer: boolean | undefined;
let told: string[];
/** What each deploy was given, and what the file said meanwhile. */
let deploys: { step: number; written: number | undefined }[];
beforeEach(() => {
  mockAnswer = undefined;
  mockFolder = mkdtempSync(join(tmpdir(), "wbot-rotate-"));
  writeFileSync(join(mockFolder, "dev.ts"), 'export const dev = { redis: { kind: "elasticache" } };\n');
  told = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => told.push(line));
  deploys = [];
  jest
    .mocked(deploy)
    .mockReset()
    .mockImplementation(({ environment: { redis } }) => {
      deploys.push({ step: redis.passwordRotation, written: written() });
      return Promise.resolve(0);
    });
  secrets.reset();
  secrets.on(DescribeSecretCommand).resolves({});
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(mockFolder, { recursive: true });
});

const dev = (redis: object = {}): Environment =>
  loadEnvironment("dev", { overrides: { account: "111122223333", redis } });
/** The setting as the environment's file has it. */
function written(): number | undefined {
  const [, step] = /passwordRotation: (\d+)/.exec(readFileSync(join(mockFolder, "dev.ts"), "utf8")) ?? [];
  return step === undefined ? undefined : Number(step);
}
const rotated = (environment = dev()) => rotateRedis(new Session(environment), { yes: true });

it("raises the setting and deploys infra twice: a new password, then the pods' use of it", async () => {
  expect(await rotated()).toBe(0);
  expect(deploys).toEqual([
    { step: 1, written: 1 },
    { step: 2, written: 2 },
  ]);
  for (const [, options] of jest.mocked(deploy).mock.calls)
    expect(options).toEqual({ stacks: ["infra"], yes: true, json: false, preflight: false, verify: false });
  expect(told).toEqual([
    "This raises redis.passwordRotation to 2 in environments/dev.ts and deploys infra twice.",
    "Rotated. The pods get the new password within 10 minutes, by External Secrets and Reloader; the old one stays valid. Commit environments/dev.ts.",
  ]);
});

it("goes on with the second half of a rotation that was begun", async () => {
  expect(await rotated(dev({ passwordRotation: 3 }))).toBe(0);
  expect(deploys.map(({ step }) => step)).toEqual([4]);
  expect(told[0]).toBe(
    "A rotation was begun: its second half is left. This raises redis.passwordRotation to 4 in environments/dev.ts and deploys infra once.",
  );
});

it("deploys once where Redis runs in the cluster, which is restarted with its password anyway", async () => {
  expect(await rotated(dev({ kind: "in-cluster", passwordRotation: 1 }))).toBe(0);
  expect(deploys.map(({ step }) => step)).toEqual([2]);
  expect(told[0]).toBe(
    "This raises redis.passwordRotation to 2 in environments/dev.ts and deploys infra once.",
  );
});

it("does not give the pods a password whose deploy did not end well", async () => {
  jest.mocked(deploy).mockResolvedValueOnce(1);
  expect(await rotated()).toBe(1);
  expect(deploy).toHaveBeenCalledTimes(1);
  expect(written()).toBe(1);
  expect(told).toHaveLength(1);
});

it("keeps the half that is written where the deploy fails, to go on from there", async () => {
  jest.mocked(deploy).mockRejectedValueOnce(new CommandError("Applying infra failed:\n\n  Rate exceeded"));
  await expect(rotated()).rejects.toThrow("Applying infra failed:\n\n  Rate exceeded");
  expect(written()).toBe(1);
  expect(deploy).toHaveBeenCalledTimes(1);
});

it("rotates by somebody's yes", async () => {
  mockAnswer = true;
  expect(await rotateRedis(new Session(dev()), { yes: false })).toBe(0);
  expect(deploys).toHaveLength(2);
});

describe("changes nothing", () => {
  afterEach(() => {
    expect(deploy).not.toHaveBeenCalled();
    expect(written()).toBeUndefined();
  });

  it("without a terminal, unless told to", async () => {
    await expect(rotateRedis(new Session(dev()), { yes: false })).rejects.toThrow(
      new Error(
        "There is no terminal to ask on, and nothing was changed. To rotate without being asked: --yes",
      ),
    );
  });

  it("where the person says no", async () => {
    mockAnswer = false;
    await expect(rotateRedis(new Session(dev()), { yes: false })).rejects.toThrow(
      "Nothing was changed: you said no.",
    );
  });

  it("where there is no Redis yet", async () => {
    secrets.on(DescribeSecretCommand).rejects(sdkError("ResourceNotFoundException"));
    await expect(rotated()).rejects.toThrow(
      new Error(
        "wbot/dev/redis is not there: there is no Redis to give a password to. Deploy first: npx wbot deploy --env dev",
      ),
    );
  });

  it("where the file can't be edited, and says what to write", async () => {
    writeFileSync(join(mockFolder, "dev.ts"), "export const dev = { redis: cache };\n");
    await expect(rotated()).rejects.toThrow(
      "Write it by hand: redis: { passwordRotation: 1 }, then deploy infra.",
    );
  });

  it("of another account", async () => {
    sts.on(GetCallerIdentityCommand).resolves({ Account: "444455556666", Arn: "me" });
    await expect(rotated()).rejects.toThrow("are of the account 444455556666");
    expect(secrets.calls()).toHaveLength(0);
  });

  it.each([
    ["expired credentials", sdkError("ExpiredTokenException"), "The AWS credentials have expired."],
    [
      "a denied access",
      sdkError("AccessDeniedException", "Not authorized to rotate"),
      "Not authorized to rotate.",
    ],
    ["throttling", sdkError("ThrottlingException"), "AWS asks to slow down (ThrottlingException)"],
    [
      "a network that drops",
      Object.assign(new Error("hang up"), { code: "ECONNRESET" }),
      "AWS can't be reached (ECONNRESET).",
    ],
  ])("where AWS does not say whether there is a Redis: %s", async (_, error, start) => {
    secrets.on(DescribeSecretCommand).rejects(error);
    const thrown = (await rotated().catch(toldOf)) as Error;
    expect(thrown.message.slice(0, start.length)).toBe(start);
  });
});
