import { alloy, alloySecrets } from "../constructs/platform/alloy";
import { awsLoadBalancerController } from "../constructs/platform/aws-load-balancer-controller";
import { certManager } from "../constructs/platform/cert-manager";
import { clusterAutoscaler } from "../constructs/platform/cluster-autoscaler";
import { externalSecrets } from "../constructs/platform/external-secrets";
import type { EnvironmentStack } from "../constructs/environment-stack";
import { HelmChart, type Chart, type Context, type Controller } from "../constructs/platform/helm-chart";
import { kubePrometheusStack, monitoringSecrets } from "../constructs/platform/kube-prometheus-stack";
import { loki } from "../constructs/platform/loki";
import { prometheusOperatorCrds } from "../constructs/platform/prometheus-operator-crds";
import { reloader } from "../constructs/platform/reloader";
import { traefik } from "../constructs/platform/traefik";
import type { Settings } from "../environments/schema";

export type { Chart };

/**
 * The controllers that `infra` installs: each chart is one file, and each release one line here. All at once, except that
 * one starts after those in its `after`, which must come before it here.
 */
export const CONTROLLERS: readonly Controller[] = [
  prometheusOperatorCrds,
  certManager,
  externalSecrets,
  awsLoadBalancerController,
  traefik,
  clusterAutoscaler,
  reloader,
  kubePrometheusStack,
  monitoringSecrets,
  loki,
  alloy,
  alloySecrets,
];

/** Those that an environment has. */
export function controllersOf(settings: Settings): readonly Controller[] {
  return CONTROLLERS.filter(({ isUsed }) => isUsed?.(settings) ?? true);
}

/** Installs an environment's controllers, each after those that it needs. */
export function installControllers(
  stack: EnvironmentStack,
  context: Omit<Context, "installed">,
): HelmChart[] {
  const controllers = controllersOf(stack.environment);
  const installed = new Map<Controller, HelmChart>();
  for (const controller of controllers) {
    const before = controllers
      .filter((each) => controller.after?.includes(each))
      .map((each) => {
        const chart = installed.get(each);
        if (chart === undefined)
          throw new Error(`${controller.name} has to come after ${each.name} in stacks/controllers.ts`);
        return chart.release;
      });
    installed.set(
      controller,
      new HelmChart(stack, controller, {
        ...context,
        installed,
        dependsOn: [...context.dependsOn, ...before],
      }),
    );
  }
  return [...installed.values()];
}

/** Their charts. Renovate proposes newer versions: it looks for name, version and repository, in this order. */
export const CHARTS: readonly Chart[] = [...new Set(CONTROLLERS.map(({ chart }) => chart))];
