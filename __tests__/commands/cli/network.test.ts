import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { awsTrouble, clientConfig } from "../../../commands/cli/aws";
import { authorities, proxyOf, untrustedByGo, useNetwork } from "../../../commands/cli/network";
import { networkError } from "../sdk-error";
import { CommandError } from "../../../commands/cli/exit-codes";
import { ssoProfile } from "./sso-profile";

const PROXY = "http://proxy.test:3128";
const STS = "https://sts.us-east-1.amazonaws.com";

it.each<[string, NodeJS.ProcessEnv, string | undefined]>([
  [STS, {}, undefined],
  [STS, { HTTPS_PROXY: PROXY }, PROXY],
  [STS, { https_proxy: "proxy.test:3128" }, PROXY],
  [STS, { HTTP_PROXY: PROXY }, undefined],
  ["http://registry.test/v2", { HTTP_PROXY: PROXY }, PROXY],
  [STS, { HTTPS_PROXY: PROXY, NO_PROXY: "*" }, undefined],
  [STS, { HTTPS_PROXY: PROXY, NO_PROXY: "example.com, amazonaws.com" }, undefined],
  [STS, { HTTPS_PROXY: PROXY, no_proxy: ".amazonaws.com" }, undefined],
  [STS, { HTTPS_PROXY: PROXY, NO_PROXY: "*.amazonaws.com" }, undefined],
  [STS, { HTTPS_PROXY: PROXY, NO_PROXY: "azonaws.com" }, PROXY],
  [STS, { HTTPS_PROXY: PROXY, NO_PROXY: "amazonaws.com:8443" }, PROXY],
  ["https://10.0.3.4", { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.0/16" }, undefined],
  ["https://10.1.3.4", { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.0/16" }, PROXY],
  ["https://127.0.0.1:4566", { HTTPS_PROXY: PROXY }, undefined],
  ["https://localhost:4566", { HTTPS_PROXY: PROXY }, undefined],
])("connects to %s with %j by %s, as Terraform does", (url, env, proxy) => {
  expect(proxyOf(url, env)).toBe(proxy);
});

it("refuses what is no HTTP proxy", () => {
  expect(() => proxyOf(STS, { HTTPS_PROXY: "socks5://proxy.test:1080" })).toThrow(
    new CommandError(
      "HTTPS_PROXY is not the address of an HTTP proxy: it must look like http://proxy.example.com:3128",
    ),
  );
});

it("trusts all authorities that are named, with Node's own", () => {
  const folder = mkdtempSync(join(tmpdir(), "wbot-authorities-"));
  const env = Object.fromEntries(
    ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"].map((name) => {
      writeFileSync(join(folder, name), name);
      return [name, join(folder, name)];
    }),
  );
  expect(authorities(env)).toEqual([...rootCertificates, ...Object.keys(env)]);
});

it("refuses a bundle that isn't there", async () => {
  await expect(useNetwork({ AWS_CA_BUNDLE: "/nowhere.pem" })).rejects.toThrow(
    new CommandError(
      "AWS_CA_BUNDLE is /nowhere.pem, which can't be read (ENOENT): set it to a file of PEM certificates, or unset it",
    ),
  );
});

it("writes a bundle's relative path back as an absolute one, since Terraform runs elsewhere", async () => {
  const env = { AWS_CA_BUNDLE: "/bundle.pem", SSL_CERT_FILE: "docs/nowhere.pem", NODE_EXTRA_CA_CERTS: "" };
  await expect(useNetwork(env)).rejects.toThrow(CommandError);
  expect(env).toEqual({
    AWS_CA_BUNDLE: "/bundle.pem",
    SSL_CERT_FILE: resolve("docs/nowhere.pem"),
    NODE_EXTRA_CA_CERTS: "",
  });
});

it.each(["SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "CERT_HAS_EXPIRED"])(
  "says what to set about a certificate that isn't trusted: %s",
  (code) => {
    const fix =
      "If a proxy inspects TLS here, name its certificate authority: export AWS_CA_BUNDLE=<file>.pem. Otherwise check this machine's clock (date -u), and whether the network asks to sign in";
    expect(awsTrouble(networkError(code))).toEqual({
      kind: "network",
      why: `the certificate of AWS is not trusted (${code})`,
      fix,
      tls: true,
    });
    expect(awsTrouble(Object.assign(new Error("self-signed certificate"), { code }))).toMatchObject({
      why: "the certificate of a server is not trusted (self-signed certificate)",
      fix,
    });
  },
);

it("says that no authority helps with the Kubernetes API's certificate, by the error of a client or a provider", () => {
  const url = "https://ABC.gr7.us-east-1.eks.amazonaws.com/version";
  const fix =
    "If a proxy inspects TLS here, it must leave the Kubernetes API alone. Add .eks.amazonaws.com to NO_PROXY if this machine reaches it directly, or have the proxy exempt *.eks.amazonaws.com: docs/private-api.md. Otherwise check this machine's clock (date -u)";
  const failed = (code: string) => Object.assign(new Error(`request to ${url} failed`), { code });
  expect(awsTrouble(failed("SELF_SIGNED_CERT_IN_CHAIN"))?.fix).toBe(fix);
  const unknown = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  expect(untrustedByGo(`Get "${url}": ${unknown}`)).toBe(fix);
  expect(untrustedByGo(`Post "https://eks.us-east-1.amazonaws.com/clusters": ${unknown}`)).toContain(
    "AWS_CA_BUNDLE",
  );
});

/** Beside which a profile is refused. */
const KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

describe("through a proxy", () => {
  const asked: string[] = [];
  let server: Server;
  const names = ["HTTPS_PROXY", "NO_PROXY", "AWS_ENDPOINT_URL", "HOME", "AWS_PROFILE", ...KEYS];
  const kept = names.map((name) => process.env[name]);

  beforeAll(async () => {
    server = createServer().on("connect", ({ url }, socket) => {
      asked.push(url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env["HTTPS_PROXY"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env["NO_PROXY"] = "direct.invalid";
    delete process.env["AWS_ENDPOINT_URL"];
  });
  afterAll(() => {
    names.forEach((name, index) => {
      if (kept[index] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = kept[index];
    });
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  it("goes the SDK, except to what NO_PROXY names", async () => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const call = (endpoint?: string) =>
      new STSClient({
        ...clientConfig("us-east-1"),
        credentials,
        maxAttempts: 1,
        ...(endpoint === undefined ? {} : { endpoint }),
      }).send(new GetCallerIdentityCommand({}));
    await expect(call()).rejects.toThrow();
    expect(asked).toEqual(["sts.us-east-1.amazonaws.com:443"]);
    await expect(call("https://direct.invalid")).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    expect(asked).toHaveLength(1);
  });

  it("goes the SDK for the credentials of an SSO profile", async () => {
    const home = mkdtempSync(join(tmpdir(), "wbot-sso-"));
    for (const name of KEYS) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, ssoProfile(home));
    const sts = new STSClient({ ...clientConfig("us-east-1"), maxAttempts: 1 });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow();
    expect(asked).toEqual(["portal.sso.us-east-1.amazonaws.com:443"]);
  });

  it("goes fetch, except to what NO_PROXY names", async () => {
    // Jest's global object is not the one where Node's fetch looks.
    const code = `require("./commands/cli/network").useNetwork().then(async () => {
      for (const host of ["charts", "direct"])
        await fetch("https://" + host + ".invalid").catch((error) => console.log(error.cause.code));
    })`;
    const args = ["--require", "./bin/typescript.cjs", "--eval", code];
    await promisify(execFile)(process.execPath, args, { cwd: join(__dirname, "../../.."), env: process.env });
    expect(asked).toEqual(["charts.invalid:443"]);
  });
});
