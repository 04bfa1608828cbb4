import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { drainFinding, readStream } from "../../../commands/verification/drain";
import { loadEnvironment } from "../../../environments";
import { kubernetesApi, PODS } from "../kubernetes";

const EVENTS = 8;
/** Time between two events (milliseconds). */
const GAP = 10;
/** What a pod of the backend does with a stream, once it is evicted. */
type AtSigterm = "drains" | "closes" | "cancels";

/** Stands in for the pod, on this machine. */
let pod: Server;
let atSigterm: AtSigterm;
const EVICTION = `${PODS}/ai-1/eviction`;
const ready = (name: string, extra: object = {}) => ({
  metadata: { name, namespace: "wbot", ...extra },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});
const kubernetes = kubernetesApi(() => ({
  [PODS]: { items: [ready("ai-1"), ready("ai-2")] },
  [EVICTION]: {},
}));
const evicted = () => kubernetes.asked.some((line) => line === `POST ${EVICTION}`);

beforeAll(async () => {
  pod = createServer((request, response) => {
    if (request.url !== "/api/stream" && request.url !== "/api/short") {
      response.writeHead(request.url === "/api/page" ? 200 : 404, { "Content-Type": "text/html" }).end("<p>");
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    let count = 0;
    const timer = setInterval(() => {
      if (evicted() && atSigterm === "closes") {
        response.destroy();
        return;
      }
      if (evicted() && atSigterm === "cancels") {
        end();
        return;
      }
      response.write(`: heartbeat\n\ndata: ${count}\n\n`);
      if (++count === (request.url === "/api/short" ? 1 : EVENTS)) end();
    }, GAP);
    const end = () => {
      clearInterval(timer);
      response.end();
    };
    response.on("close", () => {
      clearInterval(timer);
    });
  });
  await new Promise<void>((resolve) => pod.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  pod.closeAllConnections();
  await new Promise((resolve) => pod.close(resolve));
});

beforeEach(() => {
  atSigterm = "drains";
});

const dev = loadEnvironment("dev", { overrides: { account: "111122223333" } });
const HASTY = { preStop: 0.03, afterSigterm: 0.03 };

const found = (path: string) =>
  drainFinding(kubernetes.config, dev, path, {
    ...HASTY,
    connect: () => Promise.resolve(connect((pod.address() as AddressInfo).port, "127.0.0.1")),
  });

it("passes when the evicted pod sends as many events as before, heartbeats aside", async () => {
  expect(await found("/api/stream")).toEqual({
    status: "pass",
    why: "a stream ran to its end, 8 events, 0 s after its pod was asked to stop",
  });
  expect(evicted()).toBe(true);
});

it.each(["closes", "cancels"] as const)("fails when the server %s its streams at SIGTERM", async (what) => {
  atSigterm = what;
  expect(await found("/api/stream")).toEqual({
    status: "fail",
    why: expect.stringMatching(/^a stream was cut off after [1-7] of 8 events, 0 s after /),
    fix: "docs/images.md says what servers and SSE libraries do on SIGTERM, and how to prevent it",
  });
});

it.each([
  ["/api/none", "answered 404"],
  ["/api/page", 'answered with "text/html"'],
  ["/api/short", "ended after 0 s"],
])("evicts no pod for %s, which would show nothing", async (path, why) => {
  expect(await found(path)).toEqual({
    status: "fail",
    why: expect.stringContaining(`could not check: GET ${path} ${why}`),
    fix: expect.stringMatching(
      /^Name a path whose stream lasts from 0.06 s to \d+ s \(streaming\.drain\) and/,
    ),
  });
  expect(evicted()).toBe(false);
});

it("evicts no pod that nobody else would stand in for", async () => {
  const going = ready("ai-3", { deletionTimestamp: "2026-01-01T00:00:00Z" });
  kubernetes.answers = { [PODS]: { items: [ready("ai-1"), going] } };
  expect(await found("/api/stream")).toEqual({
    status: "warn",
    why: "not tried: evicting the only ready pod of wbot-ai would be an outage",
    fix: "ai: { replicas: { min: 2 } } in environments/dev.ts",
  });
  expect(evicted()).toBe(false);
});

it.each([
  ["is given up", undefined],
  ["breaks", new Error("ECONNRESET")],
])("counts what came of a stream whose connection, as through the API server, %s", async (_, error) => {
  const socket = connect((pod.address() as AddressInfo).port, "127.0.0.1");
  const connection = Duplex.from({ readable: socket, writable: socket });
  const onFirstByte = () => Promise.resolve(connection.destroy(error));
  const { answer, events, complete } = await readStream(connection, {
    host: "chat.test",
    path: "/api/stream",
    within: 60,
    onFirstByte,
  });
  expect({ answer, events, complete }).toEqual({ answer: undefined, events: 1, complete: false });
});

it("says so when the pod may not be evicted", async () => {
  kubernetes.answers[EVICTION] = 429;
  await expect(found("/api/stream")).rejects.toThrow("Kubernetes says 429");
});
