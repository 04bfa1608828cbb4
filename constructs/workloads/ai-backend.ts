import type { ITerraformDependable } from "cdktf";
import { AI, AI_PORT, REDIS, REDIS_PORT, WEB } from "../../environments/names";
import { seconds } from "../../environments/duration";
import type { EnvironmentStack } from "../environment-stack";
import { selector } from "../labels";
import type { Rule } from "../network-policy";
import { cacheSubnets, DNS, HTTPS, internet } from "../peers";
import { TRAEFIK_PODS } from "../platform/traefik";
import { streamTimes } from "../stream-times";
import type { ExternalSecret } from "./external-secret";
import { corsOrigins } from "./traffic";
import { Workload } from "./workload";

export interface AiBackendProps {
  readonly namespace: string;
  readonly repository: string;
  readonly secrets: readonly ExternalSecret[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** wbot-ai: the LangGraph service that answers, and streams its answers. */
export class AiBackend extends Workload {
  constructor(stack: EnvironmentStack, id: string, props: AiBackendProps) {
    const { environment } = stack;
    const { langsmith, redis, database, streaming, supabase } = environment;
    const times = streamTimes(environment).ai;
    const cache: Rule = {
      peers: redis.kind === "in-cluster" ? [{ pods: selector(REDIS) }] : cacheSubnets(environment),
      ports: [REDIS_PORT],
    };
    super(stack, id, {
      ...props,
      environment,
      name: AI,
      component: "backend",
      settings: environment.ai,
      port: AI_PORT,
      probe: { path: "/health", livenessDelaySeconds: 30, readinessDelaySeconds: 10 },
      times,
      variables: {
        ENVIRONMENT: environment.name,
        PORT: String(AI_PORT),
        SUPABASE_URL: supabase.url,
        CORS_ORIGINS: corsOrigins(environment).join(","),
        LANGSMITH_TRACING: String(langsmith.enabled),
        LANGSMITH_PROJECT: langsmith.project ?? stack.names.prefix,
        LANGSMITH_ENDPOINT: langsmith.endpoint,
        // How often a quiet stream says that it lives, and how long it may go on once the pod must go.
        STREAM_HEARTBEAT_SECONDS: String(seconds(streaming.heartbeat)),
        UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: String(times.drain),
        // Logs as they happen, no bytecode on the read-only root, caches where it may write.
        PYTHONUNBUFFERED: "1",
        PYTHONDONTWRITEBYTECODE: "1",
        HOME: "/tmp",
      },
      ingress: [{ peers: [TRAEFIK_PODS, { pods: selector(WEB) }], ports: [AI_PORT] }],
      egress: [DNS, cache, { peers: [internet(environment)], ports: [HTTPS, ...database.ports] }],
    });
  }
}
