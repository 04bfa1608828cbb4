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
 * buffer, the maintenance page, the answer to a starting pod's probe, and another pod for a browser whose own is gone.
 * Traefik interprets its source, so nothing is downloaded.
 *
 * @see https://plugins.traefik.io/create
 */
export const REFUSALS = { name: "refusals" };

/** Header of what the product refuses during maintenance, by which the check from outside knows it from an outage. */
export const MAINTENANCE_HEADER = "X-Wbot-Maintenance";

/**
 * Pods that cert-manager starts to answer an HTTP-01 challenge.
 *
 * @see https://github.com/cert-manager/cert-manager/blob/v1.21.1/pkg/issuer/acme/http/http.go (acmeSolverListenPort)
 */
export const SOLVER = { pods: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

/**
 * Request header that says whose budget a request counts for, where trusted proxies are in front: written by the plugin,
 * whatever a client sends.
 */
export const CLIENT_HEADER = "X-Counts-For";
