import { request } from "node:http";
import type { Duplex } from "node:stream";
import { CoreV1Api, V1Eviction, type KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { seconds } from "../../environments/quantity";
import { NAMESPACE } from "../../environments/names";
import { SERVICES } from "../../environments/services";
import { streamTimes } from "../../environments/stream-times";
import { fail, pass, warn, type Found } from "../cli/finding";
import { couldNotCheck } from "../cli/why";
import { forwarded, type Connect } from "./port-forward";
import { answerTo, notAStream } from "./requests";
import { isReady, podsOf } from "./rollout";

/** The service whose streams may drain. */
const { name: SERVICE, http: HTTP } = SERVICES.ai;

interface DrainOptions {
  /**
   * Opens a connection to a port of a pod. @default - through the API server: the load balancer doesn't say which pod it
   * sends a request to. What Traefik does meanwhile is the platform's own, and the same for every image.
   */
  readonly connect?: Connect;
  /** Until an evicted pod hears SIGTERM (seconds). @default - as deployed */
  readonly preStop?: number;
  /** How long the stream must go on after SIGTERM (seconds). @default 5: a server that ends its streams does so at once */
  readonly afterSigterm?: number;
}

/**
 * Evicts one pod of the backend while it sends a stream, and checks whether the stream still ends normally,
 * with as many events as the same path sent before. Only this shows what the image's server and SSE library do at SIGTERM.
 *
 * @param path responds to GET with events that are as many each time, for longer than `preStop` and 5 s, and ends within `streaming.drain`
 */
export async function drainFinding(
  config: KubeConfig,
  environment: Environment,
  path: string,
  {
    connect = forwarded(config, NAMESPACE),
    preStop = streamTimes(environment).pods.ai.preStop,
    afterSigterm = 5,
  }: DrainOptions = {},
): Promise<Found> {
  const drain = seconds(environment.streaming.drain);
  const core = config.makeApiClient(CoreV1Api);
  const ready = (await podsOf(core, NAMESPACE, SERVICE)).filter(isReady);
  const [pod, other] = ready.map(({ metadata }) => metadata?.name ?? "");
  if (pod === undefined || other === undefined)
    return warn(
      `not tried: evicting the only ready pod of ${SERVICE} would be an outage`,
      `ai: { replicas: { min: 2 } } in environments/${environment.name}.ts`,
    );
  const eviction = Object.assign(new V1Eviction(), { metadata: { name: pod, namespace: NAMESPACE } });
  return heldFinding({
    path,
    least: preStop + afterSigterm,
    most: drain,
    read: async (onFirstByte) => {
      const within = onFirstByte === undefined ? drain : preStop + drain;
      const connection = await connect(pod, HTTP?.port ?? 80);
      return readStream(connection, { host: environment.domain.host, path, within, onFirstByte });
    },
    stop: () => core.createNamespacedPodEviction({ name: pod, namespace: NAMESPACE, body: eviction }),
    event: "its pod was asked to stop",
  });
}

/** A stream that is read twice, the second time while its server is stopped. Times in seconds. */
interface Trial {
  readonly path: string;
  /** What takes less shows nothing. */
  readonly least: number;
  /** What takes more may be cut off. */
  readonly most: number;
  readonly read: (onFirstByte?: () => Promise<unknown>) => Promise<Stream>;
  readonly stop: () => Promise<unknown>;
  /** What `stop` does, such as "SIGTERM". */
  readonly event: string;
}

/** Whether a stream comes to its end although its server is stopped meanwhile. */
export async function heldFinding({ path, least, most, read, stop, event }: Trial): Promise<Found> {
  const usual = await read();
  const tooShort = usual.seconds < least ? `ended after ${Math.round(usual.seconds)} s` : undefined;
  const unsuitable =
    usual.answer ?? (usual.complete ? tooShort : `did not end within ${most} s, or was cut off`);
  if (unsuitable !== undefined)
    return {
      ...couldNotCheck(new Error(`GET ${path} ${unsuitable}`)),
      fix: `Name a path whose stream lasts from ${least} s to ${most} s (streaming.drain) and sends the same number of events each time.`,
    };
  const held = await read(stop);
  const after = `${Math.round(held.seconds)} s after ${event}`;
  return held.complete && held.events >= usual.events
    ? pass(`a stream ran to its end, ${held.events} events, ${after}`)
    : fail(
        `a stream was cut off after ${held.events} of ${usual.events} events, ${after}`,
        "docs/images.md says what servers and SSE libraries do on SIGTERM, and how to prevent it",
      );
}

interface Stream {
  /** Why it is no stream; undefined if it is one. */
  readonly answer: string | undefined;
  /** Events with data: comments are heartbeats. */
  readonly events: number;
  /** Whether the server ended it, not the connection. */
  readonly complete: boolean;
  /** From its first bytes to its end. */
  readonly seconds: number;
}

interface Ask {
  readonly host: string;
  readonly path: string;
  /** Timeout, in seconds. */
  readonly within: number;
  /** Called at the first bytes. @default - nothing */
  readonly onFirstByte: (() => Promise<unknown>) | undefined;
}

/** GETs a path over a connection of its own until it ends. */
export async function readStream(
  connection: Duplex,
  { host, path, within, onFirstByte }: Ask,
): Promise<Stream> {
  const headers = { Host: host, Accept: "text/event-stream", Connection: "close" };
  const asked = request({ path, headers, createConnection: () => connection });
  const answer = await answerTo(asked, within, { onFirstByte });
  const { text, parts, complete, milliseconds } = answer;
  return {
    answer: notAStream(answer),
    events: text.match(/^data:/gm)?.length ?? 0,
    complete,
    seconds: (milliseconds - (parts[0] ?? milliseconds)) / 1000,
  };
}
