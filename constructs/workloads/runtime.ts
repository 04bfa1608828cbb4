import { mebibytes } from "../../environments/quantity";
import type { Settings, WorkloadSettings } from "../../environments/schema";
import type { ServiceRow } from "../../environments/services";
import type { PodTimes } from "../../environments/stream-times";

/** The only place that a container can write. */
export const TMP = "/tmp";

const KIB = 1024;
/** Room for what Traefik adds to a request, so that its limit applies first: it returns 431, others close the connection. */
const ADDED_HEADERS_KIB = 8;
/** Percentage of the memory limit without /tmp; the rest is for buffers, code and stacks. V8's default is half. */
const HEAP_PERCENT = 75;

export interface Limits {
  readonly row: Pick<ServiceRow, "runtime" | "http">;
  readonly traffic: Pick<Settings["traffic"], "maxHeaderKiB">;
  readonly memory: WorkloadSettings["memory"];
  readonly times: Pick<PodTimes, "drain">;
}

/** Environment variables that tell a service's runtime its limits. */
export function runtimeVariables({ row, traffic, memory, times }: Limits): Readonly<Record<string, string>> {
  const headerBytes = String((traffic.maxHeaderKiB + ADDED_HEADERS_KIB) * KIB);
  // All caches in one place, whatever the program: the root file system is read-only.
  const everywhere = { HOME: TMP, XDG_CACHE_HOME: `${TMP}/.cache` };
  switch (row.runtime) {
    case "python":
      return {
        ...everywhere,
        HF_HOME: `${TMP}/huggingface`,
        TIKTOKEN_CACHE_DIR: `${TMP}/tiktoken`,
        // Unbuffered logs, and no bytecode on the read-only root file system.
        PYTHONUNBUFFERED: "1",
        PYTHONDONTWRITEBYTECODE: "1",
        ...(row.http ? pythonServer(headerBytes, times.drain) : {}),
      };
    case "node":
      return {
        ...everywhere,
        NPM_CONFIG_CACHE: `${TMP}/.npm`,
        NODE_OPTIONS: `--max-old-space-size=${heapMiB(memory)} --max-http-header-size=${headerBytes}`,
      };
  }
}

function pythonServer(headerBytes: string, drainSeconds: number) {
  return {
    // Read by uvicorn and gunicorn. The network policy admits only Traefik, which replaces the forwarded headers, and the
    // product's own callers: nobody else can forge them.
    FORWARDED_ALLOW_IPS: "*",
    // Read only by the `uvicorn` command, not by `uvicorn.run()`.
    UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE: headerBytes,
    UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: String(drainSeconds),
    GUNICORN_CMD_ARGS: `--graceful-timeout=${drainSeconds}`,
  };
}

function heapMiB({ limit, tmp }: WorkloadSettings["memory"]): number {
  return Math.floor(((mebibytes(limit) - mebibytes(tmp)) * HEAP_PERCENT) / 100);
}
