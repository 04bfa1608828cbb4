import type { Peer } from "./network-policy";

/** Shared between the platform's edge, which infra installs, and the workloads behind it. */

export const TRAEFIK = { namespace: "traefik", ingressClass: "traefik" };

/** Ports of Traefik's pods: its entry points, and its ping. The load balancer connects to them directly. */
export const TRAEFIK_PORTS = { web: 8000, websecure: 8443, ping: 8080 } as const;

/** Traefik's pods, for the network policies that admit them. */
export const TRAEFIK_PODS: Peer = {
  namespace: TRAEFIK.namespace,
  pods: { "app.kubernetes.io/name": "traefik" },
};

/**
 * This project's Traefik plugin: 429 with Retry-After for too many requests in flight, a body size limit that doesn't
 * buffer, the maintenance page, the response to Traefik's startup probe, the client's address behind trusted proxies, and
 * another pod for a browser whose sticky cookie names one that is gone. Traefik interprets its source, so nothing is
 * downloaded.
 *
 * @see https://plugins.traefik.io/create
 */
export const REFUSALS = { name: "refusals" };

/** What one of the plugin's middlewares does, as its Config in refusals.go reads it. */
export type Refusals =
  | { readonly ready: true }
  | { readonly trustedProxies: readonly string[]; readonly clientHeader: string }
  | { readonly maintenance: string; readonly retryAfterSeconds: number }
  | { readonly stickyCookie: string }
  | Limits;

interface Limits {
  readonly inFlight: number;
  readonly sessionInFlight?: number;
  readonly stallSeconds: number;
  readonly maxBodyBytes: number;
  readonly retryAfterSeconds: number;
  readonly clientHeader?: string;
}

/**
 * Pods that cert-manager starts to answer an HTTP-01 challenge.
 *
 * @see https://github.com/cert-manager/cert-manager/blob/v1.21.1/pkg/issuer/acme/http/http.go (acmeSolverListenPort)
 */
export const SOLVER = { pods: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

/**
 * Request header that names the client whose limits a request counts against, if trusted proxies are in front. The plugin
 * sets it, and overwrites whatever a client sends.
 */
export const CLIENT_HEADER = "X-Counts-For";
