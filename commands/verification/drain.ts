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
   * @default - through the API server: the load balancer doesn't say which pod it sends a request to. What Traefik does
   * meanwhile is the platform's own, and the same for every image.
   */
  readonly connect?: Connect;
  /** Until an evicted pod hears SIGTERM (seconds). @default - as deployed */
  readonly preStop?: number;
  /** How long the stream must go on after SIGTERM (seconds). @default 5: a server that ends its streams does so at once */
  readonly afterSigterm?: number;
}

/**
 * Evicts one pod of the backend while it sends a stream, and looks whether the stream comes to its end all the same: as
 * many events as the same path sent before. What the image's server and its SSE library do at SIGTERM shows nowhere else.
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
  const least = preStop + afterSigterm;
  const drain = seconds(environment.streaming.drain);
  const core = config.makeApiClient(CoreV1Api);
  const ready = (await podsOf(core, NAMESPACE, SERVICE)).filter(isReady);
  const [pod, other] = ready.map(({ metadata }) => metadata?.name ?? "");
  if (pod === undefined || other === undefined)
    return warn(
      `not tried: evicting the only ready pod of ${SERVICE} would be an outage`,
      `ai: { replicas: { min: 2 } } in environments/${environment.name}.ts`,
    );
  const ask = async (within: number, onFirstByte?: () => Promise<unknown>): Promise<Stream> =>
    readStream(await connect(pod, HTTP?.port ?? 80), {
      host: environment.domain.host,
      path,
      within,
      onFirstByte,
    });

  const usual = await ask(drain);
  const unsuitable = unsuitableStream(path, usual, { least, most: drain });
  if (unsuitable !== undefined) return unsuitable;
  const eviction = Object.assign(new V1Eviction(), { metadata: { name: pod, namespace: NAMESPACE } });
  const held = await ask(preStop + drain, () =>
    core.createNamespacedPodEviction({ name: pod, namespace: NAMESPACE, body: eviction }),
  );
  return heldFinding(usual, held, "its pod was asked to stop");
}

/** A stream that can't show whether a server drains; undefined for one that can. Times in seconds. */
export function unsuitableStream(
  path: string,
  { answer, complete, seconds: took }: Stream,
  { least, most }: { readonly least: number; readonly most: number },
): Found | undefined {
  const why = answer ?? (complete ? tooShort() : `had not ended within ${most} s, or broke off`);
  return why === undefined
    ? undefined
    : {
        ...couldNotCheck(new Error(`GET ${path} ${why}`)),
        fix: `Name a path whose stream lasts from ${least} s to ${most} s (streaming.drain) and sends the same number of events each time.`,
      };

  function tooShort(): string | undefined {
    return took < least ? `ended after ${Math.round(took)} s` : undefined;
  }
}

/** Whether a stream that was held across `event` came to its end, as it usually does. */
export function heldFinding(usual: Stream, held: Stream, event: string): Found {
  const after = `${Math.round(held.seconds)} s after ${event}`;
  return held.complete && held.events >= usual.events
    ? pass(`a stream ran to its end, ${held.events} events, ${after}`)
    : fail(
        `a stream was cut off after ${held.events} of ${usual.events} events, ${after}`,
        "docs/images.md says what servers and SSE libraries do on SIGTERM, and how to prevent it",
      );
}

export interface Stream {
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
  /** Seconds until it is given up. */
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
