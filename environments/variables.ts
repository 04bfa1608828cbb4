import { APP_SECRET_KEYS } from "./app-secret-keys";
import { namesSecret } from "./secret-names";
import { looksSecret } from "./secret-shapes";
import type { Runtime } from "./services";

/** What <service>.variables may not contain. */

/** Variables that something else depends on, and why. `constructs/workloads/` sets them. */
const WIRED: Readonly<Record<string, string>> = {
  PORT: "the probes, the Service and the network policies expect the port in environments/services.ts",
  HOST: "probes and Traefik connect from other addresses: environments/services.ts",
  ...Object.fromEntries(
    ["NITRO_PORT", "NITRO_HOST", "UVICORN_PORT", "UVICORN_HOST"].map((name) => [
      name,
      "the probes and Traefik would not reach the service: environments/services.ts",
    ]),
  ),
  ...Object.fromEntries(
    ["HOME", "XDG_CACHE_HOME", "NPM_CONFIG_CACHE", "PYTHONDONTWRITEBYTECODE"].map((name) => [
      name,
      "only /tmp is writable",
    ]),
  ),
  PYTHONUNBUFFERED: "buffered lines would be missing from the logs",
  ENVIRONMENT: "it is the environment's name",
  PUBLIC_URL: "it comes from the setting domain.host",
  API_URL: "it is the backend's Service",
  SUPABASE_URL: "set supabase.url instead",
  CORS_ORIGINS: "set traffic.cors.origins instead",
  LANGSMITH_TRACING: "set langsmith.enabled instead",
  LANGSMITH_PROJECT: "set langsmith.project instead",
  LANGSMITH_ENDPOINT: "set langsmith.endpoint instead",
  STREAM_HEARTBEAT_SECONDS: "set streaming.heartbeat instead",
  DATABASE_POOL_SIZE: "set database.poolSize instead",
  UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: "it follows from the setting streaming.drain",
  GUNICORN_CMD_ARGS: "it follows from the setting streaming.drain; further options belong in the command",
  SERVER_SHUTDOWN_TIMEOUT: "it follows from the setting streaming.drain",
  UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE: "it follows from the setting traffic.maxHeaderKiB",
  FORWARDED_ALLOW_IPS: "the network policies decide who may connect, and so who sends these headers",
  NODE_OPTIONS:
    "it follows from the settings memory and traffic.maxHeaderKiB; further options belong in the command",
  REDIS_URL: "it comes from Redis's secret",
};

/** The same, in Node.js alone. */
const WIRED_IN_NODE: Readonly<Record<string, string>> = {
  CI: "if it is set, Nitro's server finishes no open request on SIGTERM",
  TEST: "if it is set, Nitro's server finishes no open request on SIGTERM",
};

const LOOKS_SECRET =
  "omitted: it looks like a secret, and variables are readable in the ConfigMap and in Terraform's state. Add its key to the app secret: docs/images.md#add-a-key";

/** What switches hold, such as REQUIRE_API_KEYS: no secrets. */
const SWITCH = /^(true|false|yes|no|on|off|[01])$/i;

/** What a variable must be instead, to complete "must be …"; undefined if it is allowed. */
export function refusedVariable(name: string, value: string, runtime: Runtime): string | undefined {
  const wired = runtime === "node" ? { ...WIRED, ...WIRED_IN_NODE } : WIRED;
  if (Object.hasOwn(wired, name)) return `omitted: ${wired[name] ?? ""}`;
  if (APP_SECRET_KEYS.some((key) => key.name === name))
    return "omitted: it is a key of the app secret (npx wbot secrets edit)";
  if (looksSecret(value)) return LOOKS_SECRET;
  if (namesSecret(name) && !SWITCH.test(value))
    return runtime === "node"
      ? `${LOOKS_SECRET}. If browsers get it anyway, name it PUBLIC_${name}`
      : LOOKS_SECRET;
  return undefined;
}
