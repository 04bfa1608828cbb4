import { hash } from "node:crypto";

const ANSWER_MS = 10_000;
/** Media types of manifests of images and charts. */
export const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

/** A registry gives nothing to whoever has no credentials. */
export class NeedsCredentials extends Error {
  constructor() {
    super("it requires credentials");
  }
}

/** Host of Docker Hub's registry API, which differs from the one in image names. */
const DOCKER_HUB = "registry-1.docker.io";

/**
 * The digest of a tag, if the registry states it; undefined if there is no such tag. Asks anonymously, and throws if the
 * registry can't be asked.
 */
export async function findManifest(
  repository: string,
  reference: string,
): Promise<{ readonly digest: string | undefined } | undefined> {
  const answer = await request(repository, `manifests/${reference}`, { method: "HEAD" });
  if (answer.status === 404) return undefined;
  return { digest: refuseFailed(answer).headers.get("docker-content-digest") ?? undefined };
}

/** The manifest of a tag or digest. Throws if there is none. */
export async function manifest(repository: string, reference: string): Promise<unknown> {
  return refuseFailed(await request(repository, `manifests/${reference}`)).json();
}

/** A blob that a manifest names by digest, verified against it. */
export async function blob(repository: string, digest: string): Promise<Buffer> {
  const answer = refuseFailed(await request(repository, `blobs/${digest}`));
  const content = Buffer.from(await answer.arrayBuffer());
  refuseOther(content, digest.replace(/^sha256:/, ""));
  return content;
}

/** Refuses content with another SHA-256, in hex, than was asked for. */
export function refuseOther(content: Buffer, digest: string): void {
  const found = hash("sha256", content);
  if (found !== digest) throw new Error(`it answered sha256:${found}, not the requested sha256:${digest}`);
}

async function request(repository: string, what: string, init: RequestInit = {}): Promise<Response> {
  const { host, path } = located(repository);
  const send = (token?: string) =>
    fetch(`https://${host}/v2/${path}/${what}`, {
      ...init,
      headers: {
        Accept: MANIFEST_TYPES.join(", "),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  const answer = await send();
  if (answer.status !== 401) return answer;
  const withToken = await send(await anonymousToken(answer.headers.get("www-authenticate") ?? ""));
  // Without a token, 403 may also be a firewall's answer.
  if ([401, 403].includes(withToken.status)) throw new NeedsCredentials();
  return withToken;
}

export function refuseFailed(answer: Response): Response {
  if (answer.ok) return answer;
  throw new Error(`it answered ${answer.status}`);
}

/** As `docker pull` reads a name: without a host, it is Docker Hub. */
function located(repository: string): { host: string; path: string } {
  const [first = "", ...rest] = repository.split("/");
  const named = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (!named) return { host: DOCKER_HUB, path: rest.length === 0 ? `library/${first}` : repository };
  return { host: first === "docker.io" ? DOCKER_HUB : first, path: rest.join("/") };
}

/** The anonymous token that a registry hands out at the URL in its challenge. */
async function anonymousToken(challenge: string): Promise<string> {
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part("realm");
  if (realm === undefined || !/^bearer\s/i.test(challenge)) throw new NeedsCredentials();
  const url = new URL(realm);
  for (const name of ["service", "scope"]) {
    const value = part(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  // A firewall may let the registry through but not its token server; it answers with a page.
  const isJson = /\bjson\b/.test(answer.headers.get("content-type") ?? "");
  if (answer.status === 401 || (answer.status === 403 && isJson)) throw new NeedsCredentials();
  const { token, access_token: accessToken } = (await refuseFailed(answer).json()) as {
    token?: string;
    access_token?: string;
  };
  const found = token ?? accessToken;
  if (found === undefined) throw new NeedsCredentials();
  return found;
}
