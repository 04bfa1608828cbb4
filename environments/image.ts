import type { WorkloadSettings } from "./schema";

export type Image = WorkloadSettings["image"];

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
