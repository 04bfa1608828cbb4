import { BatchGetImageCommand, ECRClient, GetDownloadUrlForLayerCommand } from "@aws-sdk/client-ecr";
import { ecrRepository, isNamed, type EcrRepository } from "../../environments/image";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { SERVICES, type ServiceKey, type ServiceName } from "../../environments/services";
import { findManifest, MANIFEST_TYPES } from "../registry/registry";
import type { Session } from "../session/session";

export interface Wanted {
  readonly service: ServiceName;
  readonly repository: string;
  /** A digest, else a tag. */
  readonly reference: string;
  /** Set if it is in ECR. */
  readonly ecr: EcrRepository | undefined;
}

/** The image in a service's settings; undefined if the running one is kept. */
export function wanted(environment: Environment, key: ServiceKey, account: string): Wanted | undefined {
  const { region, account: own = account } = environment;
  const { image } = environment[key];
  if (!isNamed(image)) return undefined;
  const service = SERVICES[key].name;
  const repository =
    image.repository ?? `${own}.dkr.ecr.${region}.amazonaws.com/${namesOf(environment).repository(service)}`;
  return {
    service,
    repository,
    reference: image.digest ?? image.tag ?? "",
    ecr: ecrRepository(repository),
  };
}

/** "<repository>:<tag>", or "<repository>@<digest>". */
export function shownImage({ repository, reference }: Wanted): string {
  return `${repository}${reference.startsWith("sha256:") ? "@" : ":"}${reference}`;
}

/** An image in its registry, which may state no digest; undefined if there is none. */
export function lookedUp(
  session: Session,
  image: Wanted,
): Promise<{ readonly digest: string | undefined } | undefined> {
  return image.ecr === undefined
    ? findManifest(image.repository, image.reference)
    : ecrImage(session, image.ecr, image.reference);
}

interface EcrImage {
  readonly digest: string | undefined;
  /** As text. */
  readonly manifest: string;
  /** The manifest's, which need not name it itself. */
  readonly mediaType: string | undefined;
}

/** An image in ECR. Undefined if the repository has no such image. */
export async function ecrImage(
  { client }: Session,
  ecr: EcrRepository,
  reference: string,
): Promise<EcrImage | undefined> {
  const { images: found = [] } = await client(ECRClient, ecr.region).send(
    new BatchGetImageCommand({
      registryId: ecr.account,
      repositoryName: ecr.name,
      imageIds: [reference.startsWith("sha256:") ? { imageDigest: reference } : { imageTag: reference }],
      acceptedMediaTypes: [...MANIFEST_TYPES],
    }),
  );
  const { imageManifest: manifest, imageManifestMediaType: mediaType, imageId } = found[0] ?? {};
  return manifest === undefined ? undefined : { digest: imageId?.imageDigest, manifest, mediaType };
}

const ANSWER_MS = 10_000;

/** The architecture of an image that is one manifest: only its configuration, a blob like its layers, names it. */
export async function ecrArchitecture(
  { client }: Session,
  { account, name, region }: EcrRepository,
  manifest: string,
): Promise<string> {
  const { config } = JSON.parse(manifest) as { config?: { digest?: string } };
  if (config?.digest === undefined) throw new Error("it names no configuration");
  const { downloadUrl = "" } = await client(ECRClient, region).send(
    new GetDownloadUrlForLayerCommand({
      registryId: account,
      repositoryName: name,
      layerDigest: config.digest,
    }),
  );
  const answer = await fetch(downloadUrl, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok) throw new Error(`ECR's storage answered ${answer.status}`);
  const { architecture } = (await answer.json()) as { architecture?: string };
  if (architecture === undefined) throw new Error("its configuration names none");
  return architecture;
}
