import { fail, pass, type Found } from "../cli/finding";
import { untilItHolds, type Attempt } from "../cli/wait";
import { get, isServed, notAStream, reasonOf, shownStatus, type Answer, type Target } from "./requests";

/** A node is in service after two passed health checks, a new load balancer after some minutes. */
const TIMEOUT_MS = 300_000;
const STREAM_MS = 30_000;

/** Waits until a path is served. */
export async function pageFinding(
  target: Target,
  path: string,
  timeoutMs = TIMEOUT_MS,
  pause?: number,
): Promise<Found> {
  const judged = (answer: Answer): Attempt => {
    const why = `answered ${shownStatus(answer)} in ${Math.round(answer.milliseconds)} ms`;
    if (target.maintenance === true && answer.maintenance) return pass(`${why}, the maintenance page`);
    return isServed(answer, target.host) ? pass(why) : fail(why);
  };
  const attempt = () => get(target, path).then(judged, (error: unknown) => fail(reasonOf(error)));
  return untilItHolds(attempt, timeoutMs, { pause, fix: () => curl("--verbose", target, path) });
}

/** The same request, by hand. */
export function curl(option: string, { host, address }: Target, path: string): string {
  return `curl ${option} --insecure --connect-to ${host}:443:${address}:443 https://${host}${path}`;
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
      (error: unknown) => fail(`GET ${path}: ${reasonOf(error)}`),
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
