import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, symlinkSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** An image, as the stand-in for Docker runs it: a server in the tests' own process. */
export interface Image {
  readonly serve: RequestListener;
  /** Largest headers of requests (bytes). @default - what NODE_OPTIONS says */
  readonly maxHeaderSize?: number;
  /** "ignores": until Docker kills it. @default "drains" */
  readonly onSigterm?: "drains" | "cuts off" | "ignores";
  /** It exits at once. */
  readonly exits?: { readonly code: number; readonly log?: string; readonly outOfMemory?: boolean };
  /** Name of its main process. @default "node" */
  readonly main?: string;
  /** What is in its PATH. @default - what is in this process's */
  readonly programs?: readonly string[];
  /** @default "arm64" */
  readonly architecture?: string;
  /** Runs programs that ask its server, which the stand-in does in their place otherwise. @default false */
  readonly runs?: boolean;
  /** Its pull takes until it is killed. @default false */
  readonly endless?: boolean;
}

/** How long Docker waits for one that ignores SIGTERM (milliseconds): it counts as a second. */
const GRACE_MS = 600;

/** Stands in for commands/cli/docker.ts, with one image. */
export class Docker {
  readonly calls: string[] = [];
  /** Whether its container is cut off from the network. */
  offline = false;
  readonly #server: Server;
  #code: number | undefined;

  constructor(readonly image: Image) {
    this.#server = createServer(image.serve);
  }

  readonly docker = ([verb = "", ...args]: readonly string[]) => {
    this.calls.push([verb, ...args].join(" "));
    let kill = () => undefined as unknown;
    const killed = new Promise<never>((_, reject) => {
      kill = () => {
        reject(new Error("killed"));
      };
    });
    const work = this.#answer(verb, args).then((stdout) => ({ stdout, stderr: "" }));
    return Object.assign(Promise.race([work, killed]), { child: { kill } });
  };

  async #answer(verb: string, args: readonly string[]): Promise<string> {
    switch (verb) {
      case "run":
        return this.#start(args);
      case "port":
        return `127.0.0.1:${this.#port}`;
      case "inspect":
        if (args.some((arg) => arg.includes("Networks"))) return "bridge";
        return `${this.#code === undefined} ${this.#code ?? 0} ${this.image.exits?.outOfMemory === true}`;
      case "image":
        return this.image.architecture ?? "arm64";
      case "network":
        this.offline = args[0] === "disconnect";
        return "";
      case "exec":
        return this.#execute(args.slice(1));
      case "stop":
        return this.#stop();
      case "logs":
        return this.image.exits?.log ?? "";
      default:
        this.#server.closeAllConnections();
        this.#server.close();
        return "";
    }
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  async #start(options: readonly string[]): Promise<string> {
    const { endless = false, exits, maxHeaderSize } = this.image;
    if (endless) await new Promise(() => undefined);
    if (exits) this.#code = exits.code;
    else {
      const said = /http-header-size=(\d+)/.exec(options.join(" "))?.[1];
      Object.assign(this.#server, { maxHeaderSize: maxHeaderSize ?? Number(said) });
      await once(this.#server.listen(0, "127.0.0.1"), "listening");
    }
    return "";
  }

  async #execute([program = "", flag = "", text = "", ...args]: readonly string[]): Promise<string> {
    const { main = "node", programs } = this.image;
    if (program !== "sh") {
      const url = args[0]?.replace(/:\d+/, `:${this.#port}`) ?? "";
      if (this.image.runs === true) return (await promisify(execFile)(program, [flag, text, url])).stdout;
      const { ok } = await fetch(url);
      return ok ? "" : Promise.reject(new Error("exit code 1"));
    }
    if (programs?.includes("sh") === false) throw new Error("no sh");
    if (text.includes("/children"))
      return programs === undefined ? main : Promise.reject(new Error("no cat"));
    const PATH = programs === undefined ? process.env["PATH"] : mkdtempSync(join(tmpdir(), "wbot-path-"));
    for (const each of programs ?? []) symlinkSync("/bin/sh", join(PATH ?? "", each));
    return (await promisify(execFile)("/bin/sh", [flag, text, ...args], { env: { PATH } })).stdout;
  }

  async #stop(): Promise<string> {
    if (this.#code !== undefined) return "";
    const { onSigterm = "drains" } = this.image;
    const closed = once(this.#server, "close");
    if (onSigterm === "ignores") await sleep(GRACE_MS);
    this.#server.close();
    if (onSigterm === "drains") this.#server.closeIdleConnections();
    else this.#server.closeAllConnections();
    await closed;
    this.#code = onSigterm === "ignores" ? 137 : 0;
    return "";
  }
}
