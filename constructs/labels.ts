import project from "../package.json";
import { PART_OF } from "../environments/names";

export const VERSION_LABEL = "app.kubernetes.io/version";

/**
 * Labels of the objects this project creates in the cluster. The version is the image's for Deployments, and this
 * project's for everything else, so that a new image changes only its Deployment.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function labels(
  name: string,
  component: string,
  version: string = project.version,
): Record<string, string> {
  return {
    ...selector(name),
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "cdktf",
    [VERSION_LABEL]: version,
  };
}

/** Labels that select a workload's pods. Without the version: selectors are immutable. */
export function selector(name: string): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": PART_OF };
}
