import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy";
import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

const UNTAGGED_DAYS = 7;

export interface ImageRepositoryProps {
  /** Name, including the namespace. */
  readonly name: string;
  /** @default - the environment's region */
  readonly region?: string;
}

/** An ECR repository with immutable tags. */
export class ImageRepository extends Construct {
  readonly url: string;

  constructor(stack: EnvironmentStack, id: string, props: ImageRepositoryProps) {
    super(stack, id);
    const { protection, registry } = stack.environment;
    const place = props.region === undefined ? {} : { region: props.region };
    const repository = new EcrRepository(this, "repository", {
      ...place,
      name: props.name,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: "KMS" }],
      // Without protection, destroy deletes the images too: a repository that isn't empty would stop it halfway.
      forceDelete: !protection,
      lifecycle: { preventDestroy: protection },
    });
    new EcrLifecyclePolicy(this, "lifecycle", {
      ...place,
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: `Untagged images go after ${UNTAGGED_DAYS} days`,
            selection: {
              tagStatus: "untagged",
              countType: "sinceImagePushed",
              countUnit: "days",
              countNumber: UNTAGGED_DAYS,
            },
            action: { type: "expire" },
          },
          {
            rulePriority: 2,
            description: `The newest ${registry.keepImages} images stay`,
            selection: {
              tagStatus: "any",
              countType: "imageCountMoreThan",
              countNumber: registry.keepImages,
            },
            action: { type: "expire" },
          },
        ],
      }),
    });
    this.url = repository.repositoryUrl;
  }
}
