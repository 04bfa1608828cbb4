import { once } from "node:events";
import type { ClientRequest } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { connect as secured } from "node:tls";
import { MAINTENANCE_HEADER } from "../../environments/names";
import { httpsAgent, proxyOf } from "../cli/network";

const ANSWER_MS = 10_000;
const CONNECT_MS = 5_000;

/** Where requests go, and under which host name. */
export interface Target {
  /** Host name of the product: sent in TLS (SNI) and in the Host header, whatever the address. */
  readonly host: string;
  /** Address to connect to: the load balancer's name, so that DNS need not point there yet. */
  readonly address: string;
  /** @default 443 */
  readonly port?: number;
  /** Whether the certificate must be signed by a CA that this machine trusts. */
  readonly trusted: boolean;
  /** Whether the product is meant to be in maintenance: its page is a good answer, too. @default false */
  readonly maintenance?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | undefined;
  /** Whether it is the maintenance page. */
  readonly maintenance: boolean;
  readonly text: string;
  /** When parts of the body arrived, in milliseconds since the request. */
  readonly parts: readonly number[];
  /** Whether the server ended it: it didn't time out, and its connection didn't break. */
  readonly complete: boolean;
  readonly milliseconds: number;
}

interface AnswerOptions {
  /** Ends the request once this is true, without waiting for the rest of the body. @default - never */
  readonly enough?: ((parts: readonly number[]) => boolean) | undefined;
  /** Called at the first bytes of the body. @default - nothing */
  readonly onFirstByte?: (() => Promise<unknown>) | undefined;
}

/**
 * Sends a request, and closes its connection afterwards. Rejects if no response begins `within` so many seconds; one that
 * has begun is cut off then.
 */
export function answerTo(
  asked: ClientRequest,
  within: number,
  { enough, onFirstByte }: AnswerOptions = {},
): Promise<Answer> {
  const start = performance.now();
  const since = () => performance.now() - start;
  const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${within} s`)), within * 1000);
  return new Promise<Answer>((resolve, reject) => {
    asked.on("error", reject).on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      const { "content-type": contentType = "", location } = headers;
      const maintenance = MAINTENANCE_HEADER.toLowerCase() in headers;
      const parts: number[] = [];
      let text = "";
      const ended = () => {
        const { complete } = response;
        resolve({ status, contentType, location, maintenance, text, parts, complete, milliseconds: since() });
      };
      // A connection that breaks may say so to either of the two.
      asked.off("error", reject).on("error", ended);
      response.on("error", ended).on("close", ended);
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (parts.push(since()) === 1) onFirstByte?.().catch(reject);
        if (enough?.(parts) === true) ended();
      });
    });
    asked.end();
  }).finally(() => {
    clearTimeout(timer);
    asked.destroy();
  });
}

interface GetOptions extends Pick<AnswerOptions, "enough"> {
  readonly headers?: Readonly<Record<string, string>>;
  /** Leads to the target. It is closed afterwards. @default - one to its address, through the proxy if there is one */
  readonly connection?: Duplex;
  /** How long the answer may take. @default 10 s */
  readonly milliseconds?: number;
}

/** One GET over TLS, by a connection of its own. */
export async function get(
  { host, address, port = 443, trusted }: Target,
  path: string,
  { enough, headers, connection, milliseconds = ANSWER_MS }: GetOptions = {},
): Promise<Answer> {
  // The certificate is asked for, and checked, by the product's name.
  const tls = { servername: host, rejectUnauthorized: trusted };
  const asked = request({
    ...tls,
    host: address,
    port,
    path,
    headers: { ...headers, Host: host, Connection: "close" },
    // For a proxy that doesn't answer: that connection is not the request's own.
    timeout: milliseconds,
    ...(connection === undefined
      ? { agent: httpsAgent() ?? false }
      : { createConnection: () => secured({ ...tls, socket: connection }) }),
  });
  const seconds = milliseconds / 1000;
  const answer = await answerTo(asked, seconds, { enough }).finally(() => connection?.destroy());
  if (!answer.complete && enough?.(answer.parts) !== true)
    throw new Error(`its response did not end within ${seconds} s, or was cut off`);
  return answer;
}

/** Why there is no answer. Where a name has several addresses, and none answers, there is no message. */
export function reasonOf(error: unknown): string {
  const { message, code = "" } = error as NodeJS.ErrnoException;
  return message === "" ? code : message;
}

/**
 * Whether a page was served: a success, or a redirect within the host, such as to a login. A redirect elsewhere doesn't show
 * that the product is there. constructs/aws/uptime-check/index.mjs judges in the same way.
 */
export function isServed({ status, location }: Pick<Answer, "status" | "location">, host: string): boolean {
  if (status < 300) return true;
  const here = `https://${host}`;
  if (status >= 400 || location === undefined || !URL.canParse(location, here)) return false;
  return new URL(location, here).hostname === host;
}

/** "302 to https://chat.example.com/login", "200". */
export function shownStatus({ status, location }: Pick<Answer, "status" | "location">): string {
  return location === undefined ? String(status) : `${status} to ${location}`;
}

/** What is wrong with an answer that should be an event stream, after "GET <path>"; undefined if it is one. */
export function notAStream({ status, contentType }: Answer): string | undefined {
  if (status !== 200) return `answered ${status}`;
  return contentType.startsWith("text/event-stream")
    ? undefined
    : `answered with "${contentType}", not with an event stream`;
}

/** What keeps this machine from a target; undefined if nothing does. A proxy accepts any connection: it must get an answer. */
export async function admissionTrouble(target: Target): Promise<string | undefined> {
  const { address, port = 443 } = target;
  if (proxyOf(`https://${address}:${port}`) === undefined) return connectTrouble(address, port);
  return get({ ...target, trusted: false }, "/health").then(() => undefined, reasonOf);
}

/** Opens a TCP connection and closes it. @returns undefined, or the code of what went wrong, such as "ETIMEDOUT" */
export async function connectTrouble(host: string, port: number): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(CONNECT_MS);
  const socket = connect({ host, port });
  try {
    await once(socket, "connect", { signal: timeout });
    return undefined;
  } catch (error) {
    return timeout.aborted ? "ETIMEDOUT" : ((error as NodeJS.ErrnoException).code ?? "unknown");
  } finally {
    socket.destroy();
  }
}
