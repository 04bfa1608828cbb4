import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { findEmulator, refuseRemoteEndpoints, useEmulatorsKeys } from "../../../commands/rehearse/emulator";
import { startMiniStack } from "../../../commands/rehearse/ministack";
import { rehearse } from "../../../commands/rehearse/rehearse";
import { loadEnvironment } from "../../../environments";
import { Session } from "../../../commands/session/session";

jest.mock("../../../commands/rehearse/ministack", () => ({
  ...jest.requireActual<object>("../../../commands/rehearse/ministack"),
  startMiniStack: jest.fn(),
}));

const sts = mockClient(STSClient);
const endpoint = process.env["AWS_ENDPOINT_URL"];
const path = process.env["PATH"];
beforeEach(() => {
  sts.reset();
});
afterEach(() => {
  process.env["PATH"] = path;
  if (endpoint === undefined) delete process.env["AWS_ENDPOINT_URL"];
  else process.env["AWS_ENDPOINT_URL"] = endpoint;
});
const find = (docker = false) => findEmulator(docker, () => undefined);

it("sends no real keys to an emulator", () => {
  const env = { AWS_PROFILE: "mine", AWS_SESSION_TOKEN: "mine", AWS_ACCESS_KEY_ID: "mine", HOME: "/h" };
  useEmulatorsKeys(env);
  expect(env).toEqual({
    HOME: "/h",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  });
});

it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])("refuses a %s that is not on this machine", (name) => {
  const env = { AWS_ENDPOINT_URL: "http://localhost:4566", [name]: "https://sts.us-east-1.amazonaws.com" };
  expect(() => {
    refuseRemoteEndpoints(env);
  }).toThrow(
    `${name} is "https://sts.us-east-1.amazonaws.com", which is not on this machine: a rehearsal only uses an emulator at localhost. Nothing was called. Unset it: unset ${name}`,
  );
});

it("refuses an endpoint whose account is not an emulator's", async () => {
  process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333" });
  await expect(find()).rejects.toThrow(
    "The API at http://localhost:4566 reports the account 111122223333, but an emulator's is 000000000000: nothing was changed there.",
  );
});

it("says that no emulator answers", async () => {
  process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
  sts.on(GetCallerIdentityCommand).rejects(new Error("connect ECONNREFUSED 127.0.0.1:4566"));
  await expect(find()).rejects.toThrow(
    'AWS_ENDPOINT_URL is "http://localhost:4566", but no emulator answers there (connect ECONNREFUSED 127.0.0.1:4566). Start it, or unset AWS_ENDPOINT_URL.',
  );
});

it("refuses to choose between two emulators", async () => {
  process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
  await expect(find(true)).rejects.toThrow(
    "--docker starts an emulator, but AWS_ENDPOINT_URL names another: remove --docker, or unset AWS_ENDPOINT_URL.",
  );
});

it("says in one line all that is missing to start an emulator", async () => {
  delete process.env["AWS_ENDPOINT_URL"];
  process.env["PATH"] = "/nowhere";
  await expect(find(true)).rejects.toThrow(
    "--docker can't start an emulator on this machine. Missing: Docker (docker is not on the PATH), Python 3.10 or newer (python3 is not on the PATH), terraform (not on the PATH), aws (not on the PATH).",
  );
});

it("stops the emulator it started, if that does not answer as one", async () => {
  delete process.env["AWS_ENDPOINT_URL"];
  const bin = mkdtempSync(join(tmpdir(), "wbot-emulator-"));
  for (const name of ["docker", "python3", "terraform", "aws"])
    writeFileSync(join(bin, name), "#!/bin/sh\necho Python 3.12.1\n", { mode: 0o755 });
  process.env["PATH"] = bin;
  process.env["DOCKER_HOST"] = "unix:///var/run/docker.sock";
  const stop = jest.fn();
  jest.mocked(startMiniStack).mockResolvedValue({ endpoint: "http://localhost:4567", stop });
  sts.on(GetCallerIdentityCommand).rejects(new Error("refused"));
  try {
    await expect(find(true)).rejects.toThrow("no emulator answers there");
  } finally {
    delete process.env["DOCKER_HOST"];
    rmSync(bin, { recursive: true });
  }
  expect(stop).toHaveBeenCalledTimes(1);
});

it("doesn't rehearse a real environment", async () => {
  await expect(
    rehearse(new Session(loadEnvironment("prod")), { docker: false, json: false, keep: false }),
  ).rejects.toThrow(
    'The environment "prod" is real: only an environment with the setting emulator can be rehearsed, such as "rehearsal".',
  );
});
