import { NAMESPACE } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import { podsOf, type Controller } from "./helm-chart";
import {
  disruptionBudget,
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

const REQUESTS: Requests = { cpu: "10m", memory: "128Mi" };

/**
 * Rolls the product's workloads when one of their Secrets changes. Changes made while it has no leader are missed: on startup
 * it assumes that pods already run the current Secrets. So whoever changes a secret is asked to check.
 */
export const reloader: Controller = {
  name: "reloader",
  chart: {
    name: "reloader",
    version: "2.2.16",
    repository: "https://stakater.github.io/stakater-charts",
  },
  pods: (settings) => podsOf({ reloader: REQUESTS }, settings),
  values({ environment }) {
    const { replicas, capacity } = environment.platform;
    return {
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
          resources: resources(REQUESTS),
          securityContext: RESTRICTED_POD,
          containerSecurityContext: RESTRICTED_CONTAINER,
        },
      },
    };
  },
};
