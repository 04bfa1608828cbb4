import { CertManager } from "../constructs/platform/cert-manager";
import { ClusterAutoscaler } from "../constructs/platform/cluster-autoscaler";
import { ExternalSecrets } from "../constructs/platform/external-secrets";
import type { Chart, Controller } from "../constructs/platform/helm-chart";
import { LoadBalancerController } from "../constructs/platform/aws-load-balancer-controller";
import { Reloader } from "../constructs/platform/reloader";
import { Traefik } from "../constructs/platform/traefik";

export type { Chart };

/** The controllers that `infra` installs, in order: each is one file, and one line here. */
export const CONTROLLERS: readonly Controller[] = [
  CertManager,
  ExternalSecrets,
  LoadBalancerController,
  Traefik,
  ClusterAutoscaler,
  Reloader,
];

/** Their charts. Renovate proposes newer versions: it looks for name, version and repository, in this order. */
export const CHARTS: readonly Chart[] = CONTROLLERS.map(({ chart }) => chart);
