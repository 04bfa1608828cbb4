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
        const tagging = `could not be tagged${copy === undefined ? "" : ` in ${copy}`} (${whyOf(error)})`;
        const why = `${SERVICES[key].name}: the running image ${tagging}, so its repository may lack it when it is next pulled`;
        return [{ check: "images", ...warn(why) }];
      }
    }),
  );
  return (await Promise.all(found)).flat();
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
  const tags = [
    ...(previous === undefined || previous.digest === now.digest || previous.digest === earlier?.digest
      ? []
      : [{ ...previous, tag: kept(PREVIOUS, environment) }]),
    ...(now.digest === before?.digest ? [] : [{ ...now, tag: kept(RUNNING, environment) }]),
  ];
  // In an order in which neither is ever without a tag: after a rollback, what runs has the tag of the previous one.
  if (now.digest === earlier?.digest) tags.reverse();
  for (const { manifest, mediaType, tag } of tags)
    await session.client(ECRClient, ecr.region).send(
      new PutImageCommand({
        registryId: ecr.account,
        repositoryName: ecr.name,
        imageManifest: manifest,
        imageManifestMediaType: mediaType,
        imageTag: tag,
      }),
    );
}
