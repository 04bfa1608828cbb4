import { request } from "node:https";
import { connect } from "node:net";

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
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** When parts of the body arrived, in milliseconds since the request. */
  readonly parts: readonly number[];
  readonly milliseconds: number;
}

export interface GetOptions {
  /** Ends the request once this is true, without waiting for the rest of the body. @default - never */
  readonly enough?: (parts: readonly number[]) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may take. @default 10 s */
  readonly milliseconds?: number;
}

/** One GET over TLS. */
export function get(target: Target, path: string, options: GetOptions = {}): Promise<Answer> {
  const { enough, headers = {}, milliseconds = ANSWER_MS } = options;
  const { host, address, port = 443, trusted } = target;
  const start = performance.now();
  const since = () => performance.now() - start;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: address,
        port,
        servername: host,
        path,
        headers: { ...headers, Host: host },
        rejectUnauthorized: trusted,
        agent: false,
      },
      (response) => {
        const parts: number[] = [];
        const end = () => {
          clearTimeout(late);
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers["content-type"] ?? "",
            parts,
            milliseconds: since(),
          });
        };
        response.on("data", () => {
          parts.push(since());
          if (enough?.(parts) !== true) return;
          end();
          asked.destroy();
        });
        response.on("end", end);
        response.on("error", reject);
      },
    );
    const late = setTimeout(() => {
      asked.destroy(new Error(`no answer within ${milliseconds / 1000} s`));
    }, milliseconds);
    asked.on("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    asked.end();
  });
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

/** Opens a TCP connection and closes it. @returns undefined, or the code of what went wrong, such as "ETIMEDOUT" */
export function connectTrouble(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (code?: string) => {
      socket.destroy();
      resolve(code);
    };
    socket.once("connect", () => {
      end();
    });
    socket.once("timeout", () => {
      end("ETIMEDOUT");
    });
    socket.once("error", ({ code = "unknown" }: NodeJS.ErrnoException) => {
      end(code);
    });
  });
}
