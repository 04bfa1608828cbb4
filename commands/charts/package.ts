import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { load as loadYaml } from "js-yaml";
import { extract } from "tar-stream";
import { emulator } from "../../environments/emulator";
import { CHARTS } from "../../stacks/controllers";
import { resourcesOf, type StackJson } from "../../stacks/stack-json";
import { CommandError } from "../cli/exit-codes";
import { blob, manifest, refuseFailed, refuseOther } from "../registry/registry";

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
    .map(({ path, body }) => {
      const release = body as unknown as Omit<Release, "path">;
      return { ...release, path, digest: pinOf(release.chart) };
    });
}

/** An emulator's charts may be stand-ins. */
function pinOf(chart: string): string | undefined {
  if (emulator() !== undefined) return undefined;
  const names = CHARTS.map(({ name, version, digest }) => ({ digest, of: [name, `${name}-${version}.tgz`] }));
  return names.find(({ of }) => of.includes(basename(chart)))?.digest;
}

/** Media type of the layer that is the packaged chart. */
const CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const OCI = "oci://";
const ANSWER_MS = 20_000;

/**
 * The files of a packaged chart, from disk, an OCI registry or an https repository, by path in the chart, such as "crds/middlewares.yaml".
 * Throws if the chart can't be fetched or doesn't match its pinned digest.
 */
export async function chartFiles(source: ChartSource): Promise<ReadonlyMap<string, string>> {
  return unpacked(await fetched(source));
}

/** The packaged chart itself, with the same refusals. */
export async function fetched(source: ChartSource): Promise<Buffer> {
  const archive = await packed(source);
  const { chart, version = "", digest } = source;
  const found = hash("sha256", archive);
  if (digest === undefined || found === digest) return archive;
  throw new CommandError(
    `The chart ${`${chart} ${version}`.trim()} doesn't match its pinned digest: its SHA-256 is ${found}, but constructs/platform/ pins ${digest}. Nothing was changed. A published version must not change: ask its publisher why. If the change is intended, pin the new SHA-256 there.`,
  );
}

async function packed({ chart, repository, version = "" }: ChartSource): Promise<Buffer> {
  if (repository === undefined) return readFile(chart);
  if (!repository.startsWith(OCI)) return download(repository, chart, version);
  const name = `${repository.slice(OCI.length)}/${chart}`;
  const { layers = [] } = (await manifest(name, version)) as {
    layers?: readonly { mediaType: string; digest: string }[];
  };
  const layer = layers.find(({ mediaType }) => mediaType === CONTENT);
  if (layer === undefined) throw new Error(`${name}:${version} is not a chart`);
  return blob(name, layer.digest);
}

/** A packaged chart of an https repository, which may be elsewhere than its index: held against the digest listed there. */
async function download(repository: string, name: string, version: string): Promise<Buffer> {
  const answered = async (url: string) =>
    refuseFailed(await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }));
  interface Entry {
    readonly version?: string;
    readonly digest?: string;
    readonly urls?: readonly string[];
  }
  const index = loadYaml(await (await answered(`${repository}/index.yaml`)).text()) as {
    readonly entries?: Readonly<Record<string, readonly Entry[]>>;
  } | null;
  const entry = index?.entries?.[name]?.find((each) => each.version === version);
  const [url] = entry?.urls ?? [];
  if (url === undefined) throw new Error(`its index has no ${name} ${version}`);
  const content = Buffer.from(await (await answered(new URL(url, `${repository}/`).href)).arrayBuffer());
  if (entry?.digest !== undefined) refuseOther(content, entry.digest);
  return content;
}

async function unpacked(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = Readable.from([gunzipSync(archive)]).pipe(extract());
  for await (const entry of entries) {
    const content = await text(entry);
    // Without the chart's own top-level folder.
    const path = entry.header.name.split("/").slice(1).join("/");
    if (entry.header.type === "file") files.set(path, content);
  }
  return files;
}
