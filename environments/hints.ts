import type { Environment } from "./environment";
import { namesOf } from "./names";
import { EVERY_TAG } from "./services";

/** What to tell who names no image where none runs; indented, so that Terraform leaves the command in one piece. */
export function noImage(environment: Pick<Environment, "name">, name: string): string {
  return `${nothingRuns(name)}:\n\n  ${nameImages(environment)}\n`;
}

export function nothingRuns(name: string): string {
  return `${name}: nothing runs yet and no image is named`;
}

/** The command that names every image. */
export function nameImages({ name }: Pick<Environment, "name">): string {
  return `npx wbot deploy --env ${name} --image-tag ${EVERY_TAG}`;
}

/** What to tell whose infra is not there yet; indented, so that Terraform leaves the command in one piece. */
export function missingCluster(environment: Environment): string {
  return (
    `There is no EKS cluster ${namesOf(environment).cluster} in ${environment.region}: the stack infra of environment ${environment.name} must be deployed first. Run:\n\n` +
    `  WBOT_ENV=${environment.name} npx cdktf deploy infra\n`
  );
}
