import { namedByTag } from "../../environments/image-tags";
import { imageOf } from "../../environments/image";
import { SERVICES, type ServiceKey } from "../../environments/services";
import { warn, type Finding } from "../cli/finding";
import { whyOf } from "../cli/why";
import type { Session } from "../session/session";
import { lookedUp, wanted } from "./wanted";

export interface Pinned {
  readonly session: Session;
  /** One for each image whose digest could not be looked up. */
  readonly warnings: readonly Finding[];
}

/**
 * Pins the images given for this run (WBOT_IMAGE_TAG) to their tags' current digests: what is checked is what runs, on every
 * node and after every restart, even if the tag moves later.
 */
export async function pin(session: Session): Promise<Pinned> {
  const { environment } = session;
  let pinned = environment;
  const warnings: Finding[] = [];
  for (const key of namedByTag()) {
    const { image } = environment[key];
    if (image.tag === undefined || image.digest !== undefined) continue;
    try {
      const digest = await digestOf(session, key);
      pinned = { ...pinned, [key]: { ...pinned[key], image: { ...image, digest } } };
    } catch (error) {
      const named = imageOf(image, session.names.repository(SERVICES[key].name));
      const why = `the digest of ${named} can't be looked up (${whyOf(error)}): deploying by its tag, which may move`;
      warnings.push({ check: "images", ...warn(why) });
    }
  }
  return { session: session.of(pinned), warnings };
}

/** Throws an error that says why, if there is none. */
async function digestOf(session: Session, key: ServiceKey): Promise<string> {
  const isOwn = session.environment[key].image.repository === undefined;
  const account = isOwn ? (await session.identity()).account : "";
  const image = wanted(session.environment, key, account);
  const found = image && (await lookedUp(session, image));
  if (found === undefined) throw new Error("there is no such image");
  if (found.digest === undefined) throw new Error("its registry reports none");
  return found.digest;
}
