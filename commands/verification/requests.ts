import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { connect as secured, type TLSSocket } from "node:tls";
import { Agent, ProxyAgent, request, type buildConnector } from "undici";
import { MAINTENANCE_HEADER } from "../../environments/names";
import { authorities, proxyOf } from "../cli/network";

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
  /** Whether it is the maintenance page. @default false */
  readonly maintenance?: boolean;
  readonly location?: string | undefined;
  /** When parts of the body arrived, in milliseconds since the request. */
  readonly parts: readonly number[];
  readonly milliseconds: number;
}

interface GetOptions {
  /** Ends the request once this is true, without waiting for the rest of the body. @default - never */
  readonly enough?: (parts: readonly number[]) => boolean;
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
  const start = performance.now();
  const since = () => performance.now() - start;
  const origin = `https://${address}:${port}`;
  const proxy = connection === undefined ? proxyOf(origin) : undefined;
  // The certificate is asked for, and checked, by the product's name.
  const tls = { servername: host, rejectUnauthorized: trusted, ca: authorities(), timeout: milliseconds };
  const within: buildConnector.connector = (_, done) => {
    const socket: TLSSocket = secured({ ...tls, socket: connection, ALPNProtocols: ["http/1.1"] }, () => {
      done(null, socket);
    }).on("error", (error: Error) => {
      done(error, null);
    });
  };
  const dispatcher =
    proxy === undefined
      ? new Agent({ connect: connection === undefined ? tls : within })
      : new ProxyAgent({ uri: proxy, requestTls: tls });
  const answered = async (): Promise<Answer> => {
    const answer = await request(`${origin}${path}`, {
      dispatcher,
      headers: { ...headers, host },
    });
    const parts: number[] = [];
    for await (const {} of answer.body) {
      parts.push(since());
      if (enough?.(parts) === true) break;
    }
    const { "content-type": contentType = "", location } = answer.headers;
    return {
      status: answer.statusCode,
      contentType: String(contentType),
      maintenance: MAINTENANCE_HEADER.toLowerCase() in answer.headers,
      location: location?.toString(),
      parts,
      milliseconds: since(),
    };
  };
  try {
    // Not by a signal: undici heeds one only once it is connected. A socket that isn't yet is closed by its own timeout.
    return await inTime(answered(), milliseconds, `no answer within ${milliseconds / 1000} s`);
  } finally {
    await dispatcher.destroy();
    connection?.destroy();
  }
}

/** What a piece of work gives, or an error that says `late` once it has taken so long (ms): it isn't stopped by that. */
async function inTime<T>(work: Promise<T>, patience: number, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(late));
    }, patience);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with an answer that should be an event stream, after "GET <path>"; undefined if it is one. */
export function notAStream({
  status,
  contentType,
}: Pick<Answer, "status" | "contentType">): string | undefined {
  if (status !== 200) return `answered ${status}`;
  return contentType.startsWith("text/event-stream")
    ? undefined
    : `answered with "${contentType}", not with an event stream`;
}

/** What keeps this machine from a target; undefined if nothing does. A proxy accepts any connection: it must get an answer. */
export async function admissionTrouble(target: Target): Promise<string | undefined> {
  const { address, port = 443 } = target;
  if (proxyOf(`https://${address}:${port}`) === undefined) return connectTrouble(address, port);
  return get({ ...target, trusted: false }, "/health").then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

/** Opens a TCP connection and closes it. @returns undefined, or the code of what went wrong, such as "ETIMEDOUT" */
export async function connectTrouble(host: string, port: number): Promise<string | undefined> {
  const late = AbortSignal.timeout(CONNECT_MS);
  const socket = connect({ host, port });
  try {
    await once(socket, "connect", { signal: late });
    return undefined;
  } catch (error) {
    return late.aborted ? "ETIMEDOUT" : ((error as NodeJS.ErrnoException).code ?? "unknown");
  } finally {
    socket.destroy();
  }
}
