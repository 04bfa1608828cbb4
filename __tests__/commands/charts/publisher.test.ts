import { index, listed } from "../../../commands/charts/publisher";

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

it("reads one chart's entries of an index, and no other's", () => {
  expect(listed(INDEX, "reloader")).toEqual([
    { version: "2.2.16", digest: DIGEST },
    { version: "2.3.0", digest: OTHER },
  ]);
  expect(listed(INDEX, "reloader-crds")).toEqual([{ version: "9.0.0", digest: undefined }]);
  expect(listed(INDEX, "relo")).toEqual([]);
});

it("says why a publisher has no index", async () => {
  const refusing = (() => Promise.resolve(new Response("", { status: 503 }))) as unknown as typeof fetch;
  await expect(index("https://charts.test", refusing)).rejects.toThrow("it answered 503");
});
