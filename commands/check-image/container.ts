import { spawnSync, type ChildProcess } from "node:child_process";
import { docker, pullTrouble } from "../cli/docker";
import { cleanUpOnExit } from "../cli/interrupt";
import { shownText } from "../cli/redacted-text";
import type { Pod } from "./pod";

const LOG_LINES = 15;
/** Room for what is between Docker's own steps (seconds). */
const SLACK_S = 30;

/** How a container ended. */
interface Ending {
  readonly code: number;
  readonly outOfMemory: boolean;
}

/** A container that runs an image as its pod would. */
export class Container {
  readonly #forget: () => void;
  /** `docker run`, which takes as long as it pulls the image. */
  #run: ChildProcess | undefined;
  #port = 0;
  #stopped: Promise<number> | undefined;
  readonly name = `wbot-check-image-${process.pid}`;

  /** @param secrets environment variables that must not show in process lists */
  constructor(
    readonly image: string,
    readonly pod: Pod,
    readonly secrets: Readonly<Record<string, string>>,
  ) {
    this.#forget = cleanUpOnExit(() => {
      // It would go on, and start a container with secrets that nobody removes.
      this.#run?.kill("SIGKILL");
      spawnSync("docker", ["rm", "--force", this.name], { env: process.env, stdio: "ignore" });
    });
  }

  async start(): Promise<void> {
    const { image, pod, secrets } = this;
    const [entrypoint, ...rest] = pod.command;
    const running = docker(
      [
        "run",
        "--detach",
        `--name=${this.name}`,
        ...pod.options,
        `--publish=127.0.0.1::${pod.port}`,
        // Docker's own configuration may give every container a proxy, which a pod doesn't have.
        "--env=NO_PROXY=*",
        "--env=no_proxy=*",
        ...Object.entries(pod.variables).map(([name, value]) => `--env=${name}=${value}`),
        // Without a value, Docker reads it from its own environment.
        ...Object.keys(secrets).map((name) => `--env=${name}`),
        ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
        image,
        ...rest,
      ],
      { variables: secrets },
    );
    this.#run = running.child;
    await running.catch((error: unknown) => {
      throw pullTrouble(image, error);
    });
    await this.#publish();
  }

  /** The port on this machine. */
  get port(): number {
    return this.#port;
  }

  /** A container that has ended has none, and its requests fail. */
  async #publish(): Promise<void> {
    const said = await printed(["port", this.name, `${this.pod.port}/tcp`]).catch(() => "");
    this.#port = Number(/:(\d+)$/m.exec(said)?.[1] ?? 0);
  }

  /** Undefined while it runs. */
  async ending(): Promise<Ending | undefined> {
    const format = "{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}}";
    const [running, code, killed] = (await printed(["inspect", "--format", format, this.name])).split(" ");
    return running === "true" ? undefined : { code: Number(code), outOfMemory: killed === "true" };
  }

  /** What its image is built for, as Docker names it. */
  async architecture(): Promise<string> {
    return printed(["image", "inspect", "--format", "{{.Architecture}}", this.image]);
  }

  /** Runs a command in it. @returns what it printed; undefined if it failed */
  async run(...command: readonly string[]): Promise<string | undefined> {
    return printed(["exec", this.name, ...command]).catch(() => undefined);
  }

  /** Cuts it off from everything but itself while `work` runs. */
  async offline<T>(work: () => Promise<T>): Promise<T> {
    const networks = await printed([
      "inspect",
      "--format",
      "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}",
      this.name,
    ]);
    await docker(["network", "disconnect", networks, this.name]);
    try {
      return await work();
    } finally {
      await docker(["network", "connect", networks, this.name]);
      // It may be another one.
      await this.#publish();
    }
  }

  /**
   * Sends SIGTERM, and SIGKILL if it still runs after `seconds`. It gets one SIGTERM, however often this is called: a second
   * one kills a Node.js process that is already exiting.
   *
   * @returns how long it took to end (seconds)
   */
  stop(seconds: number): Promise<number> {
    const startedAt = performance.now();
    return (this.#stopped ??= docker(["stop", `--time=${seconds}`, this.name], {
      seconds: seconds + SLACK_S,
    }).then(() => (performance.now() - startedAt) / 1000));
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await docker(["logs", `--tail=${LOG_LINES}`, this.name]);
    return shownText(`${stdout}${stderr}`.trimEnd());
  }

  async remove(): Promise<void> {
    await docker(["rm", "--force", this.name]).catch(() => undefined);
    this.#forget();
  }
}

async function printed(args: readonly string[]): Promise<string> {
  return (await docker(args)).stdout.trim();
}
