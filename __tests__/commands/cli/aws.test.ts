import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os, { tmpdir, type NetworkInterfaceInfo } from "node:os";
import { join } from "node:path";
import { awsTrouble, asCommandError, clientConfig, unlessMissing } from "../../../commands/cli/aws";
import { networkError } from "../sdk-error";
import { emulator, isLocal } from "../../../environments/emulator";

beforeEach(() => {
  delete process.env["AWS_PROFILE"];
});

/** An error as the SDK throws it. */
const sdk = (name: string, message = "", more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } }, more);

const SIGN_IN = "Sign in again: aws sso login, or name a profile: export AWS_PROFILE=<profile>";
const EXPIRED = "the AWS credentials have expired";
const notFound = (why: string) => `no valid AWS credentials were found (${why})`;
const ASK = "Ask for that permission, or use a role that has it: export AWS_PROFILE=<profile>";
const CHECK = "Check the network and any proxy, then run the command again";

it.each([
  ["ExpiredToken", EXPIRED],
  ["CredentialsProviderError", notFound("CredentialsProviderError")],
  ["TokenProviderError", notFound("TokenProviderError")],
  [
    "InvalidClientTokenId",
    notFound("InvalidClientTokenId"),
    `${SIGN_IN}. Or the region is not enabled in this account. Or it is an opt-in region, which rejects session tokens of STS's global endpoint: export AWS_STS_REGIONAL_ENDPOINTS=regional, then sign in again`,
  ],
])("says of %s how to sign in", (name, why, fix = SIGN_IN) => {
  expect(awsTrouble(sdk(name))).toEqual({ kind: "credentials", why, fix });
});

it("repeats what the SDK says of credentials that it can't get", () => {
  const message = "Could not resolve credentials using profile: [me] in configuration/credentials file(s).";
  const error = Object.assign(new Error(`${message}\nand more`), { name: "CredentialsProviderError" });
  expect(awsTrouble(error)?.why).toBe(notFound(message.slice(0, -1)));
});

it.each([
  ["AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/deploy", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  [
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  ],
])("says which file of a job's token is missing, with %s", async (name, value, file) => {
  const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  jest.replaceProperty(process, "env", {
    ...process.env,
    ...noKeys,
    [name]: value,
    [file]: "/nowhere/token",
  });
  // The SDK tries again after a second, three times.
  jest.spyOn(globalThis, "setTimeout").mockImplementation((again) => setImmediate(again) as never);
  const credentials = clientConfig("us-east-1").credentials();
  const error = await credentials.catch((thrown: unknown) => thrown);
  jest.restoreAllMocks();
  expect(awsTrouble(error)?.why).toBe(notFound("ENOENT: no such file or directory, open '/nowhere/token'"));
});

it("goes on with credentials that are about to expire and can't be renewed yet", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wbot-credentials-"));
  const [config, keys] = [join(folder, "config"), join(folder, "keys.json")];
  const Expiration = new Date(Date.now() + 120_000).toISOString();
  writeFileSync(keys, JSON.stringify({ Version: 1, AccessKeyId: "AKIA", SecretAccessKey: "s", Expiration }));
  writeFileSync(config, `[profile expiring]\ncredential_process = cat "${keys}"\n`);
  jest.replaceProperty(process, "env", {
    ...process.env,
    AWS_PROFILE: "expiring",
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
  });
  const { credentials } = clientConfig("us-east-1");
  await credentials();
  rmSync(folder, { recursive: true });
  const again = await credentials();
  jest.restoreAllMocks();
  expect(again.accessKeyId).toBe("AKIA");
});

it("names the profile that it looked for, which may be misspelled", () => {
  process.env["AWS_PROFILE"] = "nope";
  expect(awsTrouble(sdk("CredentialsProviderError"))?.fix).toBe(
    `${SIGN_IN}. AWS_PROFILE is "nope": aws configure list-profiles shows the profiles there are`,
  );
  expect(awsTrouble(sdk("ExpiredToken"))?.fix).toBe(SIGN_IN);
});

it("has the AWS CLI ask for the code of a profile with MFA, and export what it gets", () => {
  const message = "Profile me requires multi-factor authentication, but no MFA code callback was provided.";
  const error = Object.assign(new Error(message), { name: "CredentialsProviderError" });
  expect(awsTrouble(error)).toEqual({
    kind: "credentials",
    why: notFound(message.slice(0, -1)),
    fix: 'The AWS CLI can ask for the code: eval "$(aws configure export-credentials --profile me --format env)"; unset AWS_PROFILE',
  });
});

it.each([
  [
    "Error: getaddrinfo ENOTFOUND portal.sso.us-east-1.amazonaws.com",
    "a server can't be reached (getaddrinfo ENOTFOUND portal.sso.us-east-1.amazonaws.com)",
    CHECK,
  ],
  [
    "Error: self-signed certificate in certificate chain",
    "the certificate of a server is not trusted (self-signed certificate in certificate chain)",
    expect.stringContaining("AWS_CA_BUNDLE"),
  ],
  [
    "Error: certificate has expired",
    "the certificate of a server is not trusted (certificate has expired)",
    expect.stringContaining("date -u"),
  ],
])("doesn't ask to sign in again where the network is at fault: %s", (message, why, fix) => {
  const error = Object.assign(new Error(message), { name: "CredentialsProviderError" });
  expect(awsTrouble(error)).toMatchObject({ kind: "network", why, fix });
});

it("repeats what AWS says of a denied access: who, what, and on which resource", () => {
  const message = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: ecr:BatchGetImage";
  expect(awsTrouble(sdk("AccessDeniedException", `${message}\nand more`))).toEqual({
    kind: "denied",
    why: message,
    fix: ASK,
  });
});

it("asks for patience when AWS throttles", () => {
  expect(awsTrouble(sdk("ThrottlingException", "Rate exceeded"))).toEqual({
    kind: "throttled",
    why: "AWS is throttling requests (ThrottlingException), even after 5 attempts",
    fix: "Run the command again in a minute",
  });
});

it.each(["ECONNRESET", "ETIMEDOUT"])("knows the dropped network by %s", (code) => {
  const direct = networkError(code);
  const wrapped = Object.assign(new Error("failed"), { cause: direct, $metadata: {} });
  for (const error of [direct, wrapped])
    expect(awsTrouble(error)).toEqual({
      kind: "network",
      why: `AWS can't be reached (${code})`,
      fix: expect.stringContaining("AWS_ENDPOINT_URL"),
    });
});

it("says what to do about a server without TLS, or with another one", () => {
  const why = "wrong version number";
  const text = `408DCA83617F0000:error:0A00010B:SSL routines:tls_validate_record_header:${why}:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:\n`;
  const sent = Object.assign(new Error(`write EPROTO ${text}`), { code: "EPROTO" });
  const credentials = Object.assign(new Error(String(sent)), { name: "CredentialsProviderError" });
  const fetched = new TypeError("fetch failed", { cause: new Error(text) });
  for (const error of [sent, credentials, fetched])
    expect(awsTrouble(error)).toEqual({
      kind: "network",
      why: `TLS with a server failed (${why})`,
      fix: expect.stringContaining("must begin with http://"),
      tls: true,
    });
});

it.each([
  [
    Object.assign(new Error("request to https://eks.test/api failed, reason: connect ECONNREFUSED"), {
      code: "ECONNREFUSED",
    }),
    "request to https://eks.test/api failed, reason: connect ECONNREFUSED",
  ],
  [
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("getaddrinfo ENOTFOUND ghcr.io"), { code: "ENOTFOUND" }),
    }),
    "getaddrinfo ENOTFOUND ghcr.io",
  ],
  [
    new TypeError("fetch failed", {
      cause: Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }),
    }),
    "ECONNREFUSED",
  ],
])("doesn't blame AWS for another server that can't be reached", (error, why) => {
  expect(awsTrouble(error)).toEqual({
    kind: "network",
    why: `a server can't be reached (${why})`,
    fix: CHECK,
  });
});

it.each([
  [
    "Error",
    "@aws-sdk XML parse error: unexpected content.\n  Deserialization error: to see the raw response, inspect …",
  ],
  ["SyntaxError", `Unexpected token '<', "<html>" is not valid JSON`],
  ["NotFound", "Unknown"],
])("knows the answer of something else than AWS, such as a proxy's page: %s, %j", (name, message) => {
  expect(awsTrouble(sdk(name, message))).toEqual({
    kind: "network",
    why: "the answer is not AWS's (HTTP 400)",
    fix: "Check the network, any proxy and AWS_ENDPOINT_URL, then run the command again",
  });
});

it("ends a message with one full stop", () => {
  const message = (text: string) => (asCommandError(sdk("LimitExceededException", text)) as Error).message;
  expect(message("Too many.")).toBe("LimitExceededException: Too many.");
  expect(message("Too many")).toBe("LimitExceededException: Too many.");
});

it("tells any other refusal by its name, and leaves mistakes of this program alone", () => {
  expect(awsTrouble(sdk("LimitExceededException", "Too many"))?.why).toBe("LimitExceededException: Too many");
  expect(awsTrouble(sdk("Unknown", "UnknownError"))?.why).toBe("AWS responded with 400 without a reason");
  const mistake = new TypeError("x is not a function");
  expect(awsTrouble(mistake)).toBeUndefined();
  expect(asCommandError(mistake)).toBe(mistake);
  expect((asCommandError(sdk("AccessDenied", "not authorized")) as Error).message).toBe(
    `Not authorized. ${ASK}`,
  );
});

it.each([
  ["http://localhost:4566", true],
  ["http://127.0.0.1:4566", true],
  ["http://[::1]:4566", true],
  ["https://localhost.example.com", false],
  ["https://sts.us-east-1.amazonaws.com", false],
  ["http://127.0.0.1.example.com", false],
  ["http://192.0.2.1:4566", false],
  ["localhost", false],
])("takes %s for this machine: %s", (url, local) => {
  expect(isLocal(url)).toBe(local);
  expect(emulator({ AWS_ENDPOINT_URL: url })).toBe(local ? url : undefined);
});

it("takes an address of its own for this machine, such as Docker's bridge", () => {
  const bridge = { address: "192.0.2.1", family: "IPv4" } as NetworkInterfaceInfo;
  jest.spyOn(os, "networkInterfaces").mockReturnValueOnce({ docker0: [bridge] });
  expect(isLocal("http://192.0.2.1:4566")).toBe(true);
});

it.each(["ResourceNotFoundException", "NoSuchEntity", "InvalidVpcID.NotFound"])(
  "takes %s for an answer: there is no such thing",
  async (name) => {
    await expect(unlessMissing(Promise.reject(sdk(name)))).resolves.toBeUndefined();
  },
);

it.each(["AccessDenied", "Throttling"])("doesn't take %s for an answer", async (name) => {
  await expect(unlessMissing(Promise.reject(sdk(name)))).rejects.toThrow();
});
