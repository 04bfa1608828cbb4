import { refuseRemoteEndpoints, startEmulator, useEmulatorsKeys } from "../../../commands/rehearse/emulator";

const endpoint = process.env["AWS_ENDPOINT_URL"];
const path = process.env["PATH"];
afterEach(() => {
  process.env["PATH"] = path;
  if (endpoint === undefined) delete process.env["AWS_ENDPOINT_URL"];
  else process.env["AWS_ENDPOINT_URL"] = endpoint;
});

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

it.each([
  ["localhost:4566", 'AWS_ENDPOINT_URL is "localhost:4566", which is not a URL: '],
  [
    "https://me:password@example.com",
    'AWS_ENDPOINT_URL is "***@example.com", which is not on this machine: ',
  ],
])("says what is wrong with %s", (url, message) => {
  expect(() => {
    refuseRemoteEndpoints({ AWS_ENDPOINT_URL: url });
  }).toThrow(message);
});

it("refuses to choose between two emulators", async () => {
  process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
  await expect(startEmulator()).rejects.toThrow(
    "--docker starts an emulator, but AWS_ENDPOINT_URL names another: remove --docker, or unset AWS_ENDPOINT_URL.",
  );
});

it("says in one line all that is missing to start an emulator", async () => {
  delete process.env["AWS_ENDPOINT_URL"];
  process.env["PATH"] = "/nowhere";
  await expect(startEmulator()).rejects.toThrow(
    "--docker can't start an emulator on this machine. Missing: Docker (docker is not on the PATH), Python 3.10 or newer (python3 is not on the PATH), terraform (not on the PATH), aws (not on the PATH).",
  );
});
