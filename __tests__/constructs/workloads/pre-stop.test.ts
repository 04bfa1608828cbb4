import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { createServer as createSocket, type AddressInfo, type Server as Socket } from "node:net";
import { preStop } from "../../../constructs/workloads/pre-stop";

const RUNTIMES = ["python", "node"] as const;
/** Instead of a signal to every process of the pod, here of this machine. */
const KILLS = { 'process.kill(-1, "SIGKILL")': 'console.log("killed")', "os.kill(-1, 9)": 'print("killed")' };

/** Runs a hook's program as the container does, with shorter times: how long it took, and whether it would have killed. */
async function run(runtime: (typeof RUNTIMES)[number], wait: number, patience: number, port: number) {
  const { exec } = preStop(runtime, "/health", wait);
  const [program = "", flag = "", script = ""] = exec.command.slice(4);
  const harmless = Object.entries(KILLS).reduce((text, [kill, said]) => text.replace(kill, said), script);
  if (harmless === script || harmless.includes("kill(-1")) throw new Error("the hook would kill this test");
  const start = Date.now();
  const child = spawn(program, [flag, harmless, String(wait), String(patience), "/health"], {
    env: { PATH: process.env["PATH"], PORT: String(port) },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise((done) => child.on("close", done));
  return { status, output: output.trim(), seconds: (Date.now() - start) / 1000 };
}

async function listening(server: Server | Socket): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

describe.each(RUNTIMES)("the hook of a service in %s", (runtime) => {
  it.concurrent.each([200, 503])(
    "waits for callers, and kills nothing that answers, if only with %i",
    async (code) => {
      const asked: (string | undefined)[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url);
        response.writeHead(code).end();
      });
      const { status, output, seconds } = await run(runtime, 0.3, 5, await listening(server));
      server.close();
      expect({ status, output, asked }).toEqual({ status: 0, output: "", asked: ["/health"] });
      expect(seconds).toBeGreaterThanOrEqual(0.3);
    },
  );

  it.concurrent("kills one that takes connections and answers none, as a stopped process does", async () => {
    const server = createSocket((socket) => {
      // Held, and ended with the hook.
      socket.on("error", () => undefined);
    });
    const { output } = await run(runtime, 0.1, 0.3, await listening(server));
    server.close();
    expect(output).toBe("killed");
  });

  it.concurrent("leaves one that no longer listens to SIGTERM", async () => {
    const server = createSocket();
    const port = await listening(server);
    await new Promise((done) => server.close(done));
    expect(await run(runtime, 0.1, 0.3, port)).toMatchObject({ status: 0, output: "" });
  });
});
