import { DataAwsEcrImage } from "@cdktf/provider-aws/lib/data-aws-ecr-image";
import { TerraformIterator, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { imageToPush } from "../../environments/hints";
import { imageOf, isNamed } from "../../environments/image";

export interface ImagesToPushProps {
  /** The check that infra, which creates the repositories, is deployed. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Checks that the images named in the settings exist in this environment's own repositories, which are empty after the
 * first deploy of infra: otherwise the rollout would time out. The provider's error can't be reworded, but Terraform prints
 * the data source's key with it, so the key says what is wrong.
 *
 * Only in those: the AWS provider can't query other registries, the caller may lack access to other ECR repositories, and
 * a pull-through cache has an image only after its first pull.
 */
export class ImagesToPush extends Construct {
  readonly found: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: ImagesToPushProps) {
    super(stack, id);
    this.found = SERVICE_KEYS.flatMap((key) => {
      const { image } = stack.environment[key];
      const { name } = SERVICES[key];
      if (!isNamed(image) || image.repository !== undefined) return [];
      return new DataAwsEcrImage(this, imageOf(image, name), {
        forEach: TerraformIterator.fromList([imageToPush(stack.names.repository(name), image)]),
        repositoryName: stack.names.repository(name),
        // With both, nodes pull by digest.
        ...(image.digest === undefined ? { imageTag: image.tag ?? "" } : { imageDigest: image.digest }),
        dependsOn: [...dependsOn],
      });
    });
  }
}
