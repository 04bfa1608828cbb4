import { Alloy, AlloySecrets } from "../constructs/platform/alloy";
import { LoadBalancerController } from "../constructs/platform/aws-load-balancer-controller";
import { CertManager } from "../constructs/platform/cert-manager";
import { ClusterAutoscaler } from "../constructs/platform/cluster-autoscaler";
import { ExternalSecrets } from "../constructs/platform/external-secrets";
import type { Chart, Controller } from "../constructs/platform/helm-chart";
import { KubePrometheusStack, MonitoringSecrets } from "../constructs/platform/kube-prometheus-stack";
import { Loki } from "../constructs/platform/loki";
import { PrometheusOperatorCrds } from "../constructs/platform/prometheus-operator-crds";
import { Reloader } from "../constructs/platform/reloader";
import { Traefik } from "../constructs/platform/traefik";
import type { Settings } from "../environments/schema";

export type { Chart };

/**
 * The controllers that `infra` installs: each chart is one file, and each release one line here. All at once, except that
 * one starts after those in its `after`, which must come before it here.
 */
export const CONTROLLERS: readonly Controller[] = [
  PrometheusOperatorCrds,
  CertManager,
  ExternalSecrets,
  LoadBalancerController,
  Traefik,
  ClusterAutoscaler,
  Reloader,
  KubePrometheusStack,
  MonitoringSecrets,
  Loki,
  Alloy,
  AlloySecrets,
];

/** Those that an environment has. */
export function controllersOf(settings: Settings): readonly Controller[] {
  return CONTROLLERS.filter(({ isUsed }) => isUsed?.(settings) ?? true);
}

/** Their charts. Renovate proposes newer versions: it looks for name, version and repository, in this order. */
export const CHARTS: readonly Chart[] = [...new Set(CONTROLLERS.map(({ chart }) => chart))];
