import { createHash } from "node:crypto";
import { load as loadYaml } from "js-yaml";

const ANSWER_MS = 20_000;

/** One version of a chart, as listed in an index. */
interface Entry {
  readonly version: string;
  readonly digest: string | undefined;
  /** Where its package is, maybe relative to the repository. */
  readonly urls: readonly string[];
}

/** A packaged chart of an https repository, verified against the digest in its index, if there is one. */
export async function download(
  repository: string,
  name: string,
  version: string,
  ask: typeof fetch,
): Promise<Buffer> {
  const index = await (await answered(`${repository}/index.yaml`, ask)).text();
  const entry = listed(index, name).find((each) => each.version === version);
  const [url] = entry?.urls ?? [];
  if (url === undefined) throw new Error(`its index has no ${name} ${version}`);
  const answer = await answered(new URL(url, `${repository}/`).href, ask);
  const content = Buffer.from(await answer.arrayBuffer());
  const found = createHash("sha256").update(content).digest("hex");
  if (entry?.digest !== undefined && found !== entry.digest)
    throw new Error(`it answered ${found}, not ${entry.digest}, which its index lists`);
  return content;
}

async function answered(url: string, ask: typeof fetch): Promise<Response> {
  const answer = await ask(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  return answer;
}

/** A chart's entries in an index.yaml. */
function listed(text: string, name: string): Entry[] {
  const { entries: charts = {} } = (loadYaml(text) ?? {}) as {
    readonly entries?: Readonly<Record<string, readonly Partial<Entry>[]>>;
  };
  return (charts[name] ?? []).flatMap(({ version, digest, urls = [] }) =>
    version === undefined ? [] : [{ version, digest, urls }],
  );
}
