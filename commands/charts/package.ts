import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { CommandError } from "../cli/exit-codes";
import { blob, manifest } from "../registry/registry";
import type { StackJson } from "../../stacks/stack-json";

/** A chart as a synthesized release names it. */
export interface ChartSource {
  /** Its name in the repository, or a packed chart's file. */
  readonly chart: string;
  /** @default - `chart` is a file */
  readonly repository?: string;
  readonly version?: string;
  /** SHA-256 of the packed chart that was pinned, in hex. @default - not held */
  readonly digest?: string | undefined;
}

/** The releases of a stack, with what they take their charts from. */
export function chartSources({ resource }: StackJson): (ChartSource & { readonly name: string })[] {
  return Object.values(resource?.["helm_release"] ?? {}) as unknown as (ChartSource & {
    readonly name: string;
  })[];
}

/** Layer of a chart's OCI artifact that is the packed chart. */
const CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const OCI = "oci://";

/**
 * The texts of a packed chart by their path in it, such as "crds/middlewares.yaml": from a file or an OCI registry.
 * Throws where it can't be had, or is not what was pinned.
 */
export async function chartFiles(
  source: ChartSource,
  ask: typeof fetch = fetch,
): Promise<ReadonlyMap<string, string>> {
  const archive = await packed(source, ask);
  refuseUnpinned(source, archive);
  return unpacked(archive);
}

function refuseUnpinned({ chart, version = "", digest }: ChartSource, archive: Buffer): void {
  const found = createHash("sha256").update(archive).digest("hex");
  if (digest === undefined || found === digest) return;
  throw new CommandError(
    `The chart ${`${chart} ${version}`.trim()} is not the one that was pinned: its SHA-256 is ${found}, and constructs/platform/ has ${digest}. Nothing was changed. A published version must not change: ask its publisher why. If it is meant, write the new SHA-256 there.`,
  );
}

async function packed({ chart, repository, version = "" }: ChartSource, ask: typeof fetch): Promise<Buffer> {
  if (repository === undefined) return readFile(chart);
  const name = inRegistry(repository, chart);
  if (name === undefined) throw new Error(`${repository} is no OCI registry`);
  const digest = await packedDigest(name, version, ask);
  if (digest === undefined) throw new Error(`${name}:${version} is no chart`);
  return blob(name, digest, ask);
}

/** What a chart of an "oci://" repository is called in its registry; undefined in any other repository. */
export function inRegistry(repository: string, chart: string): string | undefined {
  return repository.startsWith(OCI) ? `${repository.slice(OCI.length)}/${chart}` : undefined;
}

/** The digest ("sha256:…") of a packed chart in an OCI registry; undefined where a tag is something else. */
export async function packedDigest(
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
  const entries = Readable.from([archive]).pipe(createGunzip()).on("error", fail).pipe(extract());
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    // Below the chart's own folder.
    const path = entry.header.name.split("/").slice(1).join("/");
    if (entry.header.type === "file") files.set(path, Buffer.concat(chunks).toString("utf8"));
  }
  return files;

  function fail(error: Error): void {
    entries.destroy(error);
  }
}
