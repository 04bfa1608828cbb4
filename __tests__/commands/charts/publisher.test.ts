import { createHash } from "node:crypto";
import { download, index, listed } from "../../../commands/charts/publisher";

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
    { version: "2.2.16", digest: DIGEST, urls: ["https://charts.test/reloader-2.2.16.tgz"] },
    { version: "2.3.0", digest: OTHER, urls: [] },
  ]);
  expect(listed(INDEX, "reloader-crds")).toEqual([{ version: "9.0.0", digest: undefined, urls: [] }]);
  expect(listed(INDEX, "relo")).toEqual([]);
});

it("says why a publisher has no index", async () => {
  const refusing = (() => Promise.resolve(new Response("", { status: 503 }))) as unknown as typeof fetch;
  await expect(index("https://charts.test", refusing)).rejects.toThrow("it answered 503");
});

describe("a packaged chart", () => {
  const content = Buffer.from("a chart");
  const sha256 = createHash("sha256").update(content).digest("hex");
  const publisher = (entry: object, packages: Readonly<Record<string, Buffer>> = {}): typeof fetch => {
    const text = JSON.stringify({ entries: { aws: [{ version: "3.5.0", ...entry }] } });
    const answers = new Map<string, Buffer>([["https://charts.test/all/index.yaml", Buffer.from(text)]]);
    for (const [url, packed] of Object.entries(packages)) answers.set(url, packed);
    return (input) => {
      const found = answers.get(input instanceof Request ? input.url : String(input));
      return Promise.resolve(
        found === undefined ? new Response("", { status: 404 }) : new Response(new Uint8Array(found)),
      );
    };
  };
  const downloaded = (ask: typeof fetch) => download("https://charts.test/all", "aws", "3.5.0", ask);

  it.each([
    ["beside the index", "aws-3.5.0.tgz", "https://charts.test/all/aws-3.5.0.tgz"],
    ["elsewhere", "https://packages.test/aws.tgz", "https://packages.test/aws.tgz"],
  ])("is downloaded from %s", async (_, url, where) => {
    const ask = publisher({ urls: [url], digest: sha256 }, { [where]: content });
    expect(await downloaded(ask)).toEqual(content);
  });

  it.each([
    ["not listed", publisher({ version: "3.4.0" }), "its index has no aws 3.5.0"],
    ["gone", publisher({ urls: ["aws.tgz"] }), "it answered 404"],
    [
      "another than was listed",
      publisher({ urls: ["aws.tgz"], digest: DIGEST }, { "https://charts.test/all/aws.tgz": content }),
      `it answered ${sha256}, not ${DIGEST}, which its index lists`,
    ],
  ])("is refused if it is %s", async (_, ask, message) => {
    await expect(downloaded(ask)).rejects.toThrow(new Error(message));
  });
});
