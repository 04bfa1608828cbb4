import { NAMESPACE } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { EnvironmentStack } from "../environment-stack";
import { HelmChart, type Chart, type ControllerProps } from "./helm-chart";
import {
  disruptionBudget,
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

/**
 * Rolls the product's workloads when one of their Secrets changes. Changes made while it has no leader are missed: on startup
 * it assumes that pods already run the current Secrets. So whoever changes a secret is asked to check.
 */
export class Reloader extends HelmChart {
  static readonly chart: Chart = {
    name: "reloader",
    version: "2.2.16",
    repository: "https://stakater.github.io/stakater-charts",
  };
  static readonly requests = {
    reloader: { cpu: "10m", memory: "128Mi" },
  } satisfies Record<string, Requests>;

  constructor(stack: EnvironmentStack, props: ControllerProps) {
    const { replicas, capacity } = stack.environment.platform;
    super(stack, "reloader", {
      chart: Reloader.chart,
      namespace: "reloader",
      dependsOn: props.dependsOn,
      values: {
        reloader: {
          // The default strategy adds environment variables to the pods, which Terraform would remove again.
          reloadStrategy: "annotations",
          // Roles in the product's namespace and its own, and no ClusterRole.
          watchGlobally: false,
          namespaces: [NAMESPACE],
          ignoreConfigMaps: true,
          readOnlyRootFileSystem: true,
          enableHA: replicas > 1,
          podDisruptionBudget: disruptionBudget(replicas),
          deployment: {
            replicas,
            ...placement(podLabels("reloader", "reloader"), capacity),
            priorityClassName: PRIORITY_CLASS,
            resources: resources(Reloader.requests.reloader),
            securityContext: RESTRICTED_POD,
            containerSecurityContext: RESTRICTED_CONTAINER,
          },
        },
      },
    });
  }
}
