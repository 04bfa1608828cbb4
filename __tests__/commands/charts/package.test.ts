import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartFiles } from "../../../commands/charts/package";
import { packed } from "./packed";

const FILES = { "Chart.yaml": "name: traefik\n", "crds/a.yaml": "kind: A\n" };
const RELEASE = { chart: "traefik", repository: "oci://ghcr.io/traefik/helm", version: "41.3.0" };
const REGISTRY = "https://ghcr.io/v2/traefik/helm/traefik";

let folder: string;
let archive: Buffer;
afterEach(() => jest.restoreAllMocks());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "wbot-chart-"));
  archive = await packed("traefik", FILES);
});

/** A registry that gives anyone a token, and requires it for everything. */
function registry(answers: Readonly<Record<string, string | Buffer>>): void {
  jest.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.startsWith("https://ghcr.io/token")) return Promise.resolve(Response.json({ token: "anybody" }));
    if (url.startsWith(REGISTRY) && !new Headers(init?.headers).has("Authorization")) {
      const challenge = 'Bearer realm="https://ghcr.io/token",service="ghcr.io"';
      return Promise.resolve(new Response("", { status: 401, headers: { "www-authenticate": challenge } }));
    }
    const answer = answers[url];
    return Promise.resolve(
      answer === undefined
        ? new Response("", { status: 404 })
        : new Response(typeof answer === "string" ? answer : new Uint8Array(answer)),
    );
  });
}

const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const artifact = (digest: string) =>
  JSON.stringify({
    layers: [
      { mediaType: "application/vnd.cncf.helm.chart.provenance.v1.prov", digest: "sha256:0" },
      { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", digest },
    ],
  });

it("reads a packaged chart from a file", async () => {
  const file = join(folder, "traefik-41.3.0.tgz");
  writeFileSync(file, archive);
  expect(Object.fromEntries(await chartFiles({ chart: file }))).toEqual(FILES);
});

it("reads it from an OCI registry, with an anonymous token", async () => {
  const digest = digestOf(archive);
  registry({
    [`${REGISTRY}/manifests/41.3.0`]: artifact(digest),
    [`${REGISTRY}/blobs/${digest}`]: archive,
  });
  expect(Object.fromEntries(await chartFiles(RELEASE))).toEqual(FILES);
});

describe("of an https repository", () => {
  const repository = "https://charts.test/all";
  const chart = { chart: "traefik", repository, version: "3.5.0" };
  const publisher = (entries: object, packages: Readonly<Record<string, Buffer>> = {}) => {
    registry({ [`${repository}/index.yaml`]: JSON.stringify({ entries }), ...packages });
  };

  it.each([
    ["beside its index", "traefik-3.5.0.tgz", `${repository}/traefik-3.5.0.tgz`],
    ["elsewhere", "https://packages.test/t.tgz", "https://packages.test/t.tgz"],
  ])("reads it, %s", async (_, url, where) => {
    publisher({ traefik: [{ version: "3.5.0", urls: [url] }] }, { [where]: archive });
    expect(Object.fromEntries(await chartFiles(chart))).toEqual(FILES);
    const digest = "0".repeat(64);
    await expect(chartFiles({ ...chart, digest })).rejects.toThrow(`pins ${digest}`);
  });

  const urls = ["traefik.tgz"];
  it.each<[string, object, string | RegExp, Readonly<Record<string, Buffer>>?]>([
    ["not listed", { traefik: [{ version: "3.4.0", urls }] }, "its index has no traefik 3.5.0"],
    ["gone", { traefik: [{ version: "3.5.0", urls }] }, "it answered 404"],
    [
      "another than was listed",
      { traefik: [{ version: "3.5.0", urls, digest: "1".repeat(64) }] },
      /^it answered sha256:[0-9a-f]{64}, not the requested sha256:1{64}$/,
      { [`${repository}/traefik.tgz`]: Buffer.from("another") },
    ],
  ])("throws where it is %s", async (_, entries, message, packages = {}) => {
    publisher(entries, packages);
    await expect(chartFiles(chart)).rejects.toThrow(message);
  });
});

it("throws where it is something else than a chart", async () => {
  registry({ [`${REGISTRY}/manifests/41.3.0`]: "{}" });
  await expect(chartFiles(RELEASE)).rejects.toThrow("ghcr.io/traefik/helm/traefik:41.3.0 is not a chart");
});

it("throws if the registry answers with something other than requested", async () => {
  const digest = digestOf(Buffer.from("another"));
  registry({
    [`${REGISTRY}/manifests/41.3.0`]: artifact(digest),
    [`${REGISTRY}/blobs/${digest}`]: archive,
  });
  await expect(chartFiles(RELEASE)).rejects.toThrow(
    `it answered ${digestOf(archive)}, not the requested ${digest}`,
  );
});

describe("a pinned chart", () => {
  const pinned = (digest: string, chart = join(folder, "traefik-41.3.0.tgz")) => {
    writeFileSync(chart, archive);
    return chartFiles({ chart, digest });
  };

  it("is read if its digest matches, and otherwise refused, from a file or a registry", async () => {
    const [found, digest] = [digestOf(archive).slice("sha256:".length), "0".repeat(64)];
    expect(Object.fromEntries(await pinned(found))).toEqual(FILES);
    const message = (chart: string) =>
      `The chart ${chart} doesn't match its pinned digest: its SHA-256 is ${found}, but constructs/platform/ pins ${digest}. Nothing was changed. A published version must not change: ask its publisher why. If the change is intended, pin the new SHA-256 there.`;
    await expect(pinned(digest)).rejects.toThrow(new Error(message(join(folder, "traefik-41.3.0.tgz"))));
    registry({
      [`${REGISTRY}/manifests/41.3.0`]: artifact(digestOf(archive)),
      [`${REGISTRY}/blobs/${digestOf(archive)}`]: archive,
    });
    await expect(chartFiles({ ...RELEASE, digest })).rejects.toThrow(new Error(message("traefik 41.3.0")));
  });
});

it.each([
  ["is truncated", (whole: Buffer) => whole.subarray(0, whole.length / 2), "unexpected end of file"],
  ["is not an archive", () => Buffer.from("not an archive"), "incorrect header check"],
])("throws where a file %s", async (_, spoil, message) => {
  const file = join(folder, "traefik.tgz");
  writeFileSync(file, spoil(archive));
  await expect(chartFiles({ chart: file })).rejects.toThrow(message);
});
