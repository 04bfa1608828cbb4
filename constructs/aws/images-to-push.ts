import { DataAwsEcrImage } from "@cdktf/provider-aws/lib/data-aws-ecr-image";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { imageOf, isNamed } from "../../environments/image";

export interface ImagesToPushProps {
  /** What the repositories come with. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The images that the settings name in this environment's own repositories, which are empty after a first deploy of infra:
 * pods without an image would only time out. AWS's answer can't be put into other words, but beside it stands the path of
 * the construct, "images-to-push/wbot-ai:v1".
 *
 * Elsewhere is not looked: at other registries the AWS provider can't, at other repositories of ECR whoever deploys may lack
 * the right to, and one that caches another registry has an image only after its first pull.
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
        repositoryName: stack.names.repository(name),
        // Where both are given nodes pull by the digest.
        ...(image.digest === undefined ? { imageTag: image.tag ?? "" } : { imageDigest: image.digest }),
        dependsOn: [...dependsOn],
      });
    });
  }
}
