import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { ecrRepository } from "../../environments/ecr-repository";
import { kept, PREVIOUS, RUNNING } from "../../environments/kept-tags";
import { SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";
import type { Session } from "../session/session";
import { referenceOf, runningImage } from "./running";
import { ecrImage } from "./wanted";

/**
 * Tags what the environment runs, and what it ran before: the repositories' lifecycle keeps these tags, while newer images
 * of other environments push everything else out.
 *
 * @returns A warning for each image that could not be tagged
 */
export async function keepImages(session: Session): Promise<Finding[]> {
  const found = await Promise.all(
    SERVICE_KEYS.map(async (key) => {
      try {
        await keep(session, key);
        return [];
      } catch (error) {
        const why = awsTrouble(error)?.why ?? (error as Error).message;
        return [
          {
            check: "images",
            status: "warn",
            why: `${SERVICES[key].name}: the running image could not be tagged (${why}), so newer images may push it out of its repository`,
          } satisfies Finding,
        ];
      }
    }),
  );
  return found.flat();
}

async function keep(session: Session, key: ServiceKey): Promise<void> {
  const { name: environment } = session.environment;
  const image = referenceOf((await runningImage(session, key)) ?? "");
  const ecr = ecrRepository(image.repository);
  if (ecr === undefined) return;
  const [now, before] = await Promise.all([
    ecrImage(session, ecr, image.digest ?? image.tag ?? ""),
    ecrImage(session, ecr, kept(RUNNING, environment)),
  ]);
  if (now === undefined || now.digest === before?.digest) return;
  const put = (imageManifest: string, imageTag: string) =>
    session.client(ECRClient, ecr.region).send(
      new PutImageCommand({
        registryId: ecr.account,
        repositoryName: ecr.name,
        imageManifest,
        imageManifestMediaType: mediaType(imageManifest),
        imageTag,
      }),
    );
  // First, so that neither is ever without a tag.
  if (before !== undefined) {
    const earlier = await ecrImage(session, ecr, kept(PREVIOUS, environment));
    if (earlier?.digest !== before.digest) await put(before.manifest, kept(PREVIOUS, environment));
  }
  await put(now.manifest, kept(RUNNING, environment));
}

/** A manifest names its own type; an OCI index may leave that out. */
function mediaType(manifest: string): string {
  const { mediaType: own, manifests } = JSON.parse(manifest) as { mediaType?: string; manifests?: unknown };
  return (
    own ??
    (manifests === undefined
      ? "application/vnd.oci.image.manifest.v1+json"
      : "application/vnd.oci.image.index.v1+json")
  );
}
