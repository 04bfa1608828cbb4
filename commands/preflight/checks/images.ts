import { BatchGetImageCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { Environment } from "../../../environments";
import { AI, namesOf, WEB } from "../../../environments/names";
import { clientConfig, isAwsError } from "../../cli/aws";
import { fail, pass, skip, warn, type Check, type Found } from "../check";
import type { Outside, PreflightContext } from "../context";
import { hasManifest } from "../registry";

/** Node architectures as images call them. */
const PLATFORM = { arm64: "arm64", x86_64: "amd64" } as const;
const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

interface Service {
  readonly key: "ai" | "web";
  readonly service: typeof AI | typeof WEB;
}
const SERVICES: readonly Service[] = [
  { key: "ai", service: AI },
  { key: "web", service: WEB },
];

/** An image as it is asked for. */
interface Wanted extends Service {
  readonly repository: string;
  /** A digest, else a tag. */
  readonly reference: string;
  /** Set where it is in ECR. */
  readonly ecr: { readonly account: string; readonly region: string; readonly name: string } | undefined;
}

/** Whether the images are where the pods will look for them, built for the nodes' processor. */
export const images: Omit<Check, "name"> = {
  aws: true,
  look: async (context) => {
    if (!context.stacks.includes("app")) return [skip("app is not to be deployed")];
    const { account } = await context.identity();
    return Promise.all(
      SERVICES.map((service) => imageFound(context, wanted(context.environment, service, account))),
    );
  },
};

function wanted(environment: Environment, service: Service, account: string): Wanted {
  const { region, account: own = account } = environment;
  const { image } = environment[service.key];
  const repository =
    image.repository ??
    `${own}.dkr.ecr.${region}.amazonaws.com/${namesOf(environment).repository(service.service)}`;
  const [, ecrAccount, ecrRegion, name] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/(.+)$/.exec(repository) ?? [];
  return {
    ...service,
    repository,
    reference: image.digest ?? image.tag ?? "",
    ecr:
      ecrAccount === undefined || ecrRegion === undefined || name === undefined
        ? undefined
        : { account: ecrAccount, region: ecrRegion, name },
  };
}

async function imageFound(context: PreflightContext, image: Wanted): Promise<Found> {
  const { environment, stacks } = context;
  if (image.ecr === undefined) return elsewhere(image, context.outside);
  const client = new ECRClient(clientConfig(image.ecr.region));
  const own = { registryId: image.ecr.account, repositoryName: image.ecr.name };
  try {
    await client.send(
      new DescribeRepositoriesCommand({ registryId: own.registryId, repositoryNames: [own.repositoryName] }),
    );
  } catch (error) {
    if (!isAwsError(error, "RepositoryNotFoundException")) throw error;
    return stacks.includes("infra")
      ? skip(`${image.service}: its repository comes with infra; looked at again before app`)
      : fail(
          `there is no image repository ${image.ecr.name}`,
          `npm run deploy -- --env ${environment.name} infra`,
        );
  }
  const { images: found = [] } = await client.send(
    new BatchGetImageCommand({
      ...own,
      imageIds: [
        image.reference.startsWith("sha256:")
          ? { imageDigest: image.reference }
          : { imageTag: image.reference },
      ],
      acceptedMediaTypes: MANIFEST_TYPES,
    }),
  );
  const manifest = found[0]?.imageManifest;
  if (manifest === undefined)
    return fail(
      `${image.repository} has no image ${image.reference}`,
      pushCommands(environment, image).join("\n"),
    );
  const platforms = platformsOf(manifest);
  const platform = PLATFORM[environment.nodes.architecture];
  if (platforms.length > 0 && !platforms.includes(platform))
    return fail(
      `${image.repository}:${image.reference} is built for ${platforms.join(", ")}, but the nodes are ${platform} (nodes.architecture)`,
      pushCommands(environment, image).join("\n"),
    );
  return pass(
    `${image.repository}:${image.reference}${platforms.length > 0 ? `, built for ${platform}` : ""}`,
  );
}

async function elsewhere({ repository, reference }: Wanted, outside: Outside): Promise<Found> {
  try {
    return (await hasManifest(repository, reference, outside.fetch))
      ? pass(`${repository}:${reference}`)
      : fail(`${repository} has no image ${reference}`, `Push it, or name another: --image-tag`);
  } catch (error) {
    return warn(
      `${repository}:${reference} could not be looked for (${(error as Error).message}); the nodes must be able to pull it`,
    );
  }
}

/** Processors of an index of images; none where the manifest is of one image, which doesn't say. */
function platformsOf(manifest: string): string[] {
  const { manifests = [] } = JSON.parse(manifest) as {
    manifests?: readonly { platform?: { architecture?: string } }[];
  };
  return manifests.flatMap(({ platform }) =>
    // Attestations lie in the index too, as images of no platform.
    platform?.architecture === undefined || platform.architecture === "unknown"
      ? []
      : [platform.architecture],
  );
}

/** What to run to put an image where it is looked for. */
function pushCommands(environment: Environment, { repository, reference, ecr, service }: Wanted): string[] {
  const host = repository.split("/")[0] ?? "";
  const tag = reference.startsWith("sha256:") ? "<tag>" : reference;
  return [
    `aws ecr get-login-password --region ${ecr?.region ?? environment.region} | docker login --username AWS --password-stdin ${host}`,
    `docker build --platform linux/${PLATFORM[environment.nodes.architecture]} --tag ${repository}:${tag} <folder of ${service}>`,
    `docker push ${repository}:${tag}`,
  ];
}
