import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkImage, type CheckImageOptions } from "../../../commands/check-image/check-image";
import { podOf } from "../../../commands/check-image/pod";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import type { StackJson } from "../../../stacks/stack-json";
import { synth } from "../../synth";

/** With `docker` on the PATH, a stand-in whose images are Node.js programs. */
const folder = mkdtempSync(join(tmpdir(), "wbot-check-image-"));
const { PATH: path } = process.env;
beforeAll(() => {
  copyFileSync(join(__dirname, "docker.sh"), join(folder, "docker"));
  chmodSync(join(folder, "docker"), 0o755);
  process.env["PATH"] = `${folder}:${path ?? ""}`;
});
afterAll(() => {
  process.env["PATH"] = path;
});
beforeEach(() => {
  jest.spyOn(console, "log").mockReturnValue();
});

/** A program that serves `/health` and a stream of 13 events, and ends when its open requests have. */
const SERVER = `
const server = require("node:http").createServer({ maxHeaderSize: Number(/http-header-size=(\\d+)/.exec(process.env.NODE_OPTIONS)?.[1]) }, (request, response) => {
  if (request.url !== "/api/stream") return response.writeHead(health()).end();
  response.writeHead(200, { "content-type": "text/event-stream" });
  let n = 0;
  const timer = setInterval(() => {
    response.write("data: " + n + "\\n\\n");
    if (++n < 13) return;
    clearInterval(timer);
    response.end();
  }, 12);
});
const health = () => 200;
server.listen(Number(process.env.PORT));
const stop = () => server.close();
`;
const ENDS = 'process.on("SIGTERM", stop);';

const programs: string[] = [];
function image(text: string): string {
  const file = join(folder, `image-${programs.push(text)}.js`);
  writeFileSync(file, text);
  return file;
}

const dev = loadEnvironment("dev");
async function check(text: string, options: CheckImageOptions = {}, service: "ai" | "web" = "web") {
  const found = await checkImage(new Session(dev, join(folder, "out")), service, image(text), {
    streamSeconds: 0.1,
    pause: 20,
    ...options,
  });
  return {
    found: Object.fromEntries(found.map(({ check: name, status, why }) => [name, `${status}: ${why}`])),
    fixes: found.map(({ fix }) => fix),
  };
}

const calls = () => readFileSync(join(folder, "calls"), "utf8");
const stream = "/api/stream";

it("passes an image that keeps the contract, run as its pod with secrets in no argument, and removes its container", async () => {
  const secrets = join(folder, "app-secret.env");
  writeFileSync(secrets, "SUPABASE_ANON_KEY=not-a-real-one\nOPENAI_API_KEY=of-another-service\n");
  expect((await check(`${SERVER}${ENDS}`, { stream, secrets })).found).toEqual({
    start: expect.stringMatching(/^pass: GET \/ answered 200 after \d+ s$/),
    architecture: "pass: built for arm64, as the nodes are",
    programs: "pass: sh, sleep and node are in its PATH",
    process: "pass: SIGTERM goes to node",
    headers: "pass: accepts 62 KiB of headers",
    health: "pass: GET /health answers without a network",
    drain: expect.stringMatching(/^pass: .+ 13 events, \d+ s after SIGTERM$/),
    end: "pass: exited with code 0 on SIGTERM",
  });
  expect(readdirSync(folder).filter((name) => name.startsWith("wbot-check-image-"))).toEqual([]);
  // A second SIGTERM would kill what is already exiting.
  expect(calls().match(/^stop /gm)).toHaveLength(1);
  const run = calls()
    .split("\n")
    .find((line) => line.startsWith("run "));
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
  [["sh"], "no sleep and node"],
  [["sh", "node"], "no sleep"],
])("fails one whose PATH has only %j, and can't see its main process by these", async (few, missing) => {
  const at = join(folder, "programs");
  mkdirSync(at);
  for (const name of few) symlinkSync("/bin/sh", join(at, name));
  const { found } = await check(`${SERVER}${ENDS}`);
  rmSync(at, { recursive: true });
  expect(found).toMatchObject({
    programs: `fail: ${missing} in its PATH: a hung process would not be killed`,
    process: "skip: the system doesn't say which it is",
  });
});

it("says of one that was killed that its memory was full", async () => {
  writeFileSync(join(folder, "out-of-memory"), "true\n");
  const { found } = await check("process.exit(137);");
  rmSync(join(folder, "out-of-memory"));
  expect(found).toEqual({ start: expect.stringMatching(/^fail: ran out of memory after \d+ s$/) });
});

it("fails one that exits, and says below its log what it may stumble over", async () => {
  const { found, fixes } = await check('console.log("no such module"); process.exit(3);');
  expect(found).toEqual({ start: expect.stringMatching(/^fail: exited with code 3 after \d+ s$/) });
  expect(fixes).toEqual([
    "no such module\nIt runs as its pod does: as user 1000:1000, which must be able to read its files, and with only /tmp writable.",
  ]);
});

it("fails one of another architecture than the nodes', whose repository may have theirs, too", async () => {
  writeFileSync(join(folder, "built"), "amd64\n");
  const { found, fixes } = await check(`${SERVER}${ENDS}`);
  rmSync(join(folder, "built"));
  expect(found["architecture"]).toBe("fail: built for amd64, but the nodes are arm64 (nodes.architecture)");
  expect(fixes[1]).toMatch(
    /^docker build --platform linux\/arm64 …, or, if its repository has that one, too: docker image rm (\S+\.js) && docker pull --platform linux\/arm64 \1$/,
  );
});

it("says why the system may not run its program", async () => {
  const { fixes } = await check('console.log("exec node failed: Exec format error"); process.exit(126);');
  expect(fixes[0]).toMatch(
    /^exec .*\nEither .* lacks a first line such as #!\/bin\/sh, or .* another architecture .* QEMU: docker run /,
  );
});

it("fails one that is started by npm, refuses large headers, asks a dependency for its health and ends its streams at SIGTERM", async () => {
  const server = SERVER.replace(/maxHeaderSize: [^}]*/, "maxHeaderSize: 16384 ").replace(
    "=> 200",
    '=> (require("node:fs").existsSync("offline") ? 503 : 200)',
  );
  const { found, fixes } = await check(
    `// npm start\n${server}process.on("SIGTERM", () => process.exit(0));`,
    { stream },
  );
  expect(found).toMatchObject({
    process: expect.stringMatching(/^fail: SIGTERM goes to npm start, which ends without telling the server/),
    headers: "fail: 62 KiB of headers, which Traefik accepts: 431",
    health: expect.stringMatching(/^fail: GET \/health fails when nothing else can be reached/),
    drain: expect.stringMatching(/^fail: .+ of 13 events, 0 s after SIGTERM$/),
  });
  expect(fixes).toContain(
    "NODE_OPTIONS carries the limit: nothing may replace it, and a server started with maxHeaderSize must be given it there.",
  );
});

it("says what takes large headers instead of `fastapi run`", async () => {
  const server = SERVER.replace(/maxHeaderSize: [^}]*/, "maxHeaderSize: 16384 ");
  const { fixes } = await check(`${server}${ENDS}`, {}, "ai");
  expect(fixes.join("\n")).toContain(
    "start python3 -m uvicorn instead, in the image or with the setting ai.command",
  );
});

it("can't judge by a stream that is too short", async () => {
  expect((await check(`${SERVER.replace("< 13", "< 1")}${ENDS}`, { stream })).found["drain"]).toMatch(
    /^fail: could not check: GET \/api\/stream ended after 0 s$/,
  );
});

const redirecting = (to: string) =>
  `${SERVER.replace(".writeHead(health())", `.writeHead(307, { location: ${to} })`)}${ENDS}`;

it("passes redirects within the product's host", async () => {
  const to = `request.url === "/" ? "/login" : "https://${dev.domain.host}/login"`;
  expect((await check(redirecting(to))).found).toMatchObject({
    start: expect.stringMatching(/^pass: GET \/ answered 307 /),
    headers: "pass: accepts 62 KiB of headers",
  });
});

it.each([
  ["web", "wbot-ai", "/"],
  ["ai", "Redis", "/health"],
] as const)(
  "fails a redirect elsewhere by an image of %s, as a deploy's verification does, and says below the log that it can't reach %s",
  async (service, what, path) => {
    const server = redirecting('"https://elsewhere.test/"').replace(/maxHeaderSize: [^}]*/, "");
    const { found, fixes } = await check(server, {}, service);
    expect(found).toEqual({
      start: `fail: GET ${path} did not succeed: 307 to https://elsewhere.test/, not within ${dev.domain.host}`,
    });
    expect(fixes[0]).toMatch(
      new RegExp(` It gets the keys of --secrets, but can't reach ${what}, and must still answer\\.$`),
    );
  },
);

it("fails one that ignores SIGTERM, and counts the time until it was killed from SIGTERM, which a stream's check has sent before", async () => {
  const streams = SERVER.replace("12", "50");
  // Docker would kill it after the drain and ten seconds: it does that itself.
  const ignores = `${streams}process.on("SIGTERM", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), 800));`;
  expect((await check(ignores, { stream })).found["end"]).toMatch(
    /^fail: did not exit on SIGTERM, and was killed after [1-9]\d* s$/,
  );
});

it("starts no container after the program was ended while the image was pulled", async () => {
  const [pulling, pulls] = [join(folder, "pulling"), join(folder, "pulls")];
  writeFileSync(pulling, "");
  listenForInterrupts();
  const work = check(`${SERVER}${ENDS}`).catch((error: unknown) => error);
  while (!existsSync(pulls)) await sleep(10);
  process.emit("exit", 130);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
  rmSync(pulling);
  expect(String(await work)).toMatch(/docker run --rm \S+\.js --version$/);
});

it("says why an image can't be run, and what lacks Docker", async () => {
  const session = new Session(dev, join(folder, "out"));
  await expect(checkImage(session, "web", "no-such-image")).rejects.toThrow(
    /: manifest for no-such-image not found\. .+: docker run --rm no-such-image --version$/,
  );
  process.env["PATH"] = tmpdir();
  await expect(checkImage(session, "web", "any")).rejects.toThrow(
    /^An image can only be tried with Docker: .+ PATH$/,
  );
  process.env["PATH"] = `${folder}:${path ?? ""}`;
});
