import type { WorkloadSettings } from "./schema";

export type Image = WorkloadSettings["image"];

/** Node architectures by their names in image platforms. */
export const PLATFORM = { arm64: "arm64", x86_64: "amd64" } as const;

/** Whether the settings name an image; otherwise the running one is kept. */
export function isNamed({ tag, digest }: Image): boolean {
  return tag !== undefined || digest !== undefined;
}

/** Reference of an image; with a digest, the tag is only informative. */
export function imageOf({ repository, tag, digest }: Image, ownRepository: string): string {
  return [
    repository ?? ownRepository,
    tag === undefined ? "" : `:${tag}`,
    digest === undefined ? "" : `@${digest}`,
  ].join("");
}

/** Maximum length of a Kubernetes label value. */
const LABEL_LENGTH = 63;

/** Version of an image as a label value: its tag, or the start of its digest. */
export function versionOf({ tag, digest }: Image): string {
  const version = tag ?? digest?.replace("sha256:", "").slice(0, 12) ?? "";
  return version.slice(0, LABEL_LENGTH).replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
}

/** A repository of ECR, of any account and region. */
export interface EcrRepository {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** What an image's repository names in ECR; undefined where it is in another registry. */
export function ecrRepository(repository: string): EcrRepository | undefined {
  const [, account, region, name] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/(.+)$/.exec(repository) ?? [];
  return account === undefined || region === undefined || name === undefined
    ? undefined
    : { account, region, name };
}

/** Tags that move with an environment, and whose images are never expired. All others never move. */
export const RUNNING = "running-";
export const PREVIOUS = "previous-";

/** "running-prod": the tag of what an environment runs, or ran before. */
export function movingTag(prefix: typeof RUNNING | typeof PREVIOUS, environment: string): string {
  return `${prefix}${environment}`;
}
