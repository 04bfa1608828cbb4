import { createHash } from "node:crypto";
import { download } from "../../../commands/charts/publisher";

const DIGEST = "ab".repeat(32);
describe("a packaged chart", () => {
  const content = Buffer.from("a chart");
  const sha256 = createHash("sha256").update(content).digest("hex");
  const publisher = (
    entry: object,
    packages: Readonly<Record<string, Buffer>> = {},
    name = "aws",
  ): typeof fetch => {
    const text = JSON.stringify({ entries: { [name]: [{ version: "3.5.0", ...entry }] } });
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
    ["not listed, but for another chart", publisher({}, {}, "aws-crds"), "its index has no aws 3.5.0"],
    [
      "behind an index that does not answer",
      () => Promise.resolve(new Response("", { status: 503 })),
      "it answered 503",
    ],
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
