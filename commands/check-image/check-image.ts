import { request } from "node:http";
import { connect } from "node:net";
import { requiredKeys, optionalKeys } from "../../environments/app-secret-keys";
import { PLATFORM } from "../../environments/image";
import { SERVICES, type Runtime, type ServiceKey } from "../../environments/services";
import { streamTimes } from "../../environments/stream-times";
import { argument } from "../../stacks/command-lines";
import { dockerTrouble } from "../cli/docker";
import { CommandError } from "../cli/exit-codes";
import { fail, failed, pass, shown, skip, type Finding, type Found } from "../cli/finding";
import { step } from "../cli/progress";
import { untilItHolds, type Attempt } from "../cli/wait";
import { readFile } from "../secrets/text";
import type { Session } from "../session/session";
import { heldFinding, readStream } from "../verification/drain";
import { answerTo, isServed, shownStatus, type Answer } from "../verification/requests";
import { Container } from "./container";
import { podOf } from "./pod";

export interface CheckImageOptions {
  /** App secret, of which the container gets the service's keys. @default - it gets no secrets */
  readonly secrets?: string;
  /** Path that answers a GET with a finite event stream. @default - none is tried */
  readonly stream?: string;
  /** How long that stream must take, at least (seconds). @default 5: servers that end theirs at SIGTERM do so at once */
  readonly streamSeconds?: number;
  /** Between two looks at a starting container (milliseconds). @default 200 */
  readonly pause?: number;
}

/** How long an answer may take, as for the probe of a running pod (seconds). */
const ANSWER_S = 5;
/** What browsers and Traefik add to a request's largest headers (KiB). */
const OTHER_HEADERS_KIB = 2;
/** A server that hears SIGTERM exits at once when nothing is open (seconds). */
const IDLE_EXIT_S = 10;
/** Exit codes after SIGTERM: of a server that handles it, and of one that leaves it to the system. */
const EXITED = [0, 143];

/** Requests its own health path: from inside, since nothing gets through from outside while it is cut off. */
const ASK: Readonly<Record<Runtime, readonly [program: string, ...args: string[]]>> = {
  python: [
    "python3",
    "-c",
    "import sys, urllib.request as r; sys.exit(r.urlopen(sys.argv[1], timeout=5).status >= 400)",
  ],
  node: [
    "node",
    "-e",
    "fetch(process.argv[1], { signal: AbortSignal.timeout(5000) }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))",
  ],
};
/** Prints those of its arguments that are not in the PATH. */
const MISSING = 'for each; do command -v "$each" >/dev/null || echo "$each"; done';
/** Prints the name of the container's main process, the child of process 1. `read` fails: the line has no end. */
const MAIN = 'read main rest </proc/1/task/1/children; cat "/proc/$main/comm"';
/** Programs that keep SIGTERM from the server they start, or end before it. npm's process is called "npm start". */
const LAUNCHER = /^(sh|ash|bash|dash|npm|npx|pnpm|yarn)\b/;
/** How to raise the limit of headers where its variable isn't read. */
const HEADERS_FIX: Readonly<Record<Runtime, string>> = {
  python:
    "Only uvicorn's command line reads UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE. Pass that number as h11_max_incomplete_event_size to uvicorn.run(), or in CONFIG_KWARGS of gunicorn's uvicorn worker; `fastapi run` can't take it: start python3 -m uvicorn instead, in the image or with the setting ai.command.",
  node: "NODE_OPTIONS sets the limit: nothing may overwrite it, and a server that passes maxHeaderSize itself must pass the same limit.",
};
/** What images that run elsewhere stumble over, below the log of one that doesn't start. */
const CONDITIONS =
  "It runs as its pod does: as user 1000:1000, which must be able to read its files, and with only /tmp writable. It gets the keys of --secrets, but can't reach Redis or another service, and must still answer.";
/** The same where the system can't run its program. */
const FORMAT =
  "Either its start script lacks a first line such as #!/bin/sh, or its programs are built for another architecture, which this machine runs only with QEMU: docker run --privileged --rm tonistiigi/binfmt --install all";

/** Checks an image against docs/images.md, in a container on this machine that is removed again. */
export async function checkImage(
  session: Session,
  service: ServiceKey,
  image: string,
  options: CheckImageOptions = {},
): Promise<Finding[]> {
  const trouble = dockerTrouble();
  if (trouble !== undefined) throw new CommandError(`Checking an image needs Docker: ${trouble}`);
  const secrets = secretsOf(session, service, options.secrets);
  const { app } = await session.synthesized();
  const pod = podOf(app.json, SERVICES[service].name);
  const container = new Container(image, pod, secrets);
  const findings: Finding[] = [];
  try {
    for (const [check, title, look] of new Trial(session, service, container, options).looks()) {
      const done = (found: Found) => {
        const finding = { check, ...found };
        findings.push(finding);
        return shown(finding);
      };
      await step({ title, done }, look);
      if (check === "start" && failed(findings)) break;
    }
    return findings;
  } finally {
    await container.remove();
  }
}

function secretsOf(
  { environment }: Session,
  service: ServiceKey,
  file: string | undefined,
): Record<string, string> {
  const { name, redis } = SERVICES[service];
  const given = file === undefined ? {} : readFile(file);
  const keys = [...requiredKeys(name), ...optionalKeys(name, environment), "REDIS_URL"];
  return {
    // Nothing answers there: no service may need Redis to start.
    ...(redis ? { REDIS_URL: "redis://127.0.0.1:6379/0" } : {}),
    ...Object.fromEntries(Object.entries(given).filter(([key]) => keys.includes(key))),
  };
}

/** What is tried of one image, in this order. */
class Trial {
  readonly #runtime: Runtime;
  /** How long open responses may take after SIGTERM (seconds). */
  readonly #drain: number;
  readonly #maxHeaderKiB: number;
  /** The nodes'. */
  readonly #platform: string;
  /** Hosts that it may redirect to: the product's, or the one that it is asked by. */
  readonly #hosts: readonly string[];

  constructor(
    { environment }: Session,
    service: ServiceKey,
    readonly container: Container,
    readonly options: CheckImageOptions,
  ) {
    this.#runtime = SERVICES[service].runtime;
    this.#drain = streamTimes(environment).pods[service].drain;
    this.#maxHeaderKiB = environment.traffic.maxHeaderKiB;
    this.#platform = PLATFORM[environment.nodes.architecture];
    this.#hosts = [environment.domain.host, "127.0.0.1"];
  }

  looks(): readonly (readonly [check: string, title: string, look: () => Promise<Found>])[] {
    return [
      ["start", `Starting ${this.container.image}`, this.#start],
      ["architecture", "Checking its architecture", this.#architecture],
      ["programs", "Checking its programs", this.#programs],
      ["process", "Checking its main process", this.#main],
      ["headers", "Checking large headers", this.#headers],
      ["health", "Checking health without a network", this.#offline],
      ["drain", "Checking a stream across SIGTERM", this.#stream],
      ["end", "Checking its end", this.#end],
    ];
  }

  readonly #start = async (): Promise<Found> => {
    await this.container.start();
    const { path, seconds: startupSeconds, timeout } = this.container.pod.startup;
    const startedAt = performance.now();
    const after = () => `after ${Math.round((performance.now() - startedAt) / 1000)} s`;
    const attempt = async (): Promise<Attempt> => {
      const ending = await this.container.ending();
      if (ending !== undefined) {
        const why = ending.outOfMemory ? "ran out of memory" : `exited with code ${ending.code}`;
        return { ...fail(`${why} ${after()}`), final: true };
      }
      const { status, why, final = false } = await this.#get(path, {}, timeout);
      if (status === "pass") return pass(`GET ${path} answered ${why} ${after()}`);
      const when = final ? "did not succeed" : `did not succeed within ${startupSeconds} s; last error`;
      return { status, why: `GET ${path} ${when}: ${why}`, final };
    };
    const fix = async () => {
      const log = await this.container.log();
      return `${log}\n${/exec format error/i.test(log) ? FORMAT : CONDITIONS}`;
    };
    return untilItHolds(attempt, startupSeconds * 1000, { pause: this.options.pause ?? 200, fix });
  };

  readonly #architecture = async (): Promise<Found> => {
    const architecture = await this.container.architecture();
    if (architecture === this.#platform) return pass(`built for ${architecture}, as the nodes are`);
    // If an image is for several architectures, Docker pulls this machine's, and prefers it as long as it is there.
    const name = argument(this.container.image);
    return fail(
      `built for ${architecture}, but the nodes are ${this.#platform} (nodes.architecture)`,
      `docker build --platform linux/${this.#platform} …, or, if its repository also has an image for that: docker image rm ${name} && docker pull --platform linux/${this.#platform} ${name}`,
    );
  };

  readonly #programs = async (): Promise<Found> => {
    const [program] = ASK[this.#runtime];
    const needed = ["sleep", program];
    const missing = await this.container.run("sh", "-c", MISSING, "sh", ...needed);
    if (missing === "") return pass(`sh, ${needed.join(" and ")} are in its PATH`);
    const which = missing === undefined ? "sh" : missing.replaceAll("\n", " and ");
    return fail(`no ${which} in its PATH: a hung process would not be killed`);
  };

  readonly #main = async (): Promise<Found> => {
    const main = await this.container.run("sh", "-c", MAIN);
    if (main === undefined) return skip("the system doesn't say which it is");
    return LAUNCHER.test(main)
      ? fail(
          `SIGTERM goes to ${main}, which exits without passing it on to the server: open requests are cut off`,
          'CMD ["the server\'s program", "its first argument", …] in the Dockerfile; a script ends with exec',
        )
      : pass(`SIGTERM goes to ${main}`);
  };

  readonly #headers = async (): Promise<Found> => {
    const size = this.#maxHeaderKiB - OTHER_HEADERS_KIB;
    const answer = await this.#get(this.container.pod.healthPath, {
      Cookie: `a=${"a".repeat(size * 1024)}`,
    });
    return answer.status === "pass"
      ? pass(`accepts ${size} KiB of headers`)
      : fail(`${size} KiB of headers, which Traefik accepts: ${answer.why}`, HEADERS_FIX[this.#runtime]);
  };

  readonly #offline = async (): Promise<Found> => {
    const url = `http://127.0.0.1:${this.container.pod.port}${this.container.pod.healthPath}`;
    const answer = await this.container.offline(() => this.container.run(...ASK[this.#runtime], url));
    return answer === undefined
      ? fail(
          `GET ${this.container.pod.healthPath} fails when nothing else can be reached: a dependency's outage would restart every pod`,
        )
      : pass(`GET ${this.container.pod.healthPath} answers without a network`);
  };

  readonly #stream = async (): Promise<Found> => {
    const path = this.options.stream;
    if (path === undefined)
      return skip("--stream was not given, so whether a stream survives SIGTERM was not tested");
    return heldFinding({
      path,
      least: this.options.streamSeconds ?? 5,
      most: this.#drain,
      read: (onFirstByte) =>
        readStream(connect(this.container.port, "127.0.0.1"), {
          host: "localhost",
          path,
          within: this.#drain,
          onFirstByte,
        }),
      stop: () => this.#stop(),
      event: "SIGTERM",
    });
  };

  readonly #end = async (): Promise<Found> => {
    const took = Math.round(await this.#stop());
    const { code } = (await this.container.ending()) ?? { code: -1 };
    if (EXITED.includes(code)) return pass(`exited with code ${code} on SIGTERM`);
    return fail(
      code === 137
        ? `did not exit on SIGTERM, and was killed after ${took} s`
        : `exited with code ${code} on SIGTERM`,
      await this.container.log(),
    );
  };

  #stop(): Promise<number> {
    return this.container.stop(this.#drain + IDLE_EXIT_S);
  }

  #get(path: string, headers: Readonly<Record<string, string>> = {}, within = ANSWER_S): Promise<Attempt> {
    const asked = request({ host: "127.0.0.1", port: this.container.port, path, headers, agent: false });
    return answerTo(asked, within).then(
      (answer) => this.#judged(answer),
      (error: unknown) => fail((error as Error).message),
    );
  }

  /**
   * As probes do, except for a redirect elsewhere: they pass it, but the deploy's verification won't. One to HTTPS at the same
   * address they follow.
   */
  #judged(answer: Answer): Attempt {
    const { status, location = "" } = answer;
    const why = shownStatus(answer);
    if (location.startsWith("https://127.0.0.1"))
      return { ...fail(`${why}, where a probe finds no TLS: leave this redirect to Traefik`), final: true };
    if (this.#hosts.some((host) => isServed(answer, host))) return pass(String(status));
    const isRedirect = status >= 300 && status < 400;
    return isRedirect ? { ...fail(`${why}, not within ${this.#hosts[0] ?? ""}`), final: true } : fail(why);
  }
}
