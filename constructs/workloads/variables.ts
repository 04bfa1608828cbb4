import type { Environment } from "../../environments";
import { optionalKeys } from "../../environments/app-secret-keys";
import { namesOf, PART_OF } from "../../environments/names";
import { mebibytes, seconds } from "../../environments/quantity";
import type { WorkloadSettings } from "../../environments/schema";
import { addressOf, type ServiceKey, type ServiceName } from "../../environments/services";
import { corsOrigins } from "./browser-headers";
import type { DeployedService } from "./deployed-service";

/** The only place that a container can write. */
export const TMP = "/tmp";

const KIB = 1024;
/** Room for what Traefik adds to a request, so that its limit applies first: it returns 431, others close the connection. */
const ADDED_HEADERS_KIB = 8;
/** Percentage of the memory limit without /tmp; the rest is for buffers, code and stacks. V8's default is half. */
const HEAP_PERCENT = 75;

type Variables = Readonly<Record<string, string>>;

/** A service's environment variables, without its secrets. */
export function variablesOf(props: DeployedService): Variables {
  const { service, environment, row, settings } = props;
  return {
    ENVIRONMENT: environment.name,
    SUPABASE_URL: environment.supabase.url,
    PUBLIC_URL: `https://${environment.domain.host}`,
    ...(row.http ? { PORT: String(row.http.port) } : {}),
    ...(row.database ? { DATABASE_POOL_SIZE: String(environment.database.poolSize) } : {}),
    ...runtimeVariables(props),
    ...row.variables,
    ...traceVariables(row.name, environment),
    ...OWN[service]?.(environment),
    // Those in the settings take precedence.
    ...settings.variables,
  };
}

/** Those of one service alone that follow from the settings; those that are the same everywhere are in its row. */
const OWN: Readonly<Partial<Record<ServiceKey, (environment: Environment) => Variables>>> = {
  ai: (environment) => {
    const { langsmith, streaming } = environment;
    return {
      CORS_ORIGINS: corsOrigins(environment).join(","),
      LANGSMITH_TRACING: String(langsmith.enabled),
      LANGSMITH_PROJECT: langsmith.project ?? namesOf(environment).prefix,
      LANGSMITH_ENDPOINT: langsmith.endpoint,
      STREAM_HEARTBEAT_SECONDS: String(seconds(streaming.heartbeat)),
    };
  },
  web: () => {
    const { name, port } = addressOf("ai");
    return { API_URL: `http://${name}:${port}` };
  },
};

/** Environment variables that tell a service's runtime its limits. */
function runtimeVariables({ row, environment, settings, times }: DeployedService): Variables {
  const headerBytes = String((environment.traffic.maxHeaderKiB + ADDED_HEADERS_KIB) * KIB);
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
        ...(row.http ? pythonServer(row.http.port, headerBytes, times.drain) : {}),
      };
    case "node":
      return {
        ...everywhere,
        NPM_CONFIG_CACHE: `${TMP}/.npm`,
        NODE_OPTIONS: `--max-old-space-size=${heapMiB(settings.memory)} --max-http-header-size=${headerBytes}`,
        // Read by srvx, Nitro's server, which otherwise cuts open requests off after 5 s, and at once if CI or TEST says anything.
        ...(row.http ? { SERVER_SHUTDOWN_TIMEOUT: String(times.drain), CI: "", TEST: "" } : {}),
      };
  }
}

function pythonServer(port: number, headerBytes: string, drainSeconds: number) {
  return {
    // Read by uvicorn and gunicorn. The network policy admits only Traefik, which replaces the forwarded headers, and the
    // product's own callers: nobody else can forge them.
    FORWARDED_ALLOW_IPS: "*",
    // Read only by the `uvicorn` command, not by `uvicorn.run()`. It doesn't read PORT; its arguments take precedence.
    UVICORN_HOST: "0.0.0.0",
    UVICORN_PORT: String(port),
    UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE: headerBytes,
    UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: String(drainSeconds),
    // It would contain query strings, and every probe. Traefik logs clients' requests without them; callers' are not logged.
    UVICORN_ACCESS_LOG: "false",
    // Its own 2 s for idle connections are less than Traefik's 4: a request would hit a closed one now and then.
    GUNICORN_CMD_ARGS: `--graceful-timeout=${drainSeconds} --keep-alive=5`,
  };
}

function heapMiB({ limit, tmp }: WorkloadSettings["memory"]): number {
  return Math.floor(((mebibytes(limit) - mebibytes(tmp)) * HEAP_PERCENT) / 100);
}

/** Where a service sends its traces, if it does: one that gets the endpoint's headers. */
export function tracesOf(service: ServiceName, environment: Environment) {
  const { traces } = environment.observability;
  return traces.kind === "otlp" && optionalKeys(service, environment).includes("OTEL_EXPORTER_OTLP_HEADERS")
    ? traces
    : undefined;
}

/**
 * OpenTelemetry's variables, which every SDK reads. The endpoint's headers come from the app secret.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
function traceVariables(service: ServiceName, environment: Environment): Variables {
  const traces = tracesOf(service, environment);
  if (traces === undefined) return {};
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: `service.namespace=${PART_OF},deployment.environment.name=${environment.name}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    // Python's distribution defaults to gRPC, which some vendors don't accept.
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: String(traces.samplePercent / 100),
    // Logs are read from a pod's output, and metrics are scraped: neither goes to this endpoint.
    OTEL_LOGS_EXPORTER: "none",
    OTEL_METRICS_EXPORTER: "none",
  };
}
