import type { Chart } from "../../stacks/controllers";
import { columns } from "../cli/terminal";
import { publishedDigest, publishedVersions, reason } from "./publisher";
import { newer, type Newer } from "./versions";

/** Whether a chart still is what it was when it was pinned. */
export type Held = "same" | "changed" | "not pinned" | "not told";

/** What there is to know of one chart. */
export type ChartReport = Newer & {
  readonly name: string;
  readonly version: string;
  readonly held: Held;
  /** As the publisher has it now. */
  readonly digest: string | undefined;
  /** Why the publisher couldn't be asked. */
  readonly trouble?: string;
};

/** Asks a chart's publisher, whatever CHART_MIRROR says: a mirror has what somebody put there. */
export async function report(chart: Chart, ask: typeof fetch): Promise<ChartReport> {
  const { name, version } = chart;
  try {
    const [versions, digest] = await Promise.all([
      publishedVersions(chart, ask),
      publishedDigest(chart, ask),
    ]);
    return { name, version, ...newer(version, versions), held: held(chart, digest), digest };
  } catch (error) {
    const trouble = `${chart.repository} can't be reached (${reason(error)})`;
    return {
      name,
      version,
      compatible: undefined,
      newest: undefined,
      held: "not told",
      digest: undefined,
      trouble,
    };
  }
}

function held({ digest }: Chart, now: string | undefined): Held {
  if (now === undefined) return "not told";
  if (digest === undefined) return "not pinned";
  return digest === now ? "same" : "changed";
}

const DIGESTS: Readonly<Record<Held, string>> = {
  same: "as pinned",
  changed: "CHANGED since it was pinned",
  "not pinned": "not pinned",
  "not told": "not told",
};

/** The reports as a table. */
export function table(reports: readonly ChartReport[]): string[] {
  return columns([
    ["Chart", "Pinned", "Same major", "Newest", "Digest"],
    ...reports.map(({ name, version, compatible, newest, held, trouble }) =>
      trouble === undefined
        ? [name, version, compatible ?? "–", newest ?? "–", DIGESTS[held]]
        : [name, version, "?", "?", trouble],
    ),
  ]);
}

/** The text of a controller's file with the digest of its chart, where it had none and its publisher tells it. */
export function pinned(text: string, { name, version, held, digest }: ChartReport): string {
  if (held !== "not pinned" || digest === undefined) return text;
  const row = new RegExp(`(name: "${name}",\\n( *)version: "${version.replaceAll(".", "\\.")}",\\n.*\\n)`);
  if (!row.test(text)) throw new Error(`There is no row of ${name} ${version} to write a digest into`);
  return text.replace(row, `$1$2digest: "${digest}",\n`);
}
