import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import * as http from "node:http";
import { createServer, type Server } from "node:https";
import * as net from "node:net";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { askedInside, pageFinding, streamFinding } from "../../../commands/verification/answers";
import { admissionTrouble, connectTrouble, get, type Target } from "../../../commands/verification/requests";
import { haveTwoAddresses } from "../../two-addresses";
import { kubernetesApi } from "../kubernetes";

/** A product on this machine, with an untrusted certificate. */
let server: Server;
let target: Target;
const hosts: string[] = [];
let healthy = true;
/** Whether the first request that fails is the last. */
let recovers = false;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "wbot-requests-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = spawnSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "1",
    ].concat(["-subj", "/CN=chat.test", "-keyout", key, "-out", cert]),
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    hosts.push(
      `${request.headers.host ?? ""} ${String((request.socket as { servername?: string }).servername)}`,
    );
    const stream = { "Content-Type": "text/event-stream" };
    const isHealthy = healthy;
    if (recovers) healthy = true;
    if (request.url === "/health") response.writeHead(isHealthy ? 200 : 503).end("ok");
    else if (request.url === "/api/stream" && !isHealthy) response.writeHead(503).end();
    else if (request.url === "/api/stream") {
      response.writeHead(200, stream);
      let count = 0;
      const timer = setInterval(() => {
        response.write(`data: ${count}\n\n`);
        if (++count < 5) return;
        clearInterval(timer);
        response.end();
      }, 80);
      request.on("close", () => {
        clearInterval(timer);
      });
    } else if (request.url?.startsWith("/to?") === true) {
      response.writeHead(307, { Location: request.url.slice("/to?".length) }).end();
    } else if (request.url === "/api/held-back") {
      response.writeHead(200, stream).end("data: 1\n\ndata: 2\n\n");
    } else if (request.url === "/api/page")
      response.writeHead(200, { "Content-Type": "text/html" }).end("<p>");
    else if (request.url === "/closed") response.writeHead(503, { "X-Wbot-Maintenance": "true" }).end();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  target = { host: "chat.test", address: "127.0.0.1", port, trusted: false };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

afterEach(() => {
  recovers = false;
  jest.restoreAllMocks();
});

const once = 0;
const nothing = () => Promise.resolve("");

it("reaches the product's host through the load balancer's name, before DNS points there", async () => {
  expect(await pageFinding(target, "/health", nothing, once)).toEqual({
    status: "pass",
    why: expect.stringMatching(/^answered 200 in \d+ ms$/),
  });
  expect(hosts).toEqual(["chat.test chat.test"]);
});

it("waits until the answer is good, and reports the last one if it never is", async () => {
  recovers = true;
  healthy = false;
  const waiting = pageFinding(target, "/health", nothing, 2_000, 10);
  expect((await waiting).status).toBe("pass");
  expect(await pageFinding(target, "/none", nothing, once)).toEqual({
    status: "fail",
    why: expect.stringMatching(/^answered 404 in \d+ ms$/),
    fix: "curl --verbose --insecure --connect-to chat.test:443:127.0.0.1:443 https://chat.test/none",
  });
});

it.each([
  ["pass", "/login"],
  ["pass", "https://chat.test/login"],
  ["fail", "https://elsewhere.test/login"],
  ["fail", "//elsewhere.test"],
])("%ses a redirect to %s: kubelet's probes pass every one", async (expected, to) => {
  const { status, why } = await pageFinding(target, `/to?${to}`, nothing, once);
  expect([status, why.replace(/\d+ ms/, "")]).toEqual([expected, `answered 307 to ${to} in `]);
});

it.each([
  ["pass", /^answered 503 in \d+ ms, the maintenance page$/, "is in maintenance", true],
  ["fail", /^answered 503 in \d+ ms$/, "should be open again", false],
])("%ses the maintenance page (%s) where the product %s", async (expected, said, _, maintenance) => {
  const found = await pageFinding({ ...target, maintenance }, "/closed", nothing, once);
  expect(found).toMatchObject({ status: expected, why: expect.stringMatching(said) });
});

it("fails a backend that is down during maintenance", async () => {
  healthy = false;
  const { status } = await pageFinding({ ...target, maintenance: true }, "/health", nothing, once);
  healthy = true;
  expect(status).toBe("fail");
});

it("refuses a certificate that should be trusted and is not", async () => {
  const { status, why } = await pageFinding({ ...target, trusted: true }, "/health", nothing, once);
  expect({ status, why }).toEqual({ status: "fail", why: expect.stringMatching(/self-signed|self signed/) });
});

it("reports a load balancer that doesn't answer", async () => {
  const { why } = await pageFinding({ ...target, port: 1 }, "/health", nothing, once);
  expect(why).toBe("connect ECONNREFUSED 127.0.0.1:1");
});

it("recognizes a stream by events that arrive separately", async () => {
  expect(await streamFinding(target, "/api/stream", once)).toEqual({
    status: "pass",
    why: expect.stringMatching(/^the first event came after \d+ ms, and more as they were sent$/),
  });
});

it("says why a stream fails where a name has several addresses, and none answers", async () => {
  haveTwoAddresses();
  const { why } = await streamFinding({ ...target, address: "lb.test", port: 1 }, "/api/stream", once);
  expect(why).toBe("GET /api/stream: ECONNREFUSED");
});

it("asks for a stream again while Traefik still learns of the pods", async () => {
  recovers = true;
  healthy = false;
  const waiting = streamFinding(target, "/api/stream", 5_000, 10);
  expect((await waiting).status).toBe("pass");
});

it.each([
  ["/api/held-back", "GET /api/held-back sent its events all at once: something on the path buffers them"],
  ["/api/page", 'GET /api/page answered with "text/html", not with an event stream'],
  ["/api/none", "GET /api/none answered 404"],
])("takes %s for no stream", async (path, why) => {
  expect(await streamFinding(target, path, once)).toEqual({
    status: "fail",
    why,
    fix: `curl --no-buffer --insecure --connect-to chat.test:443:127.0.0.1:443 https://chat.test${path}`,
  });
});

describe("behind a company's proxy", () => {
  const asked: string[] = [];
  /** Knows the load balancer's name, which this machine doesn't. */
  const proxy = http.createServer().on("connect", ({ url = "" }, socket) => {
    asked.push(url);
    if (!url.startsWith("lb.invalid:")) return socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const onward = connect(target.port ?? 0, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    socket.on("error", () => onward.destroy());
    return onward;
  });
  const behind = (more: NodeJS.ProcessEnv = {}) => {
    const { port } = proxy.address() as AddressInfo;
    jest.replaceProperty(process, "env", {
      ...process.env,
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      ...more,
    });
  };
  const to = (address: string) => ({ ...target, address });

  beforeAll(() => new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve)));
  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  beforeEach(() => {
    asked.length = 0;
    hosts.length = 0;
  });

  it("asks through it, by the product's name at the load balancer", async () => {
    behind();
    expect((await pageFinding(to("lb.invalid"), "/health", nothing, once)).status).toBe("pass");
    expect((await streamFinding(to("lb.invalid"), "/api/stream", once)).status).toBe("pass");
    expect(new Set(asked)).toEqual(new Set([`lb.invalid:${String(target.port)}`]));
    expect(new Set(hosts)).toEqual(new Set(["chat.test chat.test"]));
  });

  it("goes directly to what NO_PROXY names", async () => {
    behind({ NO_PROXY: "lb.invalid" });
    const { why } = await pageFinding(to("lb.invalid"), "/health", nothing, once);
    expect([why, asked]).toEqual(["the load balancer's name lb.invalid does not resolve", []]);
  });

  it("doesn't blame the load balancer's name for the proxy's", async () => {
    behind({ HTTPS_PROXY: "http://proxy.invalid:3128" });
    const { why } = await pageFinding(to("lb.invalid"), "/health", nothing, once);
    expect(why).toMatch(/proxy\.invalid/);
  });

  it("gives up on a proxy that accepts a connection and says nothing", async () => {
    const silent = net.createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    behind({ HTTPS_PROXY: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    const through = get(to("lb.invalid"), "/health", { milliseconds: 50 });
    await expect(through).rejects.toThrow(/^no answer within 0.05 s$|^Proxy timeout$/);
    await new Promise((closed) => silent.close(closed));
  });

  it("is admitted where the proxy is", async () => {
    behind();
    expect(await admissionTrouble(to("lb.invalid"))).toBeUndefined();
    expect(await admissionTrouble(to("shut.invalid"))).toContain("502");
  });
});

describe("where nothing gets through from outside", () => {
  const nowhere = () => ({ ...target, address: "nowhere.invalid" });

  it("says that the name doesn't resolve, and how it is inside", async () => {
    const inside = () => Promise.resolve("; and inside");
    const { status, why } = await pageFinding(nowhere(), "/health", inside, once);
    expect([status, why]).toEqual([
      "fail",
      "the load balancer's name nowhere.invalid does not resolve; and inside",
    ]);
  });

  it("asks nothing inside where there is an answer from outside", async () => {
    const { why } = await pageFinding(target, "/nothing", () => Promise.resolve("; and inside"), once);
    expect(why).toMatch(/^answered 404 in \d+ ms$/);
  });

  const kubernetes = kubernetesApi();
  const ready = { type: "Ready", status: "True" };
  const pods = { items: [{ metadata: { name: "traefik-1" }, status: { conditions: [ready] } }] };
  const INSIDE =
    "; inside the cluster the product answers, so the path to it is broken: the load balancer, its targets, or DNS";
  const toServer = () => Promise.resolve(connect(target.port ?? 0, "127.0.0.1"));
  it.each([
    ["the product answers", pods, "/health", INSIDE],
    ["the product sends to its login", pods, "/to?/login", INSIDE],
    ["the product doesn't", pods, "/nothing", "; inside the cluster it answered 404"],
    ["the deployer may not", 403, "/health", ", and the cluster can't be queried (Kubernetes says 403)"],
    ["there is no Traefik", { items: [] }, "/health", ", and no pod of Traefik is ready"],
  ])("asks a pod of Traefik: %s", async (_, found, path, said) => {
    kubernetes.answers = { "/api/v1/namespaces/traefik/pods": found };
    expect(await askedInside(kubernetes.config, "chat.test", path, toServer)).toEqual(said);
  });

  it("asks by the product's name, without which Traefik has no certificate, as that host", async () => {
    kubernetes.answers = { "/api/v1/namespaces/traefik/pods": pods };
    hosts.length = 0;
    await askedInside(kubernetes.config, "chat.test", "/health", toServer);
    expect(hosts).toEqual(["chat.test chat.test"]);
  });

  it("says why nothing answers inside, or nobody can ask", async () => {
    kubernetes.answers = { "/api/v1/namespaces/traefik/pods": pods };
    const inside = (connection: () => Promise<Socket>) =>
      askedInside(kubernetes.config, "chat.test", "/health", connection);
    expect(await inside(() => Promise.resolve(connect(1, "127.0.0.1")))).toMatch(
      /^; inside the cluster it doesn't answer either \(.*ECONNREFUSED.*\)$/,
    );
    expect(await inside(() => Promise.reject(new Error("Unexpected server response: 403")))).toMatch(
      /^, and .+ \(Unexpected server response: 403\)$/,
    );
  });

  it("gives up on what accepts a connection and says nothing, outside and inside", async () => {
    const silent = net.createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const asked = get({ ...target, port }, "/health", { milliseconds: 50 });
    await expect(asked).rejects.toThrow("no answer within 0.05 s");
    const connection = connect(port, "127.0.0.1");
    const inside = get(target, "/health", { connection, milliseconds: 50 });
    await expect(inside).rejects.toThrow("no answer within 0.05 s");
    expect(connection.destroyed).toBe(true);
    // Not before both connections are closed: one that stays open keeps the command from ending.
    await new Promise((closed) => silent.close(closed));
  });

  it("says so where the cluster can't be reached either", async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "test", server: "http://nowhere.invalid", skipTLSVerify: true },
      { name: "me" },
    );
    expect(await askedInside(config, "chat.test", "/health")).toMatch(/^, and .+ \(.*nowhere\.invalid.*\)$/);
  });
});

it("says whether a port is open or closed", async () => {
  expect(await connectTrouble("127.0.0.1", Number(target.port))).toBeUndefined();
  expect(await connectTrouble("127.0.0.1", 1)).toBe("ECONNREFUSED");
});
