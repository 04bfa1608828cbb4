import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import https, { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failures, handler, look } from "../../../../constructs/aws/uptime-check/index.mjs";
import { haveTwoAddresses } from "../../../two-addresses";
import { send } from "../cloudwatch";

jest.mock("@aws-sdk/client-cloudwatch", () => jest.requireActual("../cloudwatch"), { virtual: true });

const HOST = "chat.example.com";
const STREAM = "/api/stream/check";
const folder = mkdtempSync(join(tmpdir(), "wbot-uptime-"));
const [key, cert] = [join(folder, "key"), join(folder, "cert")];
execFileSync(
  "openssl",
  [
    ...[
      "req",
      "-x509",
      "-nodes",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-keyout",
      key,
    ],
    ...["-out", cert, "-days", "1", "-subj", "/CN=wbot", "-addext", `subjectAltName=DNS:${HOST}`],
  ],
  { stdio: "pipe" },
);
const identity = { key: readFileSync(key), cert: readFileSync(cert) };

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const answers =
  (status: number, headers = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end("body");
  };
const hangs: Answer = () => undefined;
const cuts: Answer = (response) => response.socket?.destroy();
const sends =
  (...parts: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const next = (at: number): void => {
      const part = parts[at];
      if (part === undefined || part === "wait") return;
      if (part === "end") response.end();
      else if (part === "cut") response.socket?.destroy();
      else {
        response.write(part);
        setTimeout(() => {
          next(at + 1);
        }, 2);
      }
    };
    response.flushHeaders();
    next(0);
  };

const servers: Server[] = [];
let seen: IncomingMessage[] = [];
let left = 0;
/** A product; where it says nothing of a path, it works. */
async function product(own: Readonly<Record<string, Answer>> = {}): Promise<number> {
  const works: Record<string, Answer> = {
    "/health": answers(200),
    "/": answers(200),
    [STREAM]: sends(": hello\n\n", "da", "ta: 1\n\n", "data: 2\n\n", "end"),
  };
  const server = createServer(identity, (request, response) => {
    seen.push(request);
    response.on("close", () => {
      if (!response.writableEnded) left += 1;
    });
    ({ ...works, ...own })[request.url ?? ""]?.(response, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
const OPTIONS = {
  trusted: false,
  maintenanceHeader: "X-Wbot-Maintenance",
  // Enough on a busy machine; what hangs is given less.
  patienceMs: 5000,
  streamMs: 300,
};
const PARTS = ["product", "streams"] as const;
const IMPATIENT = { patienceMs: 300 };
const MARK = { "X-Wbot-Maintenance": "true", "Retry-After": "600" };
const target = (port: number, more = {}) => ({ host: HOST, address: "127.0.0.1", port, ...more });
const lookAt = async (own: Readonly<Record<string, Answer>>, options = {}) =>
  look(target(await product(own)), STREAM, { ...OPTIONS, ...options });
const count = async (own: Readonly<Record<string, Answer>>) => failures([await lookAt(own)], PARTS);
const why = async (own: Readonly<Record<string, Answer>>, path: string, options = {}) =>
  (await lookAt(own, options)).find(({ url }) => url.endsWith(`${HOST}${path}`));

beforeEach(() => {
  seen = [];
  left = 0;
  send.mockReset().mockResolvedValue({});
  jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe("a product that works", () => {
  it("is asked for its health, its page and a stream, by its name at the given address", async () => {
    const found = await lookAt({});
    expect(found.map(({ url, works, why: reason }) => [url, works, reason])).toEqual([
      [`https://${HOST}/health`, true, "200"],
      [`https://${HOST}/`, true, "200"],
      [`https://${HOST}${STREAM}`, true, "200, and an event"],
    ]);
    expect(new Set(seen.map(({ headers }) => headers.host))).toEqual(new Set([HOST]));
    expect(seen.find(({ url }) => url === STREAM)?.headers.accept).toBe("text/event-stream");
  });

  it("has its stream read to the end, since one left early looks like one cut off", async () => {
    await lookAt({});
    expect(left).toBe(0);
  });

  it("may stream for longer than the check listens", async () => {
    expect(await count({ [STREAM]: sends("data: 1\n\n", "wait") })).toEqual({ product: 0, streams: 0 });
  });

  it.each(["/login", `https://${HOST}/login`])("may redirect within its host: to %s", async (Location) => {
    expect(await count({ "/": answers(307, { Location }) })).toEqual({ product: 0, streams: 0 });
  });

  it("is not asked to stream where no path is set", async () => {
    const found = await look(target(await product()), undefined, OPTIONS);
    expect(found).toHaveLength(2);
    expect(failures([found], ["product"])).toEqual({ product: 0 });
  });
});

describe("a product that fails", () => {
  it.each([
    ["answers 500", answers(500), "500"],
    ["answers 503, as Traefik does without a ready pod", answers(503), "503"],
    ["has no route", answers(404), "404"],
    [
      "redirects elsewhere",
      answers(302, { Location: "https://elsewhere.example.com/" }),
      '302 to "https://elsewhere.example.com/"',
    ],
    ["redirects nowhere", answers(302), "302"],
    ["redirects to no address", answers(302, { Location: "https://" }), '302 to "https://"'],
    ["hangs up", cuts, "socket hang up"],
  ])("counts when it %s", async (_, answer, reason) => {
    const found = await lookAt({ "/": answer, "/health": answer });
    expect(failures([found], PARTS)).toEqual({ product: 2, streams: 0 });
    for (const each of found.slice(0, 2)) expect(each).toMatchObject({ works: false, why: reason });
  });

  it("counts when it hangs", async () => {
    const found = await why({ "/health": hangs }, "/health", IMPATIENT);
    expect(found).toMatchObject({ works: false, why: "no answer within 0.3 s" });
  });

  it("counts when nothing listens", async () => {
    const port = await product();
    servers[0]?.close();
    const found = await look(target(port), STREAM, OPTIONS);
    expect(failures([found], PARTS)).toEqual({ product: 2, streams: 0 });
    expect(found[0]?.why).toContain("ECONNREFUSED");
  });

  it("counts when nothing listens at any address of its name", async () => {
    const port = await product();
    servers[0]?.close();
    haveTwoAddresses();
    const found = await look(target(port, { address: "lb.example.com" }), STREAM, OPTIONS);
    expect(found[0]?.why).toBe("ECONNREFUSED");
  });

  it("counts when its page begins and never ends", async () => {
    const begins: Answer = (response) => response.writeHead(200).write("<html>");
    expect(await why({ "/": begins }, "/", IMPATIENT)).toMatchObject({
      works: false,
      why: "no answer within 0.3 s",
    });
  });

  it("counts where browsers refuse its certificate, unless it is self-signed on purpose", async () => {
    const found = await lookAt({}, { trusted: true });
    expect(found.map(({ works }) => works)).toEqual([false, false, false]);
    expect(found[0]?.why).toContain("self-signed certificate");
  });
});

describe("streams that fail", () => {
  it.each<[string, Answer, string]>([
    [
      "sends no event",
      sends(": only\n\n", ": comments\n\n", "end"),
      '200 of type "text/event-stream" without an event',
    ],
    ["is cut off before its first event", sends(": hello\n\n", "cut"), "aborted"],
    [
      "answers with a page",
      answers(200, { "Content-Type": "text/html" }),
      '200 of type "text/html" without an event',
    ],
    ["answers 502", answers(502), '502 of type "" without an event'],
    [
      "answers 500 with an event",
      (response) => response.writeHead(500).end("data: 1\n\n"),
      "500, and an event",
    ],
  ])("count when one %s", async (_, answer, reason) => {
    const found = await lookAt({ [STREAM]: answer });
    expect(failures([found], PARTS)).toEqual({ product: 0, streams: 1 });
    expect(found.at(-1)).toMatchObject({ works: false, why: reason });
  });

  it("count when one hangs before its first event", async () => {
    const found = await why({ [STREAM]: sends(": hello\n\n", "wait") }, STREAM, IMPATIENT);
    expect(found).toMatchObject({ works: false, why: "no event within 0.3 s" });
  });

  it("don't count when one is cut off after its first event", async () => {
    expect(await count({ [STREAM]: sends("data: 1\n\n", "cut") })).toEqual({ product: 0, streams: 0 });
  });

  it("don't count while the product is down: that is one trouble, not two", async () => {
    const down = answers(503);
    expect(await count({ "/": down, "/health": down, [STREAM]: down })).toEqual({ product: 2, streams: 0 });
  });
});

describe("maintenance", () => {
  const closed = answers(503, MARK);

  it("fails nothing, whatever its pods do meanwhile", async () => {
    const open = { "/": closed, [STREAM]: closed };
    expect(await count(open)).toEqual({ product: 0, streams: 0 });
    expect(await count({ ...open, "/health": answers(503) })).toEqual({ product: 0, streams: 0 });
    expect(await why(open, "/")).toMatchObject({ works: true, why: "503, in maintenance" });
  });

  it("is not what a product without ready pods says, even if it names a time", async () => {
    const busy = answers(503, { "Retry-After": "600" });
    expect(await count({ "/": busy, [STREAM]: busy })).toEqual({ product: 1, streams: 0 });
  });
});

describe("the certificate", () => {
  const all = ["product", "streams", "certificate"] as const;
  const seenAfter = async (hours: number, own = {}) => {
    jest.spyOn(Date, "now").mockReturnValue(Date.now() + hours * 3_600_000);
    return lookAt(own, { certificates: true });
  };

  it("works while cert-manager renews it in time, which is logged once a host", async () => {
    const found = await seenAfter(17);
    expect(found.filter(({ part }) => part === "certificate")).toEqual([
      {
        url: `https://${HOST}/`,
        part: "certificate",
        works: true,
        maintenance: false,
        why: expect.stringMatching(
          /^29\.\d % of its certificate's lifetime left, valid until .* GMT$/,
        ) as string,
      },
    ]);
    expect(failures([found], all)).toEqual({ product: 0, streams: 0, certificate: 0 });
  });

  it.each([
    ["open", {}, { product: 0, streams: 0, certificate: 1 }],
    ["in maintenance", { "/": answers(503, MARK) }, { product: 0, streams: 0, certificate: 1 }],
    ["down", { "/": answers(503), [STREAM]: answers(503) }, { product: 1, streams: 0, certificate: 1 }],
  ])("counts below a quarter of its lifetime, also where the product is %s", async (_, own, counts) => {
    expect(failures([await seenAfter(19, own)], all)).toEqual(counts);
  });

  it.each([
    ["counts once it has expired, beside the pages that fail by it", "CERT_HAS_EXPIRED", { certificate: 1 }],
    ["is neither good nor bad where no answer shows it", "ECONNREFUSED", {}],
  ])("%s", async (_, code, certificate) => {
    jest.spyOn(https, "request").mockImplementation(() => {
      const asked = Object.assign(new EventEmitter(), { end: () => undefined });
      setImmediate(() => asked.emit("error", Object.assign(new Error("refused"), { code })));
      return asked as unknown as ClientRequest;
    });
    const found = await look(target(443), STREAM, { ...OPTIONS, trusted: true, certificates: true });
    expect(failures([found], all)).toEqual({ product: 2, streams: 0, ...certificate });
  });

  it("of one host is not known to be good by another's, but to be bad", async () => {
    const closed = await look(target(1), STREAM, { ...OPTIONS, certificates: true });
    const good = await seenAfter(0);
    expect(failures([good, closed], all)).toEqual({ product: 2, streams: 0 });
    expect(failures([await seenAfter(19), closed], all)).toEqual({ product: 2, streams: 0, certificate: 1 });
  });

  it("counts at a host that redirects, too", async () => {
    const port = await product({ "/": answers(301, { Location: "https://main.example.com/" }) });
    jest.spyOn(Date, "now").mockReturnValue(Date.now() + 19 * 3_600_000);
    const redirects = target(port, { redirectsTo: "main.example.com" });
    const found = await look(redirects, STREAM, { ...OPTIONS, certificates: true });
    expect(failures([found], all)).toEqual({ product: 0, streams: 0, certificate: 1 });
  });
});

describe("a host that redirects", () => {
  const redirects = async (answer: Answer) =>
    look(target(await product({ "/": answer }), { redirectsTo: "main.example.com" }), STREAM, OPTIONS);

  it("works if it redirects to the main host, and is asked for nothing else", async () => {
    const found = await redirects(answers(301, { Location: "https://main.example.com/" }));
    expect(found).toMatchObject([{ works: true, why: '301 to "https://main.example.com/"' }]);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ["elsewhere", answers(301, { Location: "https://main.example.com.evil.example/" })],
    ["nowhere", answers(503)],
    ["not at all", answers(200)],
    ["with a page", answers(200, { Location: "https://main.example.com/" })],
  ])("fails if it redirects %s", async (_, answer) => {
    expect(failures([await redirects(answer)], PARTS)).toEqual({ product: 1, streams: 0 });
  });
});

describe("a check", () => {
  const check = async (own = {}) => ({
    targets: [
      { host: HOST, port: await product(own) },
      { host: "other.example.com", port: await product() },
    ],
    loadBalancerHost: "127.0.0.1",
    redirectsTo: "main.example.com",
    streamPath: STREAM,
    trusted: false,
    maintenanceHeader: OPTIONS.maintenanceHeader,
    namespace: "wbot/test",
    metricName: "UptimeFailures",
  });

  it("writes the failures of all hosts by part, in the minute that it began in, and logs each answer", async () => {
    const before = Date.now();
    await handler(await check({ "/": answers(500) }));
    expect(send).toHaveBeenCalledTimes(1);
    const { Namespace, MetricData } = send.mock.calls[0][0].input;
    const datum = (part: string, value: number) => ({
      MetricName: "UptimeFailures",
      Dimensions: [{ Name: "Part", Value: part }],
      Timestamp: expect.any(Date) as Date,
      Unit: "Count",
      Value: value,
    });
    expect(Namespace).toBe("wbot/test");
    expect(MetricData).toEqual([datum("product", 1), datum("streams", 0)]);
    expect(MetricData[0].Timestamp.getTime()).toBeGreaterThanOrEqual(before);
    expect(console.log).toHaveBeenCalledTimes(6);
    expect(console.log).toHaveBeenCalledWith(`FAILED https://${HOST}/: 500`);
    expect(console.log).toHaveBeenCalledWith("ok https://other.example.com/health: 200");
  });

  it("writes nothing about streams that it doesn't try", async () => {
    const without: Partial<Awaited<ReturnType<typeof check>>> = await check();
    delete without.streamPath;
    expect(await handler(without as Parameters<typeof handler>[0])).toEqual({ product: 0 });
  });

  it("writes how many certificates aren't renewed, where it sees cert-manager's", async () => {
    const counts = await handler({ ...(await check()), certificates: true });
    expect(counts).toEqual({ product: 0, streams: 0, certificate: 0 });
  });

  it("writes nothing of certificates while a host doesn't answer", async () => {
    const { targets, ...others } = await check();
    await handler({ ...others, certificates: true, targets: [...targets, { host: HOST, port: 1 }] });
    const parts = (send.mock.calls[0][0].input.MetricData as { Dimensions: { Value: string }[] }[]).map(
      ({ Dimensions }) => Dimensions[0]?.Value,
    );
    expect(parts).toEqual(["product", "streams"]);
  });

  it("goes by a host's own name where it says so, and wants a redirect of one that redirects", async () => {
    const named = { host: "localhost", port: await product(), byName: true };
    const port = await product({ "/": answers(301, { Location: "https://main.example.com/" }) });
    const targets = [named, { host: "www.example.com", port, redirects: true }];
    expect(await handler({ ...(await check()), targets })).toEqual({ product: 0, streams: 0 });
    expect(seen.map(({ headers, url }) => `${headers.host ?? ""}${url ?? ""}`).sort()).toEqual([
      "localhost/",
      `localhost${STREAM}`,
      "localhost/health",
      "www.example.com/",
    ]);
    const elsewhere = { ...(await check()), targets: [named], loadBalancerHost: "nowhere.invalid" };
    expect(await handler(elsewhere)).toEqual({ product: 0, streams: 0 });
  });

  it("ends when all that it asks for hangs, with time left to write", async () => {
    const start = Date.now();
    const counts = await handler(
      await check({ "/": hangs, "/health": hangs, [STREAM]: sends("data: 1\n\n", "wait") }),
      undefined,
      { patienceMs: 200, streamMs: 200 },
    );
    expect(counts["product"]).toBeGreaterThanOrEqual(2);
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  it("fails if it can't write, so that the missing metric is noticed", async () => {
    send.mockRejectedValue(new Error("AccessDenied"));
    await expect(handler(await check())).rejects.toThrow("AccessDenied");
  });
});
