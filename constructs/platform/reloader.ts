import type { ITerraformDependable } from "cdktf";
import { CHARTS } from "../../environments/charts";
import { NAMESPACE } from "../../environments/names";
import { CONTROLLERS } from "../../environments/requests";
import type { EnvironmentStack } from "../environment-stack";
import { HelmChart } from "./helm-chart";
import {
  disruptionBudget,
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

/** Rolls the workloads when a Secret of theirs changes. */
export class Reloader extends HelmChart {
  constructor(stack: EnvironmentStack, props: { readonly dependsOn: readonly ITerraformDependable[] }) {
    const { replicas, capacity } = stack.environment.platform;
    super(stack, "reloader", {
      chart: CHARTS.reloader,
      namespace: "reloader",
      dependsOn: props.dependsOn,
      values: {
        reloader: {
          // The default strategy writes environment variables into the pods, which Terraform would take out again.
          reloadStrategy: "annotations",
          namespaceSelector: `kubernetes.io/metadata.name=${NAMESPACE}`,
          ignoreConfigMaps: true,
          readOnlyRootFileSystem: true,
          enableHA: replicas > 1,
          podDisruptionBudget: disruptionBudget(replicas),
          deployment: {
            replicas,
            ...placement(podLabels("reloader", "reloader"), capacity),
            priorityClassName: PRIORITY_CLASS,
            resources: resources(CONTROLLERS.reloader),
            securityContext: RESTRICTED_POD,
            containerSecurityContext: RESTRICTED_CONTAINER,
          },
        },
      },
    });
  }
}
