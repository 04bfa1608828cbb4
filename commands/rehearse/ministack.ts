import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { isLocal } from "../../environments/emulator";
import { PROJECT } from "../../project";
import { CommandError } from "../cli/exit-codes";
import { addressInContainers, dockerEngine, dockerTrouble } from "../cli/docker";
import { cleanUpOnExit } from "../cli/interrupt";
import { pythonProgram, pythonTrouble, type PythonPackage } from "../cli/python-program";
import { untilItHolds, type Attempt } from "../cli/wait";
import { terraformProgram } from "../../stacks/command-lines";
import { connectTrouble } from "../verification/requests";

/** An emulator that was started for the rehearsal. */
export interface Endpoint {
  readonly endpoint: string;
  /** As pods in its clusters reach it. */
  readonly fromPods: string;
  /** Its log file. */
  readonly log: string;
  readonly stop: () => Promise<void>;
}

/** It starts k3s through the `docker` package. */
export const MINISTACK: PythonPackage = {
  name: "ministack",
  program: "ministack",
  python: "3.10",
};
/** Image of its EKS clusters, with the Kubernetes version that the stacks are written for. */
export const K3S = "rancher/k3s:v1.36.1-k3s1";
const PORT = 4566;
const START_MS = 60_000;
/** Between two looks whether it has started. */
const PAUSE_MS = 500;

/** What this machine lacks to start MiniStack, as one line; undefined if nothing is missing. */
export function ministackTrouble(): string | undefined {
  const engine = dockerTrouble();
  const missing = [
    engine && `Docker (${engine})`,
    pythonTrouble(MINISTACK),
    ...[terraformProgram(), "aws"].map((program) =>
      spawnSync(program, ["--version"], { env: process.env }).error
        ? `${program} (not on the PATH)`
        : undefined,
    ),
  ].filter((each) => each !== undefined);
  return missing.length === 0 ? undefined : missing.join(", ");
}

/**
 * Starts MiniStack, with its gaps filled, in a virtual environment of its own. Its EKS clusters are k3s in Docker, whose
 * pods must reach it: if Docker's bridge is an interface of this machine, it listens there, visible only to this machine
 * and its containers; otherwise Docker runs in a virtual machine and forwards to loopback.
 */
export async function startMiniStack(
  say: (line: string) => void,
  port = PORT,
  pause = PAUSE_MS,
): Promise<Endpoint> {
  const bin = dirname(await pythonProgram("rehearse", MINISTACK, say));
  say(`starting a ${K3S} container (pulled once)`);
  const inContainers = await addressInContainers(K3S);
  const inContainersUrl = `http://${inContainers}:${port}`;
  const host = isLocal(inContainersUrl) ? inContainers : "127.0.0.1";
  await refuseTakenPort(host, port);
  say("starting MiniStack");
  const file = join(dirname(bin), "log");
  const log = openSync(file, "w", 0o600);
  const child = spawn(join(bin, "python"), [join(PROJECT, "commands", "rehearse", "ministack_start.py")], {
    env: { ...process.env, ...settings(host, port) },
    stdio: ["ignore", log, log],
    // In its own process group: after Ctrl-C, Terraform still needs the emulator to write its state.
    detached: true,
  });
  closeSync(log);
  // From the start: it may end by itself.
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const forget = cleanUpOnExit(() => child.kill());
  const endpoint = `http://${host}:${port}`;
  await untilItAnswers(endpoint, child, file, pause);
  return {
    endpoint,
    fromPods: inContainersUrl,
    log: file,
    stop: async () => {
      forget();
      child.kill();
      await ended;
    },
  };
}

function settings(host: string, port: number): Record<string, string> {
  return {
    BIND_HOST: host,
    GATEWAY_PORT: String(port),
    // IAM and access entries are enforced, as on AWS.
    AUTH: "true",
    EKS_K3S_IMAGE: K3S,
    // It would listen on every address of this machine.
    IOT_MTLS_ENABLED: "0",
    DOCKER_HOST: dockerEngine(),
    // Seconds per Docker call: a first k3s is slow.
    MINISTACK_DOCKER_TIMEOUT: "60",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** Whatever answers there would be mistaken for our emulator. */
async function refuseTakenPort(host: string, port: number): Promise<void> {
  if ((await connectTrouble(host, port)) !== undefined) return;
  throw new CommandError(
    `Something already listens on ${host}:${port}, MiniStack's port. Stop it, or rehearse against it: AWS_ENDPOINT_URL=http://${host}:${port} npx wbot rehearse`,
  );
}

async function untilItAnswers(
  endpoint: string,
  child: ChildProcess,
  log: string,
  pause: number,
): Promise<void> {
  const attempt = async (): Promise<Attempt> => {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    const final = child.exitCode !== null || child.signalCode !== null;
    return { status: answer?.ok ? "pass" : "fail", why: "", final };
  };
  const { status } = await untilItHolds(attempt, START_MS, { pause });
  if (status === "pass") return;
  child.kill();
  throw new CommandError(`MiniStack did not start: see ${log}`);
}
