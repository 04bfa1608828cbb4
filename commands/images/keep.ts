import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { ecrRepository, movingTag, PREVIOUS, RUNNING, type Image } from "../../environments/image";
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
  const find = ({ digest, tag = "" }: Image) => ecrImage(session, ecr, digest ?? tag);
  const older = (await olderImages(session, key)).map(referenceOf);
  const [now, running, previous, ...others] = await Promise.all([
    find(image),
    find({ tag: movingTag(RUNNING, environment) }),
    find({ tag: movingTag(PREVIOUS, environment) }),
    ...older.filter(({ repository }) => repository === image.repository).map(find),
  ]);
  if (now === undefined) {
    if (copy !== undefined) throw new Error("there is no such image");
    return;
  }
  // While a new image doesn't start, the pods of an older one still serve, whatever was deployed in between.
  const serving = others.filter((each) => each !== undefined && each.digest !== now.digest);
  const before = serving.find((each) => each?.digest === previous?.digest) ?? serving[0] ?? running;
  const moves = [
    { prefix: PREVIOUS, from: previous, to: before?.digest === now.digest ? previous : before },
    { prefix: RUNNING, from: running, to: now },
  ] as const;
  // What runs is never without a tag: after a rollback, it has that of the previous one, which must not move first.
  const inOrder = now.digest === previous?.digest ? moves.toReversed() : moves;
  for (const { prefix, from, to } of inOrder)
    if (to !== undefined && to.digest !== from?.digest)
      await session.client(ECRClient, ecr.region).send(
        new PutImageCommand({
          registryId: ecr.account,
          repositoryName: ecr.name,
          imageManifest: to.manifest,
          imageManifestMediaType: to.mediaType,
          imageTag: movingTag(prefix, environment),
        }),
      );
}
