import { listed, publishedDigest } from "../../../commands/charts/publisher";

const DIGEST = "ab".repeat(32);
const OTHER = "cd".repeat(32);

/** As written by Helm, with a chart whose name is a prefix of another's. */
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
const http = { name: "reloader", version: "2.2.16", repository: "https://charts.test" };
const oci = { name: "traefik", version: "41.3.0", repository: "oci://registry.test/traefik/helm" };
const MANIFEST = "https://registry.test/v2/traefik/helm/traefik/manifests/41.3.0";
const layer = (mediaType: string, digest: string) => ({ mediaType, digest: `sha256:${digest}` });
const manifest = () =>
  new Response(
    JSON.stringify({
      layers: [
        layer("application/vnd.cncf.helm.chart.provenance.v1.prov", OTHER),
        layer("application/vnd.cncf.helm.chart.content.v1.tar+gzip", DIGEST),
      ],
    }),
  );

it("reads one chart's entries of an index, and no other's", () => {
  expect(listed(INDEX, "reloader")).toEqual([
    { version: "2.2.16", digest: DIGEST },
    { version: "2.3.0", digest: OTHER },
  ]);
  expect(listed(INDEX, "reloader-crds")).toEqual([{ version: "9.0.0", digest: undefined }]);
  expect(listed(INDEX, "relo")).toEqual([]);
});

it.each([
  ["an index", http, "https://charts.test/index.yaml", () => new Response(INDEX)],
  ["a registry", oci, MANIFEST, manifest],
])("asks %s for a chart's digest", async (_what, chart, url, answer) => {
  const ask = ((asked: string | URL) => {
    expect(String(asked)).toBe(url);
    return Promise.resolve(answer());
  }) as typeof fetch;
  expect(await publishedDigest(chart, ask)).toBe(DIGEST);
});

it("asks a registry with an anonymous token", async () => {
  const asked: string[] = [];
  const ask = ((url: string | URL, { headers = {} }: RequestInit = {}) => {
    const token = (headers as Record<string, string>)["Authorization"] ?? "";
    asked.push(`${String(url)} ${token}`.trim());
    if (String(url).startsWith("https://registry.test/token"))
      return Promise.resolve(new Response(JSON.stringify({ token: "t" })));
    if (token !== "") return Promise.resolve(manifest());
    const challenge = 'Bearer realm="https://registry.test/token",service="registry.test"';
    return Promise.resolve(new Response(null, { status: 401, headers: { "www-authenticate": challenge } }));
  }) as typeof fetch;
  expect(await publishedDigest(oci, ask)).toBe(DIGEST);
  expect(asked.at(-1)).toBe(`${MANIFEST} Bearer t`);
});

it("says briefly why a publisher does not answer", async () => {
  const refusing = (() => Promise.resolve(new Response("", { status: 503 }))) as unknown as typeof fetch;
  await expect(publishedDigest(http, refusing)).rejects.toThrow("it answered 503");
});
