import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { CommandError } from "../cli/exit-codes";
import { cleanUpOnExit } from "../cli/interrupt";
import type { Emulator } from "./emulator";

/** What is installed from PyPI; `docker` is how MiniStack starts k3s. */
const PACKAGES = ["ministack==1.5.33", "docker==7.1.0"];
const PORT = 4566;
const START_MS = 60_000;

/**
 * Starts MiniStack in a virtual environment of its own. Its EKS clusters are k3s in Docker, whose pods must reach it:
 * on Linux it listens on the address of Docker's bridge, which only this machine and its containers see; elsewhere
 * Docker forwards from its virtual machine to localhost.
 */
export async function startMiniStack(say: (line: string) => void): Promise<Emulator> {
  const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "wbot-on-aws", "ministack");
  install(folder, say);
  const host = platform() === "linux" ? bridgeAddress() : "127.0.0.1";
  const fromPods = platform() === "linux" ? host : "host.docker.internal";
  say("starting MiniStack");
  const log = openSync(join(folder, "log"), "w", 0o600);
  const child = spawn(join(folder, "bin", "python"), [join(__dirname, "ministack_start.py")], {
    env: { ...process.env, BIND_HOST: host, GATEWAY_PORT: String(PORT), PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", log, log],
    // Its own group: Ctrl-C must first let Terraform write its state, for which the emulator has to answer.
    detached: true,
  });
  closeSync(log);
  const forget = cleanUpOnExit(() => child.kill());
  const endpoint = `http://${host}:${PORT}`;
  await untilItAnswers(endpoint, child, join(folder, "log"));
  return {
    endpoint,
    fromPods: `http://${fromPods}:${PORT}`,
    stop: async () => {
      forget();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}

function install(folder: string, say: (line: string) => void): void {
  const wanted = join(folder, `${PACKAGES.join("+")}.installed`);
  if (existsSync(wanted)) return;
  say("installing MiniStack from PyPI (once)");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const steps = [
    ["python3", "-m", "venv", folder],
    [join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", ...PACKAGES],
  ];
  for (const [program = "", ...args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0) continue;
    throw new CommandError(
      `MiniStack can't be installed: "${program} ${args.join(" ")}" failed (${error?.message ?? stderr.trim().split("\n").at(-1) ?? ""}). It needs Python 3.10 or newer with venv, and PyPI.`,
    );
  }
  closeSync(openSync(wanted, "w"));
}

function bridgeAddress(): string {
  const { stdout } = spawnSync(
    "docker",
    ["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"],
    { encoding: "utf8" },
  );
  const address = stdout.trim();
  if (/^\d+(\.\d+){3}$/.test(address)) return address;
  throw new CommandError(
    `Docker has no bridge network that its containers could reach this machine by: docker network inspect bridge`,
  );
}

async function untilItAnswers(endpoint: string, child: ChildProcess, log: string): Promise<void> {
  const end = performance.now() + START_MS;
  while (performance.now() < end && child.exitCode === null) {
    const answers = await fetch(`${endpoint}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  child.kill();
  throw new CommandError(`MiniStack did not start: see ${log}`);
}
