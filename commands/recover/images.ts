import type { Environment } from "../../environments";
import { isNamed } from "../../environments/image";
import { EVERY_TAG, SERVICE_KEYS, SERVICES } from "../../environments/services";
import { CommandError } from "../cli/exit-codes";
import { whyOf } from "../cli/why";
import { referenceOf, runningImages, type Images } from "../images/running";
import type { Session } from "../session/session";

/** The twin with an image for every service: its own settings', else the one that runs in `from`, by tag and digest. */
export async function sameImages(from: Session, to: Environment): Promise<Environment> {
  const unnamed = SERVICE_KEYS.filter((key) => !isNamed(to[key].image));
  if (unnamed.length === 0) return to;
  let why = `${from.environment.name} doesn't run it`;
  const images = await runningImages(from).catch((error: unknown): Images => {
    why = `${from.environment.name} can't be queried (${whyOf(error)})`;
    return {};
  });
  const unknown = unnamed.filter((key) => images[key] === undefined);
  if (unknown.length > 0)
    throw new CommandError(
      `It is unknown which image to run for ${unknown.map((key) => SERVICES[key].name).join(", ")}: ${why}. Specify them: npx wbot recover --from ${from.environment.name} --as ${to.name} --image-tag ${EVERY_TAG}`,
    );
  const settings = unnamed.map((key) => {
    // Not its repository, which is in the other region.
    const { tag, digest } = referenceOf(images[key] ?? "");
    return [key, { ...to[key], image: { ...to[key].image, tag, digest } }] as const;
  });
  return { ...to, ...Object.fromEntries(settings) };
}
