import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { Precondition } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../environments";
import { NAMESPACE } from "../../environments/names";
import { VERSION_LABEL } from "../labels";
import { noImage } from "../../environments/hints";

/** What a Deployment runs. */
export interface ImageToRun {
  readonly reference: string;
  /** The version label. */
  readonly version: string;
  /** For the Deployment; not evaluated on destroy. */
  readonly preconditions: Precondition[];
}

interface RunningImageProps {
  /** Name of the Deployment, and of its container. */
  readonly name: string;
  readonly environment: Pick<Environment, "name">;
}

/**
 * The image that a Deployment runs, read at plan, so that a deploy that names none keeps it.
 *
 * It must not depend on any resource: Terraform would defer the read to the apply, and the plan would show every
 * Deployment as changing.
 */
export function runningImage(scope: Construct, { name, environment }: RunningImageProps): ImageToRun {
  // A list query: empty, not an error, if the Deployment doesn't exist.
  const found = new DataKubernetesResources(new Construct(scope, "running-image"), "deployments", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: NAMESPACE,
    fieldSelector: `metadata.name=${name}`,
  });
  const objects = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.objects`;
  const images = `[for each in ${objects}[0].spec.template.spec.containers : each.image if each.name == "${name}"]`;
  return {
    reference: `\${try(one(${images}), "")}`,
    version: `\${try(${objects}[0].metadata.labels["${VERSION_LABEL}"], "")}`,
    preconditions: [{ condition: `\${length(${objects}) > 0}`, errorMessage: noImage(environment, name) }],
  };
}
