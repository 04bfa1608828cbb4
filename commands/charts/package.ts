import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { CommandError } from "../cli/exit-codes";
import { download } from "./publisher";
import { blob, manifest } from "../registry/registry";
import { resourcesOf, type StackJson } from "../../stacks/stack-json";

/** A chart as named by a synthesized release. */
export interface ChartSource {
  /** Its name in the repository, or the file of a packaged chart. */
  readonly chart: string;
  /** @default - `chart` is a file */
  readonly repository?: string;
  readonly version?: string;
  /** Pinned SHA-256 of the packaged chart, in hex. @default - not checked */
  readonly digest?: string | undefined;
}

/** A synthesized Helm release. */
export interface Release extends ChartSource {
  /** Construct path, such as "traefik/release". */
  readonly path: string;
  readonly name: string;
  /** YAML documents; later ones override earlier ones. */
  readonly values?: readonly string[];
  /** Single values by dotted path. */
  readonly set?: readonly { readonly name: string; readonly value: string }[];
}

export function releasesOf(stack: StackJson): Release[] {
  return resourcesOf(stack)
    .filter(({ type }) => type === "helm_release")
    .map(({ path, body }) => ({ ...(body as unknown as Omit<Release, "path">), path }));
}

/** Media type of the layer that is the packaged chart. */
const CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const OCI = "oci://";

/**
 * The files of a packaged chart, from disk, an OCI registry or an https repository, by path in the chart, such as "crds/middlewares.yaml".
 * Throws if the chart can't be fetched or doesn't match its pinned digest.
 */
export async function chartFiles(
  source: ChartSource,
  ask: typeof fetch = fetch,
): Promise<ReadonlyMap<string, string>> {
  return unpacked(await fetched(source, ask));
}

/** The packaged chart itself, with the same refusals. */
export async function fetched(source: ChartSource, ask: typeof fetch): Promise<Buffer> {
  const archive = await packed(source, ask);
  const { chart, version = "", digest } = source;
  const found = createHash("sha256").update(archive).digest("hex");
  if (digest === undefined || found === digest) return archive;
  throw new CommandError(
    `The chart ${`${chart} ${version}`.trim()} doesn't match its pinned digest: its SHA-256 is ${found}, but constructs/platform/ pins ${digest}. Nothing was changed. A published version must not change: ask its publisher why. If the change is intended, pin the new SHA-256 there.`,
  );
}

async function packed({ chart, repository, version = "" }: ChartSource, ask: typeof fetch): Promise<Buffer> {
  if (repository === undefined) return readFile(chart);
  if (!repository.startsWith(OCI)) return download(repository, chart, version, ask);
  const name = `${repository.slice(OCI.length)}/${chart}`;
  const digest = await packedDigest(name, version, ask);
  if (digest === undefined) throw new Error(`${name}:${version} is not a chart`);
  return blob(name, digest, ask);
}

/** The digest ("sha256:…") of a packaged chart in an OCI registry; undefined if the tag is not a chart. */
async function packedDigest(
  repository: string,
  version: string,
  ask: typeof fetch,
): Promise<string | undefined> {
  const { layers = [] } = (await manifest(repository, version, ask)) as {
    layers?: readonly { mediaType: string; digest: string }[];
  };
  return layers.find(({ mediaType }) => mediaType === CONTENT)?.digest;
}

async function unpacked(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = Readable.from([gunzipSync(archive)]).pipe(extract());
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    // Without the chart's own top-level folder.
    const path = entry.header.name.split("/").slice(1).join("/");
    if (entry.header.type === "file") files.set(path, Buffer.concat(chunks).toString("utf8"));
  }
  return files;
}
