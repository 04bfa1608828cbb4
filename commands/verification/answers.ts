import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { fail, pass, type Found } from "../cli/finding";
import { untilItHolds, type Attempt } from "../cli/wait";
import { whyOf } from "../cli/why";
import { forwarded } from "./port-forward";
import { get, isServed, notAStream, reasonOf, shownStatus, type Answer, type Target } from "./requests";
import { isReady, podsOf } from "./rollout";

/** A node is in service after two passed health checks, a new load balancer after some minutes. */
const TIMEOUT_MS = 300_000;
const STREAM_MS = 30_000;

/**
 * Waits until a path is served. `inside` says how it answers inside the cluster, if nothing from outside gets through.
 */
export async function pageFinding(
  target: Target,
  path: string,
  inside: () => Promise<string>,
  timeoutMs = TIMEOUT_MS,
  pause?: number,
): Promise<Found> {
  let last: Answer | undefined;
  const attempt = async (): Promise<Attempt> => {
    last = undefined;
    try {
      last = await get(target, path);
      const why = `answered ${shownStatus(last)} in ${Math.round(last.milliseconds)} ms`;
      if (target.maintenance === true && last.maintenance) return pass(`${why}, the maintenance page`);
      return isServed(last, target.host) ? pass(why) : fail(why);
    } catch (error) {
      return fail(notReached(error, target));
    }
  };
  const fix = () => curl("--verbose", target, path);
  const found = await untilItHolds(attempt, timeoutMs, { pause, fix });
  return last === undefined ? { ...found, why: `${found.why}${await inside()}` } : found;
}

function notReached(error: unknown, { address }: Target): string {
  const { code = "", hostname } = error as NodeJS.ErrnoException & { readonly hostname?: string };
  // Not that of a proxy.
  return (code === "ENOTFOUND" || code === "EAI_AGAIN") && hostname === address
    ? `the load balancer's name ${address} does not resolve`
    : reasonOf(error);
}

/** The same request, by hand. */
export function curl(option: string, { host, address }: Target, path: string): string {
  return `curl ${option} --insecure --connect-to ${host}:443:${address}:443 https://${host}${path}`;
}

/** Traefik's namespace, as infra installs it, and its pods' port for TLS. */
const TRAEFIK = { namespace: "traefik", tlsPort: 8443 };

/** Asks one of Traefik's pods as its clients do: which half is broken, the product or the way to it? */
export async function askedInside(
  config: KubeConfig,
  host: string,
  path: string,
  connect = forwarded(config, TRAEFIK.namespace),
): Promise<string> {
  let connection;
  try {
    const pods = await podsOf(config.makeApiClient(CoreV1Api), TRAEFIK.namespace, "traefik");
    const pod = pods.find(isReady)?.metadata?.name;
    if (pod === undefined) return ", and no pod of Traefik is ready";
    connection = await connect(pod, TRAEFIK.tlsPort);
  } catch (error) {
    return `, and the cluster can't be queried (${whyOf(error)})`;
  }
  try {
    const answer = await get({ host, address: host, trusted: false }, path, { connection });
    return isServed(answer, host)
      ? `; inside the cluster the product answers, so the path to it is broken: the load balancer, its targets, or DNS`
      : `; inside the cluster it answered ${shownStatus(answer)}`;
  } catch (error) {
    return `; inside the cluster it doesn't answer either (${whyOf(error)})`;
  }
}

/**
 * The response must arrive as an event stream, part by part and not all at once at the end. Asked again while Traefik may
 * still be learning of routes, limits and pods: it answers 404 and 503 meanwhile.
 */
export async function streamFinding(
  target: Target,
  path: string,
  timeoutMs = TIMEOUT_MS,
  pause?: number,
): Promise<Found> {
  const headers = { Accept: "text/event-stream" };
  const enough = (parts: readonly number[]) => spread(parts) > APART_MS;
  const attempt = () =>
    get(target, path, { headers, enough, milliseconds: STREAM_MS }).then(
      (answer) => streamed(path, answer),
      (error: unknown) => fail(`GET ${path}: ${notReached(error, target)}`),
    );
  return untilItHolds(attempt, timeoutMs, { pause, fix: () => curl("--no-buffer", target, path) });
}

function streamed(path: string, answer: Answer): Attempt {
  const { status, parts } = answer;
  const problem = notAStream(answer);
  if (problem !== undefined)
    return { ...fail(`GET ${path} ${problem}`), final: status !== 404 && status < 500 };
  if (spread(parts) <= APART_MS)
    return {
      ...fail(`GET ${path} sent its events all at once: something on the path buffers them`),
      final: true,
    };
  return pass(`the first event came after ${Math.round(parts[0] ?? 0)} ms, and more as they were sent`);
}

/** Parts that arrive closer together than this may be one response, split by the network (milliseconds). */
const APART_MS = 100;

function spread(parts: readonly number[]): number {
  return (parts.at(-1) ?? 0) - (parts[0] ?? 0);
}
