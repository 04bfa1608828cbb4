import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy";
import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { Construct } from "constructs";
import { PREVIOUS, RUNNING } from "../../environments/image";
import type { EnvironmentStack } from "../environment-stack";

const UNTAGGED_DAYS = 7;
const MOVING = [RUNNING, PREVIOUS];
/** More than will ever share a repository: each has one image with each of the moving tags. */
const ENVIRONMENTS = 1000;

/** Deploy moves the tags of running and previous images; all others are immutable. Emulators don't support exclusions. */
const IMMUTABLE = {
  imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
  imageTagMutabilityExclusionFilter: MOVING.map((prefix) => ({
    filter: `${prefix}*`,
    filterType: "WILDCARD",
  })),
};

export interface ImageRepositoryProps {
  /** Name, including the namespace. */
  readonly name: string;
  /** @default - the environment's region */
  readonly region?: string;
}

/**
 * An ECR repository with immutable tags. Its lifecycle policy keeps running images by their tags: ECR itself doesn't know
 * what runs.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export class ImageRepository extends Construct {
  readonly url: string;

  constructor(stack: EnvironmentStack, id: string, props: ImageRepositoryProps) {
    super(stack, id);
    const { emulator, protection, registry } = stack.environment;
    const place = props.region === undefined ? {} : { region: props.region };
    const repository = new EcrRepository(this, "repository", {
      ...place,
      name: props.name,
      ...(emulator ? { imageTagMutability: "MUTABLE" } : IMMUTABLE),
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: "KMS" }],
      // Without protection, a destroy deletes the images too: a repository that isn't empty would stop it halfway.
      forceDelete: !protection,
      lifecycle: { preventDestroy: protection },
    });
    new EcrLifecyclePolicy(this, "lifecycle", {
      ...place,
      repository: repository.name,
      policy: JSON.stringify({ rules: expirations(registry.keepImages) }),
    });
    this.url = repository.repositoryUrl;
  }
}

/** What expires, in this order: an image that a rule selects is exempt from all later ones. */
function expirations(keepImages: number): object[] {
  const moreThan = (countNumber: number) => ({ countType: "imageCountMoreThan", countNumber });
  const rules = [
    ...MOVING.map((prefix) => ({
      description: `Keep images tagged ${prefix}<environment>`,
      selection: { tagStatus: "tagged", tagPatternList: [`${prefix}*`], ...moreThan(ENVIRONMENTS) },
    })),
    {
      description: `Expire untagged images after ${UNTAGGED_DAYS} days`,
      selection: {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: UNTAGGED_DAYS,
      },
    },
    {
      description: `Keep the newest ${keepImages} images`,
      selection: { tagStatus: "any", ...moreThan(keepImages) },
    },
  ];
  return rules.map((rule, index) => ({ rulePriority: index + 1, ...rule, action: { type: "expire" } }));
}
