import childProcess from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkImage, type CheckImageOptions } from "../../../commands/check-image/check-image";
import { podOf } from "../../../commands/check-image/pod";
import * as cli from "../../../commands/cli/docker";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import type { StackJson } from "../../../stacks/stack-json";
import { synth } from "../../synth";
import { Docker, type Image } from "./docker";

jest.mock("../../../commands/cli/docker", () => ({
  ...jest.requireActual("../../../commands/cli/docker"),
  docker: jest.fn(),
  dockerTrouble: jest.fn(),
}));

const folder = mkdtempSync(join(tmpdir(), "wbot-check-image-"));
const dev = loadEnvironment("dev");
const session = new Session(dev, join(folder, "out"));
beforeEach(() => {
  jest.spyOn(console, "log").mockReturnValue();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const stream = "/api/stream";

/** Serves a stream of so many events, one each 12 ms, and what `page` answers to everything else. */
function serving(page: RequestListener, events = 13): RequestListener {
  return (request, response) => {
    if (request.url !== stream) {
      page(request, response);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    let n = 0;
    const timer = setInterval(() => {
      response.write(`data: ${n}\n\n`);
      if (++n < events) return;
      clearInterval(timer);
      response.end();
    }, 12);
  };
}
const well: RequestListener = (_, response) => response.writeHead(200).end();

/** What a check of an image says, by what it looks at, and how to fix it; and the calls of Docker. */
async function check(
  image: Partial<Image>,
  options: CheckImageOptions = {},
  service: "ai" | "web" = "web",
  trial = new Docker({ serve: serving(well), ...image }),
) {
  jest.mocked(cli.docker).mockImplementation(trial.docker as never);
  const found = await checkImage(session, service, "an/image:v1", {
    streamSeconds: 0.1,
    pause: 20,
    ...options,
  });
  return {
    found: Object.fromEntries(found.map(({ check: name, status, why }) => [name, `${status}: ${why}`])),
    fixes: found.map(({ fix }) => fix),
    calls: trial.calls,
  };
}

it("passes an image that keeps the contract, run as its pod with secrets in no argument, and removes its container", async () => {
  const secrets = join(folder, "app-secret.env");
  writeFileSync(secrets, "SUPABASE_ANON_KEY=not-a-real-one\nOPENAI_API_KEY=of-another-service\n");
  const { found, calls } = await check({ runs: true }, { stream, secrets });
  expect(found).toEqual({
    start: expect.stringMatching(/^pass: GET \/ answered 200 after \d+ s$/),
    architecture: "pass: built for arm64, as the nodes are",
    programs: "pass: sh, sleep and node are in its PATH",
    process: "pass: SIGTERM goes to node",
    headers: "pass: accepts 62 KiB of headers",
    health: "pass: GET /health answers without a network",
    drain: expect.stringMatching(/^pass: .+ 13 events, \d+ s after SIGTERM$/),
    end: "pass: exited with code 0 on SIGTERM",
  });
  expect(calls.at(-1)).toMatch(/^rm --force /);
  // A second SIGTERM would kill what is already exiting.
  expect(calls.filter((call) => call.startsWith("stop "))).toHaveLength(1);
  const run = calls.find((call) => call.startsWith("run "));
  for (const option of [
    ...[
      "--init",
      "--read-only",
      "--user=1000:1000",
      "--cap-drop=ALL",
      "--tmpfs=/tmp:exec,mode=1777,size=64m",
    ],
    ...["--memory=1g", "--sysctl=net.ipv4.tcp_keepalive_time=120", "--publish=127.0.0.1::3000"],
    // Docker may set proxies for every container; in its pod it has none.
    ...["--env=NO_PROXY=* ", "--env=no_proxy=* "],
    ...["--env=PUBLIC_URL=https://", "--env=SUPABASE_ANON_KEY "],
  ])
    expect(run).toContain(` ${option}`);
  expect(run).not.toMatch(/not-a-real-one|OPENAI/);
  const { variables } = jest.mocked(cli.docker).mock.calls[0]?.[1] ?? {};
  expect(variables).toMatchObject({ SUPABASE_ANON_KEY: "not-a-real-one" });
});

it("gives it the time of the pod's probe until it answers, and for each answer", () => {
  const { json } = synth("dev").app;
  expect(podOf(json as StackJson, "wbot-web").startup).toEqual({ path: "/", seconds: 300, timeout: 15 });
});

it("runs the command of the settings as the pod does, without Terraform's escapes", () => {
  const { json } = synth("dev", { web: { command: ["sh", "-c", "exec serve -p ${PORT}"] } }).app;
  expect(podOf(json as StackJson, "wbot-web").command).toEqual(["sh", "-c", "exec serve -p ${PORT}"]);
});

it.each([
  [[], "no sh"],
  [["sh", "node"], "no sleep"],
])("fails one whose PATH has only %j, and can't see its main process by these", async (programs, missing) => {
  expect((await check({ programs })).found).toMatchObject({
    programs: `fail: ${missing} in its PATH: a hung process would not be killed`,
    process: "skip: the system doesn't say which it is",
  });
});

it.each([
  [{ code: 137, outOfMemory: true, log: "" }, /^fail: ran out of memory after \d+ s$/, /only \/tmp writable/],
  [
    { code: 3, log: "no such module" },
    /^fail: exited with code 3 after \d+ s$/,
    /^no such module\nIt runs as its pod does: as user 1000:1000, .* can't reach Redis or another service, and must still answer\.$/,
  ],
  [
    { code: 126, log: "exec node failed: Exec format error" },
    /^fail: exited with code 126 /,
    /^exec .*\nEither .* lacks a first line such as #!\/bin\/sh, or .* another architecture, .* QEMU: docker run /,
  ],
])("fails one that exits, and says below its log what it may stumble over: %j", async (exits, why, fix) => {
  const { found, fixes } = await check({ exits });
  expect(found).toEqual({ start: expect.stringMatching(why) });
  expect(fixes).toEqual([expect.stringMatching(fix)]);
});

it("fails one of another architecture than the nodes', that is started by npm, refuses large headers, asks a dependency for its health and ends its streams at SIGTERM", async () => {
  const trial: Docker = new Docker({
    serve: serving((_, response) => response.writeHead(trial.offline ? 503 : 200).end()),
    architecture: "amd64",
    main: "npm start",
    maxHeaderSize: 16_384,
    onSigterm: "cuts off",
  });
  const { found, fixes } = await check({}, { stream }, "web", trial);
  expect(found).toMatchObject({
    architecture: "fail: built for amd64, but the nodes are arm64 (nodes.architecture)",
    process: expect.stringMatching(
      /^fail: SIGTERM goes to npm start, which exits without passing it on to the server/,
    ),
    headers: "fail: 62 KiB of headers, which Traefik accepts: 431",
    health: expect.stringMatching(/^fail: GET \/health fails when nothing else can be reached/),
    drain: expect.stringMatching(/^fail: .+ of 13 events, 0 s after SIGTERM$/),
  });
  // Its repository may have one for the nodes, too.
  expect(fixes[1]).toMatch(
    /^docker build --platform linux\/arm64 …, .* docker image rm (\S+) && docker pull --platform linux\/arm64 \1$/,
  );
  expect(fixes).toContain(
    "NODE_OPTIONS sets the limit: nothing may overwrite it, and a server that passes maxHeaderSize itself must pass the same limit.",
  );
});

it("says what takes large headers instead of `fastapi run`", async () => {
  const { fixes } = await check({ maxHeaderSize: 16_384 }, {}, "ai");
  expect(fixes.join("\n")).toContain(
    "start python3 -m uvicorn instead, in the image or with the setting ai.command",
  );
});

it("can't judge by a stream that is too short", async () => {
  const { found } = await check({ serve: serving(well, 1) }, { stream });
  expect(found["drain"]).toMatch(/^fail: could not check: GET \/api\/stream ended after 0 s$/);
});

const redirecting = (to: (url?: string) => string): Partial<Image> => ({
  serve: (request, response) => response.writeHead(307, { location: to(request.url) }).end(),
});

it("passes redirects within the product's host", async () => {
  const to = (url?: string) => (url === "/" ? "/login" : `https://${dev.domain.host}/login`);
  expect((await check(redirecting(to))).found).toMatchObject({
    start: expect.stringMatching(/^pass: GET \/ answered 307 /),
    headers: "pass: accepts 62 KiB of headers",
  });
});

it("fails a redirect elsewhere, as a deploy's verification does", async () => {
  expect((await check(redirecting(() => "https://elsewhere.test/"))).found).toEqual({
    start: `fail: GET / did not succeed: 307 to https://elsewhere.test/, not within ${dev.domain.host}`,
  });
});

it("fails a redirect to HTTPS at its own address, which a probe would follow", async () => {
  const { found } = await check(redirecting(() => "https://127.0.0.1:3000/"));
  expect(found).toEqual({
    start:
      "fail: GET / did not succeed: 307 to https://127.0.0.1:3000/, where a probe finds no TLS: leave this redirect to Traefik",
  });
});

it("fails one that ignores SIGTERM, and counts the time until it was killed from SIGTERM, which a stream's check has sent before", async () => {
  expect((await check({ onSigterm: "ignores" }, { stream })).found["end"]).toMatch(
    /^fail: did not exit on SIGTERM, and was killed after [1-9]\d* s$/,
  );
});

it("starts no container after the program was ended while the image was pulled", async () => {
  const removed = jest.spyOn(childProcess, "spawnSync").mockReturnValue({} as never);
  listenForInterrupts();
  const trial = new Docker({ serve: well, endless: true });
  const work = check({}, {}, "web", trial).catch((error: unknown) => error);
  while (trial.calls.length === 0) await new Promise(setImmediate);
  process.emit("exit", 130);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
  expect(String(await work)).toMatch(/killed\. .*docker run --rm an\/image:v1 --version$/);
  expect(removed.mock.calls).toEqual([
    ["docker", expect.arrayContaining(["rm", "--force"]), expect.anything()],
  ]);
});

it("says why an image can't be run, and what lacks Docker", async () => {
  const stderr = "docker: manifest for no-such-image not found.\n";
  const rejected = Promise.reject(Object.assign(new Error("failed"), { stderr }));
  jest.mocked(cli.docker).mockReturnValue(rejected as never);
  await expect(checkImage(session, "web", "no-such-image")).rejects.toThrow(
    /: manifest for no-such-image not found\. .+: docker run --rm no-such-image --version$/,
  );
  jest.mocked(cli.dockerTrouble).mockReturnValue("docker is not on the PATH");
  await expect(checkImage(session, "web", "any")).rejects.toThrow(
    "Checking an image needs Docker: docker is not on the PATH",
  );
});
