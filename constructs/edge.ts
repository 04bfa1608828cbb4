import type { Peer } from "./network-policy";

/** What the platform's edge, which infra installs, and the workloads behind it must both know. */

export const TRAEFIK = { namespace: "traefik", ingressClass: "traefik" };

/** Traefik's pods, for those that let it in. */
export const TRAEFIK_PODS: Peer = {
  namespace: TRAEFIK.namespace,
  pods: { "app.kubernetes.io/name": "traefik" },
};

/**
 * A plugin of Traefik's that this project brings: 429 with Retry-After for too many requests in flight, a limit of
 * bodies that keeps nothing of them, and the maintenance page. Traefik interprets its source, so nothing is downloaded.
 *
 * @see https://plugins.traefik.io/create
 */
export const REFUSALS = { name: "refusals" };

/**
 * Pods that cert-manager starts beside an Ingress, to answer an HTTP-01 challenge.
 *
 * @see https://github.com/cert-manager/cert-manager/blob/v1.21.1/pkg/issuer/acme/http/http.go (acmeSolverListenPort)
 */
export const SOLVER = { pods: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };
