import { Alloy, AlloySecrets } from "../constructs/platform/alloy";
import { LoadBalancerController } from "../constructs/platform/aws-load-balancer-controller";
import { CertManager } from "../constructs/platform/cert-manager";
import { ClusterAutoscaler } from "../constructs/platform/cluster-autoscaler";
import { ExternalSecrets } from "../constructs/platform/external-secrets";
import type { EnvironmentStack } from "../constructs/environment-stack";
import type { Chart, Controller, ControllerProps, HelmChart } from "../constructs/platform/helm-chart";
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

/** Installs an environment's controllers, each after those that it needs. */
export function installControllers(
  stack: EnvironmentStack,
  { dependsOn, ...props }: Omit<ControllerProps, "installed">,
): HelmChart[] {
  const controllers = controllersOf(stack.environment);
  const installed = new Map<Controller, HelmChart>();
  for (const Chart of controllers) {
    const before = controllers
      .filter((each) => Chart.after?.includes(each))
      .map((each) => {
        const chart = installed.get(each);
        if (chart === undefined)
          throw new Error(`${Chart.name} has to come after ${each.name} in stacks/controllers.ts`);
        return chart.release;
      });
    installed.set(Chart, new Chart(stack, { ...props, installed, dependsOn: [...dependsOn, ...before] }));
  }
  return [...installed.values()];
}

/** Their charts. Renovate proposes newer versions: it looks for name, version and repository, in this order. */
export const CHARTS: readonly Chart[] = [...new Set(CONTROLLERS.map(({ chart }) => chart))];
