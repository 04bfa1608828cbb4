import { execFile, spawnSync, type PromiseWithChild } from "node:child_process";
import { promisify } from "node:util";
import { CommandError } from "./exit-codes";

/** Name by which containers reach this machine; `--add-host` makes it work on every system. */
const THIS_MACHINE = "host.docker.internal";
/** Long enough to pull an image first. */
const RUN_SECONDS = 600;

interface DockerOptions {
  /** Added to its environment: they show in no process list. @default - none */
  readonly variables?: Readonly<Record<string, string>>;
  /** It is killed after this time. @default - it may take as long as it wants */
  readonly seconds?: number;
}

/** Runs Docker. Rejects if it fails. */
export function docker(
  args: readonly string[],
  { variables, seconds = 0 }: DockerOptions = {},
): PromiseWithChild<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)("docker", args, {
    env: { ...process.env, ...variables },
    timeout: seconds * 1000,
  });
}

/** Asks Docker what it knows at once. */
function ask(...args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync("docker", args, { encoding: "utf8", env: process.env });
  if (error) return { trouble: "docker is not on the PATH" };
  const [first = ""] = stderr.trim().split("\n");
  return status === 0 ? { output: stdout.trim() } : { trouble: first };
}

/** Why Docker can't be used; undefined if it can. */
export function dockerTrouble(): string | undefined {
  const { trouble } = ask("version", "--format", "{{.Server.Version}}");
  if (trouble !== undefined) return trouble;
  const engine = dockerEngine();
  return engine.startsWith("unix://") ? undefined : `its engine is at "${engine}", not on this machine`;
}

/** Where Docker's engine listens: only `docker` itself reads its contexts. */
export function dockerEngine(env: NodeJS.ProcessEnv = process.env): string {
  const named = env["DOCKER_HOST"];
  if (named !== undefined && named !== "") return named;
  return ask("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").output ?? "";
}

/** Address of this machine in containers. Pulls the image if necessary, which must contain `cat`. */
export async function addressInContainers(image: string): Promise<string> {
  const args = [
    "run",
    "--rm",
    `--add-host=${THIS_MACHINE}:host-gateway`,
    "--entrypoint=cat",
    image,
    "/etc/hosts",
  ];
  const { stdout } = await docker(args, { seconds: RUN_SECONDS }).catch((error: unknown) => {
    throw pullTrouble(image, error);
  });
  const line = stdout.split("\n").find((each) => each.split(/\s+/).includes(THIS_MACHINE));
  const address = line?.split(/\s+/)[0];
  if (address === undefined)
    throw new CommandError(
      `Docker containers can't resolve ${THIS_MACHINE}, which they need to reach this machine.`,
    );
  return address;
}

/** The error of a failed `docker run`, without the pull's progress and the hint at its help. */
export function pullTrouble(image: string, error: unknown): CommandError {
  const { stderr = "", message } = error as Error & { stderr?: string };
  const why = /^docker: (.*?)\.?$/m.exec(stderr)?.[1] ?? message;
  return new CommandError(
    `The image ${image} can't be pulled and run: ${why}. Try it yourself: docker run --rm ${image} --version`,
  );
}
