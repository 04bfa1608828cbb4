import type { Environment } from "./environment";
import { imageOf, type Image } from "./image";
import { namesOf } from "./names";
import { EVERY_TAG } from "./services";

/** Error if no image is named and none runs. The command is indented, so that Terraform doesn't wrap it. */
export function noImage(environment: Pick<Environment, "name">, name: string): string {
  return `${nothingRuns(name)}:\n\n  ${nameImages(environment)}\n`;
}

export function nothingRuns(name: string): string {
  return `${name} has no image: none is running, and none was specified`;
}

/** The deploy command that names every image. */
export function nameImages({ name }: Pick<Environment, "name">): string {
  return `npx wbot deploy --env ${name} --image-tag ${EVERY_TAG}`;
}

/** Error if the cluster's zones, `live` ("us-east-1a, us-east-1b"), aren't the environment's. */
export function otherZones(environment: Environment, live: string): string {
  const { name, zones } = environment;
  return `zones of the environment "${name}" are ${zones.join(", ")}, but the cluster ${namesOf(environment).cluster} is in ${live}, and EKS can't move it. Set zones to those in environments/${name}.ts; for others, deploy another environment and migrate to it.`;
}

/** Error if the cluster is in another VPC than that of the settings, by its id or its range. */
export function otherVpc(environment: Environment): string {
  const { name, network } = environment;
  const wanted =
    network.existing === undefined
      ? `network.cidr of the environment "${name}" is ${network.cidr}`
      : `network.existing of the environment "${name}" is ${network.existing.vpcId}`;
  return `${wanted}, but the cluster ${namesOf(environment).cluster} is in another VPC, and EKS can't move it. Undo that in environments/${name}.ts; for another network, deploy another environment and migrate to it.`;
}

/** Error if the cluster's version, `live`, is neither the environment's nor the one before. */
export function otherVersion({ name, cluster }: Environment, live: string): string {
  return `cluster.version of the environment "${name}" is ${cluster.version}, but the cluster runs ${live}. EKS upgrades by one minor version at a time, and no deploy goes back; the steps under "Back, within seven days" in docs/runbooks/upgrade.md do. Correct cluster.version in environments/${name}.ts.`;
}

/** What Terraform shows while it looks for an image in this environment's repository, and if there is none. */
export function imageToPush(repository: string, image: Image): string {
  return `${imageOf(image, repository)} must have been pushed to ECR: push it, then deploy app again`;
}

/** Error if infra isn't deployed; `deploy` does that. The command is indented, so that Terraform doesn't wrap it. */
export function missingCluster(
  environment: Environment,
  deploy = `WBOT_ENV=${environment.name} npx cdktf deploy infra`,
): string {
  return (
    `There is no EKS cluster ${namesOf(environment).cluster} in ${environment.region}: deploy the stack infra of environment ${environment.name} first:\n\n` +
    `  ${deploy}\n`
  );
}
