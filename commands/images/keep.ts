import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { ecrRepository, kept, PREVIOUS, RUNNING, type Image } from "../../environments/image";
import { SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import { warn, type Finding } from "../cli/finding";
import { whyOf } from "../cli/why";
import type { Session } from "../session/session";
import { olderImages, referenceOf, runningImage } from "./running";
import { ecrImage } from "./wanted";

/**
 * Tags what the environment runs, and what it ran before: the repositories' lifecycle keeps these tags, while newer images
 * of other environments push everything else out. The same in `registry.copies`, where a twin would look for them.
 *
 * @returns A warning for each image that could not be tagged
 */
export async function keepImages(session: Session): Promise<Finding[]> {
  const regions = [undefined, ...session.environment.registry.copies];
  const found = SERVICE_KEYS.flatMap((key) =>
    regions.map(async (copy) => {
      try {
        await keep(session, key, copy);
        return [];
      } catch (error) {
        return [notTagged(key, whyOf(error), copy)];
      }
    }),
  );
  return (await Promise.all(found)).flat();
}

function notTagged(key: ServiceKey, why: string, copy: string | undefined): Finding {
  const { name } = SERVICES[key];
  return {
    check: "images",
    ...warn(
      copy === undefined
        ? `${name}: the running image could not be tagged (${why}), so newer images may push it out of its repository`
        : `${name}: the running image could not be tagged in ${copy} (${why}), so a twin there may not find it`,
    ),
  };
}

/** @param copy A region of `registry.copies`. Without one, where the Deployment pulls the image from. */
async function keep(session: Session, key: ServiceKey, copy: string | undefined): Promise<void> {
  const { name: environment, region } = session.environment;
  const image = referenceOf((await runningImage(session, key)) ?? "");
  const pulled = ecrRepository(image.repository);
  if (pulled === undefined) return;
  // Only an own repository has copies.
  const isOwn = pulled.name === session.names.repository(SERVICES[key].name) && pulled.region === region;
  if (copy !== undefined && !isOwn) return;
  const ecr = { ...pulled, region: copy ?? pulled.region };
  const found = ({ digest, tag = "" }: Image) => ecrImage(session, ecr, digest ?? tag);
  const older = (await olderImages(session, key)).map(referenceOf);
  const [now, before, earlier, ...others] = await Promise.all([
    found(image),
    found({ tag: kept(RUNNING, environment) }),
    found({ tag: kept(PREVIOUS, environment) }),
    ...older.filter(({ repository }) => repository === image.repository).map(found),
  ]);
  if (now === undefined) {
    if (copy !== undefined) throw new Error("there is no such image");
    return;
  }
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
