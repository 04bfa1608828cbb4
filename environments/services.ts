/**
 * The product's services, one row each. Everything that lists them is derived from these rows: settings, image tags,
 * image repositories, quota and capacity, secrets, network policies, drain times, alarms, CI's rights, checks and help
 * texts. docs/add-a-service.md shows how to add one.
 */

/** A service that serves HTTP has a port, both probes and a Kubernetes Service. */
export interface Http {
  /**
   * Port of the container, also in the variable PORT. Another one cuts a routed service off until its new pods are ready:
   * `infra`, deployed first, allows Traefik no other. Change it during `traffic.maintenance`.
   */
  readonly port: number;
  /** Port of the Service. @default - the container's */
  readonly servicePort?: number;
  readonly probe: {
    /**
     * Path that liveness and readiness GET, unless `<key>.healthPath` names another. The service must answer it by
     * itself: what asks a dependency makes that one's outage its own, in all pods at once.
     */
    readonly path: string;
    /**
     * Path that the startup probe GETs, before any other: a new version must answer it once before old pods stop.
     * @default - `path`
     */
    readonly startupPath?: string;
    /** Initial delays, in seconds, counted from the container's start. */
    readonly livenessDelaySeconds: number;
    readonly readinessDelaySeconds: number;
  };
  /**
   * Whether Traefik sends a browser to the same pod for an hour at a time, by a cookie: during a rollout, a page's files and
   * server functions are then asked of the version that rendered it. @default false
   */
  readonly sticky?: boolean;
  /** Whether Traefik may connect to it. The routes themselves are in constructs/workloads/ingress.ts. */
  readonly routed: boolean;
}

export type Runtime = "python" | "node";

export interface ServiceRow<Key extends string = string, Name extends string = string> {
  /** Name of its Deployment and related objects, its container and its image repository. */
  readonly name: Name;
  /** What messages and the settings table call it, such as "the backend". */
  readonly about: string;
  /** Label `app.kubernetes.io/component`. */
  readonly component: string;
  /** @default - a worker that nothing connects to: no port, no probes, no Service */
  readonly http?: Http;
  /** Keys of services that it may connect to, and starts after; their rows must come first. @default - none */
  readonly calls?: readonly Key[];
  /** Whether it gets REDIS_URL and may connect to Redis. */
  readonly redis: boolean;
  /** Whether it may connect to `database.ports` outside the cluster. */
  readonly database: boolean;
  /** Whether terminating pods may finish their work for `streaming.drain`, instead of 30 seconds. */
  readonly drains: boolean;
  /** Language that it runs in, whose runtime is told its limits: constructs/workloads/variables.ts. */
  readonly runtime: Runtime;
  /** Further environment variables that are the same everywhere. @default - none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Defaults of the settings `<key>.cpu` and `<key>.memory`; `tmp` is the part of the limit that /tmp may take. */
  readonly cpu: { readonly request: string; readonly limit: string };
  readonly memory: { readonly request: string; readonly limit: string; readonly tmp: string };
}

const ROWS = {
  ai: {
    name: "wbot-ai",
    about: "the backend",
    component: "backend",
    http: {
      port: 8000,
      probe: { path: "/health", livenessDelaySeconds: 30, readinessDelaySeconds: 10 },
      routed: true,
    },
    redis: true,
    database: true,
    drains: true,
    runtime: "python",
    cpu: { request: "500m", limit: "2" },
    memory: { request: "512Mi", limit: "2Gi", tmp: "256Mi" },
  },
  web: {
    name: "wbot-web",
    about: "the front end",
    component: "frontend",
    http: {
      port: 3000,
      servicePort: 80,
      // A page must have been rendered once; afterwards it isn't asked for, since it waits for what it depends on.
      probe: { path: "/health", startupPath: "/", livenessDelaySeconds: 15, readinessDelaySeconds: 5 },
      sticky: true,
      routed: true,
    },
    // It renders pages from the backend's responses.
    calls: ["ai"],
    redis: false,
    database: false,
    drains: false,
    runtime: "node",
    variables: { NODE_ENV: "production", HOST: "0.0.0.0" },
    cpu: { request: "100m", limit: "1" },
    memory: { request: "256Mi", limit: "1Gi", tmp: "64Mi" },
  },
} as const satisfies Readonly<Record<string, ServiceRow>>;

/** "ai" or "web", … */
export type ServiceKey = keyof typeof ROWS;
/** "wbot-ai" or "wbot-web", … */
export type ServiceName = (typeof ROWS)[ServiceKey]["name"];
/** Services that serve HTTP. */
type HttpKey = {
  [K in ServiceKey]: (typeof ROWS)[K] extends { readonly http: Http } ? K : never;
}[ServiceKey];

/** By the key of their settings, also used in `--image-tag`. */
export const SERVICES: Readonly<Record<ServiceKey, ServiceRow<ServiceKey, ServiceName>>> = ROWS;
/** In table order. */
export const SERVICE_KEYS = Object.keys(SERVICES) as readonly ServiceKey[];

/** Maps every service. */
export function perService<T>(of: (key: ServiceKey) => T): Readonly<Record<ServiceKey, T>> {
  return Object.fromEntries(SERVICE_KEYS.map((key) => [key, of(key)])) as Record<ServiceKey, T>;
}

/** Services that may connect to this one. */
export function callersOf(key: ServiceKey): ServiceKey[] {
  return SERVICE_KEYS.filter((caller) => callsOf(caller).includes(key));
}

/** Services that this one may connect to. */
export function callsOf(key: ServiceKey): readonly ServiceKey[] {
  return SERVICES[key].calls ?? [];
}

/** Name and port of a service's Service in the cluster. */
export function addressOf(key: HttpKey): { readonly name: ServiceName; readonly port: number } {
  const { name, http }: { readonly name: ServiceName; readonly http: Http } = ROWS[key];
  return { name, port: http.servicePort ?? http.port };
}

/** Value of `--image-tag` for every service: "ai=<tag>,web=<tag>". */
export const EVERY_TAG = SERVICE_KEYS.map((key) => `${key}=<tag>`).join(",");
