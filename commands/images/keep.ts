import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { ecrRepository } from "../../environments/ecr-repository";
import { kept, PREVIOUS, RUNNING } from "../../environments/kept-tags";
import type { Image } from "../../environments/image";
import { SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";
import type { Session } from "../session/session";
import { olderImages, referenceOf, runningImage } from "./running";
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
  const found = ({ digest, tag = "" }: Image) => ecrImage(session, ecr, digest ?? tag);
  const older = (await olderImages(session, key)).map(referenceOf);
  const [now, before, earlier, ...others] = await Promise.all([
    found(image),
    found({ tag: kept(RUNNING, environment) }),
    found({ tag: kept(PREVIOUS, environment) }),
    ...older.filter(({ repository }) => repository === image.repository).map(found),
  ]);
  if (now === undefined) return;
  // While a new image doesn't start, the pods of an older one still serve, whatever was deployed in between.
  const serving = others.filter((each) => each !== undefined && each.digest !== now.digest);
  const previous = serving.find((each) => each?.digest === earlier?.digest) ?? serving[0] ?? before;
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
  const tags = [
    ...(previous === undefined || previous.digest === now.digest || previous.digest === earlier?.digest
      ? []
      : [{ ...previous, tag: kept(PREVIOUS, environment) }]),
    ...(now.digest === before?.digest ? [] : [{ ...now, tag: kept(RUNNING, environment) }]),
  ];
  // In an order in which neither is ever without a tag: after a rollback, what runs has the tag of the previous one.
  if (now.digest === earlier?.digest) tags.reverse();
  for (const { manifest, tag } of tags) await put(manifest, tag);
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
