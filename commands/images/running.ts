import { AppsV1Api, type V1Container } from "@kubernetes/client-node";
import type { Image } from "../../environments/image";
import type { Environment } from "../../environments";
import { NAMESPACE } from "../../environments/names";
import { perService, SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import { unlessGone } from "../cli/kubernetes";
import type { Session } from "../session/session";

/** Images by service; services without one are omitted. */
export type Images = Readonly<Partial<Record<ServiceKey, string>>>;

/** The images of the existing Deployments, as `app` would keep them. Empty if there is no cluster. */
export async function runningImages(session: Session): Promise<Images> {
  const found = await Promise.all(
    SERVICE_KEYS.map(async (key) => [key, await runningImage(session, key)] as const),
  );
  return Object.fromEntries(found.filter(([, image]) => image !== undefined));
}

export async function runningImage(session: Session, key: ServiceKey): Promise<string | undefined> {
  const { name } = SERVICES[key];
  const config = await session.kubernetes();
  if (config === undefined) return undefined;
  const found = await unlessGone(
    config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace: NAMESPACE, name }),
  );
  return imageIn(found?.spec?.template.spec?.containers, name);
}

/** What one service's pods run besides that: the images of a rollout that hasn't ended, or never will. */
export async function olderImages(session: Session, key: ServiceKey): Promise<string[]> {
  const { name } = SERVICES[key];
  const config = await session.kubernetes();
  if (config === undefined) return [];
  const { items } = await config.makeApiClient(AppsV1Api).listNamespacedReplicaSet({
    namespace: NAMESPACE,
    labelSelector: `app.kubernetes.io/name=${name}`,
  });
  const running = items.filter(({ status }) => (status?.replicas ?? 0) > 0);
  const images = running.map(({ spec }) => imageIn(spec?.template?.spec?.containers, name));
  return images.filter((image) => image !== undefined);
}

function imageIn(containers: readonly V1Container[] = [], name: string): string | undefined {
  return containers.find((each) => each.name === name)?.image;
}

/** The environment with these images; services that are omitted keep their settings. */
export function withImages(environment: Environment, images: Images): Environment {
  const settings = perService((key) => {
    const image = images[key];
    return image === undefined ? environment[key] : { ...environment[key], image: referenceOf(image) };
  });
  return { ...environment, ...settings };
}

/** Whether two references are the same image: by digest if both have one, else by repository and tag. */
export function sameImage(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const [a, b] = [referenceOf(one), referenceOf(other)];
  if (a.repository !== b.repository) return false;
  return a.digest !== undefined && b.digest !== undefined ? a.digest === b.digest : a.tag === b.tag;
}

/** Images in the format of `--image-tag`. */
export function asTags(images: Images): string {
  return SERVICE_KEYS.flatMap((key) =>
    images[key] === undefined ? [] : [tagged(key, referenceOf(images[key]))],
  ).join(",");
}

/** "ai=<tag>@<digest>" */
export function tagged(key: ServiceKey, { tag = "", digest }: Image): string {
  return `${key}=${tag}${digest === undefined ? "" : `@${digest}`}`;
}

/** "wbot-ai <image>, wbot-web <image>" */
export function shownImages(images: Images): string {
  return SERVICE_KEYS.flatMap((key) =>
    images[key] === undefined ? [] : [`${SERVICES[key].name} ${images[key]}`],
  ).join(", ");
}

/** Parses a reference; the colon of a registry's port is before the last slash. */
export function referenceOf(reference: string): Image & { readonly repository: string } {
  const [named = "", digest] = reference.split("@", 2);
  const [, repository = named, tag] = /^(.+):([^/:]+)$/.exec(named) ?? [];
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
