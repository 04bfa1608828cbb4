import { EnvironmentError } from "./environment";
import { EVERY_TAG, SERVICE_KEYS, type ServiceKey } from "./services";

/** The images that WBOT_IMAGE_TAG names, as settings. */
type ImageTags = Partial<
  Record<
    ServiceKey,
    { readonly image: { readonly tag?: string | undefined; readonly digest?: string | undefined } }
  >
>;

/** A tag, a digest, or both. */
const IMAGE = new RegExp(
  `^(?<service>${SERVICE_KEYS.join("|")})=(?!$)(?<tag>[^@=]+)?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** The images in WBOT_IMAGE_TAG, "ai=<tag>,web=<tag>@sha256:…", of any services, each once; empty if it is not set. */
export function imageTags({ WBOT_IMAGE_TAG: text = "" }: NodeJS.ProcessEnv = process.env): ImageTags {
  if (text === "") return {};
  const written = text.split(",");
  const images = written.flatMap((each) => {
    const { service, tag, digest } = IMAGE.exec(each.trim())?.groups ?? {};
    return service === undefined ? [] : [[service, { image: { tag, digest } }] as const];
  });
  const tags = Object.fromEntries(images);
  if (Object.keys(tags).length === written.length) return tags;
  throw new EnvironmentError(
    `WBOT_IMAGE_TAG (--image-tag) is "${text}": it must be "${EVERY_TAG}", or some of these; a tag may include its digest, "<tag>@sha256:<64 hexadecimal digits>".`,
  );
}

/** The services named in WBOT_IMAGE_TAG. */
export function namedByTag(env?: NodeJS.ProcessEnv): readonly ServiceKey[] {
  return Object.keys(imageTags(env)) as ServiceKey[];
}
