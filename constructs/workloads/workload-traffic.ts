import { optionalKeys } from "../../environments/app-secret-keys";
import { REDIS, REDIS_PORT } from "../../environments/names";
import { scrapedServices } from "../../environments/schema";
import { callersOf, callsOf, SERVICES } from "../../environments/services";
import { TRAEFIK_PODS } from "../edge";
import { selector } from "../labels";
import type { Rule } from "../network-policy";
import { cacheSubnets, DNS, HTTPS, internet, portOf, separateEndpoints } from "../peers";
import { PROMETHEUS } from "../scrapes";
import type { DeployedService } from "./deployed-service";
import { tracesOf } from "./variables";

/** Who may connect to a service, and what it may connect to: the rules of its network policy. */
export function workloadTraffic(deployed: DeployedService): {
  readonly ingress: Rule[];
  readonly egress: Rule[];
} {
  const { service, environment, row } = deployed;
  const { http, redis } = row;
  const callers = callersOf(service).map((key) => ({ pods: selector(SERVICES[key].name) }));
  const callees = callsOf(service).flatMap((key) => {
    const { name, http: called } = SERVICES[key];
    return called ? [{ peers: [{ pods: selector(name) }], ports: [called.port] }] : [];
  });
  const scraper = scrapedServices(environment).includes(service) ? [PROMETHEUS] : [];
  const cache =
    environment.redis.kind === "in-cluster" ? [{ pods: selector(REDIS) }] : cacheSubnets(environment);
  return {
    ingress: http
      ? [{ peers: [...(http.routed ? [TRAEFIK_PODS] : []), ...callers, ...scraper], ports: [http.port] }]
      : [],
    egress: [
      DNS,
      ...(redis ? [{ peers: cache, ports: [REDIS_PORT] }] : []),
      ...callees,
      { peers: [internet(environment)], ports: outsidePorts(deployed) },
      separateEndpoints(environment),
    ],
  };
}

/** Ports that a service connects to outside the cluster, by its settings. */
function outsidePorts({ environment, row }: DeployedService): readonly number[] {
  const { name, database: usesDatabase } = row;
  const { supabase, langsmith, database } = environment;
  const tracing = optionalKeys(name, environment).includes("LANGSMITH_API_KEY");
  const traces = tracesOf(name, environment);
  return [
    ...new Set([
      HTTPS,
      portOf(supabase.url),
      ...(tracing ? [portOf(langsmith.endpoint)] : []),
      ...(usesDatabase ? database.ports : []),
      ...(traces ? [portOf(traces.endpoint)] : []),
    ]),
  ];
}
