import type { Environment } from "../../environments";
import type { ServiceKey } from "../../environments/services";
import { callerIdentity } from "../cli/account";
import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";
import { findManifest } from "../registry/registry";
import { ecrImage, shownImage, wanted, type Wanted } from "./wanted";

export interface Pinned {
  readonly environment: Environment;
  /** Of each image whose digest could not be had. */
  readonly warnings: readonly Finding[];
}

/**
 * Adds to the images of some services the digests that their tags have now: what is checked is what runs, on every node
 * and at every restart, wherever the tag goes later.
 */
export async function pin(
  environment: Environment,
  services: readonly ServiceKey[],
  ask: typeof fetch = fetch,
): Promise<Pinned> {
  let pinned = environment;
  const warnings: Finding[] = [];
  for (const key of services) {
    const { image } = environment[key];
    if (image.tag === undefined || image.digest !== undefined) continue;
    const { digest, why } = await digestOf(environment, key, ask);
    if (digest === undefined) warnings.push(warning(environment, key, why));
    else pinned = { ...pinned, [key]: { ...pinned[key], image: { ...image, digest } } };
  }
  return { environment: pinned, warnings };
}

type Answer =
  { readonly digest: string; readonly why?: never } | { readonly digest?: never; readonly why: string };

async function digestOf(environment: Environment, key: ServiceKey, ask: typeof fetch): Promise<Answer> {
  try {
    const own = environment[key].image.repository === undefined && environment.account === undefined;
    const account = own ? (await callerIdentity(environment)).account : "";
    const image = wanted(environment, key, account);
    const found = image && (await lookedUp(image, ask));
    if (image === undefined || found === undefined) return { why: "there is no such image" };
    return found.digest === undefined ? { why: `its registry tells none` } : { digest: found.digest };
  } catch (error) {
    return { why: awsTrouble(error)?.why ?? (error as Error).message };
  }
}

function lookedUp(
  image: Wanted,
  ask: typeof fetch,
): Promise<{ readonly digest: string | undefined } | undefined> {
  return image.ecr === undefined
    ? findManifest(image.repository, image.reference, ask)
    : ecrImage(image.ecr, image.reference);
}

function warning(environment: Environment, key: ServiceKey, why: string): Finding {
  const image = wanted(environment, key, environment.account ?? "<account>");
  return {
    check: "images",
    status: "warn",
    why: `the digest of ${image === undefined ? key : shownImage(image)} can't be had (${why}): it is deployed by its tag, which may move`,
  };
}
