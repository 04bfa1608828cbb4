import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pinned, report, table, type ChartReport } from "../../../commands/charts/charts";
import { listed } from "../../../commands/charts/publisher";
import type { Chart } from "../../../constructs/platform/helm-chart";
import { CHARTS } from "../../../stacks/controllers";

const DIGEST = "ab".repeat(32);
const OTHER = "cd".repeat(32);

/** As Helm writes one, with a chart whose name another one starts with. */
const INDEX = `apiVersion: v1
entries:
  reloader:
  - apiVersion: v1
    description: 'Watches: changes'
    digest: ${DIGEST}
    maintainers:
    - name: somebody
      version: none
    urls:
    - https://charts.test/reloader-2.2.16.tgz
    version: 2.2.16
  - apiVersion: v1
    digest: ${OTHER}
    version: "2.3.0"
  reloader-crds:
  - apiVersion: v1
    version: 9.0.0
generated: "2026-01-01T00:00:00Z"
`;
const http: Chart = { name: "reloader", version: "2.2.16", repository: "https://charts.test" };
const oci: Chart = { name: "traefik", version: "41.3.0", repository: "oci://registry.test/traefik/helm" };

const answering = (answers: Readonly<Record<string, () => Response>>) =>
  jest.fn((url: string | URL | Request) => {
    const answer = answers[url as string];
    return answer === undefined
      ? Promise.reject(new Error(`not expected: ${url as string}`))
      : Promise.resolve(answer());
  }) as unknown as typeof fetch;
const index = answering({ "https://charts.test/index.yaml": () => new Response(INDEX) });

const layer = (mediaType: string, digest: string) => ({ mediaType, digest: `sha256:${digest}` });
const registry = answering({
  "https://registry.test/v2/traefik/helm/traefik/tags/list?n=1000": () =>
    new Response(JSON.stringify({ tags: ["41.3.0", "41.3.1"] }), {
      headers: { link: '</v2/traefik/helm/traefik/tags/list?last=41.3.1&n=1000>; rel="next"' },
    }),
  "https://registry.test/v2/traefik/helm/traefik/tags/list?last=41.3.1&n=1000": () =>
    new Response(JSON.stringify({ tags: ["42.0.0_build.1"] })),
  "https://registry.test/v2/traefik/helm/traefik/manifests/41.3.0": () =>
    new Response(
      JSON.stringify({
        layers: [
          layer("application/vnd.cncf.helm.chart.provenance.v1.prov", OTHER),
          layer("application/vnd.cncf.helm.chart.content.v1.tar+gzip", DIGEST),
        ],
      }),
    ),
});

it("reads what an index says of one chart, and of no other", () => {
  expect(listed(INDEX, "reloader")).toEqual([
    { version: "2.2.16", digest: DIGEST },
    { version: "2.3.0", digest: OTHER },
  ]);
  expect(listed(INDEX, "reloader-crds")).toEqual([{ version: "9.0.0", digest: undefined }]);
  expect(listed(INDEX, "relo")).toEqual([]);
});

it.each([
  ["an index", http, index, { compatible: "2.3.0", newest: "2.3.0" }],
  ["a registry, page by page", oci, registry, { compatible: "41.3.1", newest: "42.0.0+build.1" }],
])("asks %s for newer versions and for the digest", async (_what, chart, ask, later) => {
  expect(await report(chart, ask)).toEqual({
    name: chart.name,
    version: chart.version,
    ...later,
    held: "not pinned",
    digest: DIGEST,
  });
  expect(await report({ ...chart, digest: DIGEST }, ask)).toMatchObject({ held: "same" });
  expect(await report({ ...chart, digest: OTHER }, ask)).toMatchObject({ held: "changed" });
});

it("asks a registry with the token that it gives to everybody", async () => {
  const asked: string[] = [];
  const ask = ((url: string | URL, { headers = {} }: RequestInit = {}) => {
    const token = (headers as Record<string, string>)["Authorization"] ?? "";
    asked.push(`${String(url)} ${token}`.trim());
    if (String(url).startsWith("https://registry.test/token"))
      return Promise.resolve(new Response(JSON.stringify({ token: "t" })));
    if (token === "")
      return Promise.resolve(
        new Response(null, {
          status: 401,
          headers: {
            "www-authenticate": 'Bearer realm="https://registry.test/token",service="registry.test"',
          },
        }),
      );
    return Promise.resolve(new Response(JSON.stringify({ tags: ["41.4.0"], layers: [] })));
  }) as typeof fetch;
  expect(await report(oci, ask)).toMatchObject({ newest: "41.4.0", held: "not told" });
  expect(asked).toContain("https://registry.test/v2/traefik/helm/traefik/manifests/41.3.0 Bearer t");
});

it("says which publisher can't be reached, and why", async () => {
  const ask = (() =>
    Promise.reject(new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } }))) as typeof fetch;
  expect(await report(http, ask)).toMatchObject({
    held: "not told",
    trouble: "https://charts.test can't be reached (ENOTFOUND)",
  });
  const refusing = answering({ "https://charts.test/index.yaml": () => new Response("", { status: 503 }) });
  expect(await report(http, refusing)).toMatchObject({
    trouble: "https://charts.test can't be reached (it answered 503)",
  });
});

it("shows a chart a line, and what changed in capitals", async () => {
  const none = await report({ ...oci, version: "42.0.0", digest: OTHER }, answering({}));
  expect(table([await report({ ...http, digest: OTHER }, index), none])).toEqual([
    "Chart     Pinned  Same major  Newest  Digest",
    "reloader  2.2.16  2.3.0       2.3.0   CHANGED since it was pinned",
    expect.stringMatching(
      /^traefik {3}42\.0\.0 {2}\? {11}\? {7}oci:\/\/registry\.test\/traefik\/helm can't be reached/,
    ),
  ]);
});

describe("pinning", () => {
  const fileOf = ({ name }: Chart) =>
    readFileSync(join(__dirname, "../../../constructs/platform", `${name}.ts`), "utf8");
  const told = (chart: Chart, held: ChartReport["held"], digest: string | undefined): ChartReport => ({
    name: chart.name,
    version: chart.version,
    compatible: undefined,
    newest: undefined,
    held,
    digest,
  });

  it.each(CHARTS)("writes the digest of $name into its file, where there is none", (chart) => {
    const bare = fileOf(chart).replaceAll(/^ *digest: .*\n/gm, "");
    const written = pinned(bare, told(chart, "not pinned", DIGEST));
    expect(written.match(new RegExp(`^    digest: "${DIGEST}",$`, "gm"))).toHaveLength(1);
    expect(written.replaceAll(/^ *digest: .*\n/gm, "")).toBe(bare);
  });

  it.each([
    ["same", DIGEST],
    ["changed", OTHER],
    ["not told", undefined],
  ] as const)("leaves alone what is %s", (held, digest) => {
    const [chart] = CHARTS as [Chart, ...Chart[]];
    expect(pinned(fileOf(chart), told(chart, held, digest))).toBe(fileOf(chart));
  });

  it("does not lose a digest that it finds no row for", () => {
    expect(() => pinned("", told({ ...oci, version: "0.0.1" }, "not pinned", DIGEST))).toThrow(
      new Error("There is no row of traefik 0.0.1 to write a digest into"),
    );
  });
});
