import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext, createServer } from "node:tls";
import { handler, lifeLeft, look, names } from "../../../constructs/aws/certificate-check/index.mjs";
import { haveTwoAddresses } from "../../two-addresses";
import { send } from "./cloudwatch";

jest.mock("@aws-sdk/client-cloudwatch", () => jest.requireActual("./cloudwatch"), { virtual: true });

const HOST = "chat.example.com";
const DAY_MS = 24 * 3600 * 1000;
const folder = mkdtempSync(join(tmpdir(), "wbot-certificate-"));

/** A certificate of 90 days from now, signed by itself. */
function selfSigned(id: string, subject: string, ...extensions: string[]): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, `${id}.key`), join(folder, `${id}.pem`)];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-keyout", key, "-out", cert, "-days", "90", "-subj", subject],
      ...extensions.flatMap((extension) => ["-addext", extension]),
    ],
    { stdio: "pipe" },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const own = selfSigned("own", "/CN=wbot", `subjectAltName=DNS:${HOST}`);
const wildcard = selfSigned("wildcard", "/CN=wbot", "subjectAltName=DNS:*.example.com");
const nameless = selfSigned("nameless", `/CN=${HOST}`);

const servers: Server[] = [];
const portOf = async (server: Server) => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
/** Serves a certificate for HOST, and one for no host to requests for another. */
const ingress = () =>
  portOf(
    createServer({
      ...nameless,
      SNICallback: (asked, done) => {
        done(null, asked === HOST ? createSecureContext(own) : undefined);
      },
    }),
  );
const at = (port: number, host = HOST) => ({ host, address: "127.0.0.1", port });

beforeEach(() => {
  send.mockReset().mockResolvedValue({});
  jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("the lifetime left", () => {
  const certificate = { validFrom: "Jan  1 00:00:00 2026 GMT", validTo: "Apr 11 00:00:00 2026 GMT" };
  const begin = Date.UTC(2026, 0, 1);

  it.each([
    [0, 100],
    [50, 50],
    [67, 33],
    [99, 1],
    [100, 0],
    [365, 0],
    [-1, 0],
  ])("after %d of 100 days is %d %%", (days, percent) => {
    expect(lifeLeft(certificate, begin + days * DAY_MS)).toBeCloseTo(percent, 6);
  });

  it("is a percentage, so that a six-day certificate is renewed in time too", () => {
    const short = { validFrom: "Jan  1 00:00:00 2026 GMT", validTo: "Jan  7 00:00:00 2026 GMT" };
    expect(lifeLeft(short, begin + 4 * DAY_MS)).toBeCloseTo(33.3, 1);
  });

  it("is zero if the dates can't be parsed", () => {
    expect(lifeLeft({ validFrom: "", validTo: "" }, begin)).toBe(0);
  });
});

it("matches a certificate to a host like browsers do: by its alternative names, including wildcards", () => {
  const read = ({ cert }: { cert: Buffer }) => new X509Certificate(cert);
  expect(names(read(own), HOST)).toBe(true);
  expect(names(read(wildcard), HOST)).toBe(true);
  expect(names(read(wildcard), "a.chat.example.com")).toBe(false);
  expect(names(read(nameless), HOST)).toBe(false);
  expect(names(read(own), "other.example.com")).toBe(false);
});

describe("a host's certificate", () => {
  it("is found by server name at another address, whoever signed it", async () => {
    const found = await look(at(await ingress()), Date.now());
    expect(found).toMatchObject({ host: HOST, why: expect.stringMatching(/^valid until .* GMT$/) });
    expect(found.lifeLeft).toBeGreaterThan(99);
  });

  it("is measured against its own dates, even after it expired", async () => {
    const port = await ingress();
    const later = async (days: number) => (await look(at(port), Date.now() + days * DAY_MS)).lifeLeft;
    expect(await later(45)).toBeCloseTo(50, 0);
    expect(await later(91)).toBe(0);
  });

  it("counts as zero if it is for another host", async () => {
    expect(await look(at(await ingress(), "other.example.com"), Date.now())).toEqual({
      host: "other.example.com",
      lifeLeft: 0,
      why: "its certificate is for no host",
    });
    const port = await portOf(createServer(own));
    expect(await look(at(port, "other.example.com"), Date.now())).toMatchObject({
      lifeLeft: 0,
      why: `its certificate is for DNS:${HOST}`,
    });
  });

  it("counts as zero if nothing listens, the server hangs up or doesn't respond", async () => {
    const closed = createTcpServer();
    const port = await portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const hangsUp = await portOf(createTcpServer((socket) => socket.destroy()));
    const silent = await portOf(createTcpServer((socket) => socket.on("error", () => undefined).resume()));
    const found = [
      await look(at(port), Date.now()),
      await look(at(hangsUp), Date.now()),
      await look({ ...at(silent), patienceMs: 100 }, Date.now()),
    ];
    expect(found.map((each) => each.lifeLeft)).toEqual([0, 0, 0]);
    expect(found.map((each) => each.why)).toEqual([
      expect.stringContaining("no handshake: connect ECONNREFUSED"),
      expect.stringContaining("no handshake: "),
      "no handshake: nothing came for 0.1 s",
    ]);
  });

  it("counts as zero if nothing listens at any address of the load balancer", async () => {
    const closed = createTcpServer();
    const port = await portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    haveTwoAddresses();
    expect(await look({ ...at(port), address: "lb.example.com" }, Date.now())).toMatchObject({
      lifeLeft: 0,
      why: "no handshake: ECONNREFUSED",
    });
  });
});

describe("a check", () => {
  const check = async (...hosts: string[]) => ({
    loadBalancerHost: "127.0.0.1",
    port: await ingress(),
    hosts,
    namespace: "wbot/test",
    metricName: "CertificateLifeLeft",
  });

  it("writes every host's percentage at once, and logs what it saw", async () => {
    await handler(await check(HOST, "other.example.com"));
    expect(send).toHaveBeenCalledTimes(1);
    const [{ input }] = send.mock.calls[0];
    const datum = (host: string, value: unknown) => ({
      MetricName: "CertificateLifeLeft",
      Dimensions: [{ Name: "Host", Value: host }],
      Unit: "Percent",
      Value: value,
    });
    expect(input).toEqual({
      Namespace: "wbot/test",
      MetricData: [datum(HOST, expect.any(Number)), datum("other.example.com", 0)],
    });
    expect(input.MetricData[0].Value).toBeGreaterThan(99);
    expect(console.log).toHaveBeenCalledWith(
      expect.stringMatching(/^chat\.example\.com: 100\.0 % of life left \(valid until /),
    );
  });

  it("fails if it can't write, so that the missing metric sets the alarms off", async () => {
    send.mockRejectedValue(new Error("AccessDenied"));
    await expect(handler(await check(HOST))).rejects.toThrow("AccessDenied");
  });
});
