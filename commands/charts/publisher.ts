import { load as loadYaml } from "js-yaml";
import type { Chart } from "../../stacks/controllers";
import { inRegistry, packedDigest } from "./package";

const INDEX_MS = 60_000;

/** One version of a chart, as listed in an index. */
interface Entry {
  readonly version: string;
  readonly digest: string | undefined;
}

/** SHA-256 of a packaged chart as published now; undefined if the publisher states none. */
export async function publishedDigest(chart: Chart, ask: typeof fetch): Promise<string | undefined> {
  const name = inRegistry(chart.repository, chart.name);
  if (name === undefined)
    return (await entries(chart, ask)).find(({ version }) => version === chart.version)?.digest;
  return (await packedDigest(name, chart.version, ask))?.replace(/^sha256:/, "");
}

async function entries({ repository, name }: Chart, ask: typeof fetch): Promise<Entry[]> {
  return listed(await index(repository, ask, INDEX_MS), name);
}

/** The index.yaml of an https repository; throws if it can't be fetched in time. */
export async function index(repository: string, ask: typeof fetch, milliseconds: number): Promise<string> {
  const answer = await ask(`${repository}/index.yaml`, { signal: AbortSignal.timeout(milliseconds) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  return answer.text();
}

/** A chart's entries in an index.yaml. */
export function listed(text: string, name: string): Entry[] {
  const { entries: charts = {} } = (loadYaml(text) ?? {}) as {
    readonly entries?: Readonly<Record<string, readonly { version?: string; digest?: string }[]>>;
  };
  return (charts[name] ?? []).flatMap(({ version, digest }) =>
    version === undefined ? [] : [{ version, digest }],
  );
}
