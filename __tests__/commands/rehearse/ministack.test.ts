import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMiniStack, type Endpoint } from "../../../commands/rehearse/ministack";

const folder = mkdtempSync(join(tmpdir(), "wbot-ministack-"));
const bin = join(folder, "bin");
mkdirSync(bin);
const { PATH: path } = process.env;

jest.mock("../../../commands/cli/python-program", () => ({
  pythonProgram: () => Promise.resolve(join(bin, "ministack")),
}));

/** A program, as the virtual environment's Python or on the PATH. */
function program(name: string, script: string): void {
  writeFileSync(join(bin, name), script, { mode: 0o755 });
}

beforeAll(() => {
  process.env["PATH"] = `${bin}:${path ?? ""}`;
  program("docker", `#!/bin/sh\nprintf "127.0.0.1\\thost.docker.internal\\n"\n`);
});
afterAll(() => {
  process.env["PATH"] = path;
});

/** Its script runs in Node, in MiniStack's place. */
async function started(script: string): Promise<Endpoint> {
  program("python", `#!${process.execPath}\n${script}`);
  return startMiniStack(() => undefined, await freePort(), 20);
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** It is healthy, and ends at any other request. */
const SERVER = `
const { BIND_HOST, GATEWAY_PORT } = process.env;
require("node:http")
  .createServer(({ url }, answer) => (url === "/_ministack/health" ? answer.end("{}") : process.kill(process.pid, "SIGKILL")))
  .listen(Number(GATEWAY_PORT), BIND_HOST);
`;

it("stops MiniStack", async () => {
  const { endpoint, stop } = await started(SERVER);
  await stop();
  await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
});

it("does not wait to stop a MiniStack that has crashed: Node would exit with 0", async () => {
  const { endpoint, stop } = await started(SERVER);
  await expect(fetch(endpoint)).rejects.toThrow();
  await untilStopped(endpoint);
  await expect(stop()).resolves.toBeUndefined();
});

async function untilStopped(endpoint: string): Promise<void> {
  while (await fetch(`${endpoint}/_ministack/health`).catch(() => undefined));
  // Its exit has been noticed.
  await new Promise((resolve) => setTimeout(resolve, 20));
}

it.each(["process.exit(1)", 'process.kill(process.pid, "SIGKILL")'])(
  "waits no longer for a MiniStack that has ended (%s)",
  async (script) => {
    await expect(started(script)).rejects.toThrow(`MiniStack did not start: see ${join(folder, "log")}`);
  },
);
