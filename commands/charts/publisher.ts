import { load as loadYaml } from "js-yaml";

const INDEX_MS = 20_000;

/** One version of a chart, as listed in an index. */
interface Entry {
  readonly version: string;
  readonly digest: string | undefined;
}

/** The index.yaml of an https repository; throws if it can't be fetched in time. */
export async function index(repository: string, ask: typeof fetch): Promise<string> {
  const answer = await ask(`${repository}/index.yaml`, { signal: AbortSignal.timeout(INDEX_MS) });
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
