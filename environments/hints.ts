import type { Environment } from "./environment";
import { namesOf } from "./names";
import { EVERY_TAG } from "./services";

/** Error if no image is named and none runs. The command is indented, so that Terraform doesn't wrap it. */
export function noImage(environment: Pick<Environment, "name">, name: string): string {
  return `${nothingRuns(name)}:\n\n  ${nameImages(environment)}\n`;
}

export function nothingRuns(name: string): string {
  return `${name} has no image: none is running, and none was named`;
}

/** The deploy command that names every image. */
export function nameImages({ name }: Pick<Environment, "name">): string {
  return `npx wbot deploy --env ${name} --image-tag ${EVERY_TAG}`;
}

/** Error if infra isn't deployed. The command is indented, so that Terraform doesn't wrap it. */
export function missingCluster(environment: Environment): string {
  return (
    `There is no EKS cluster ${namesOf(environment).cluster} in ${environment.region}: deploy the stack infra of environment ${environment.name} first:\n\n` +
    `  WBOT_ENV=${environment.name} npx cdktf deploy infra\n`
  );
}
