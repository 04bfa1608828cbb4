import { hash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { preflight } from "../../../../commands/preflight/preflight";
import { Session } from "../../../../commands/session/session";
import type { Chart } from "../../../../constructs/platform/helm-chart";
import { loadEnvironment } from "../../../../environments";
import { CHARTS, controllersOf } from "../../../../stacks/controllers";
import { look, MINE } from "../look";

/** Without the digests, which are pinned or not as charts come and go. */
jest.mock("../../../../stacks/controllers", () => {
  const actual = jest.requireActual<{ CHARTS: readonly Chart[] }>("../../../../stacks/controllers");
  return {
    ...actual,
    CHARTS: actual.CHARTS.map(({ name, version, repository }) => ({ name, version, repository })),
  };
});

const chartOf = (wanted: string) => CHARTS.find(({ name }) => name === wanted);
const reloader = () => chartOf("reloader") ?? {};

it("reports each chart that can't be downloaded, and the alternative", async () => {
  const outside = {
    fetch: () => Promise.reject(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" })),
  };
  const [traefik, autoscaler] = ["traefik", "cluster-autoscaler"].map((name) => chartOf(name)?.version);
  const found = await look("charts", {}, { outside });
  expect(found).toHaveLength(controllersOf(loadEnvironment("dev")).length);
  expect(found).toContainEqual([
    "fail",
    `traefik ${traefik} can't be downloaded from oci://ghcr.io/traefik/helm (a server can't be reached (ENOTFOUND))`,
    `export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull oci://ghcr.io/traefik/helm/traefik --version ${traefik})`,
  ]);
  expect(found).toContainEqual([
    "fail",
    `cluster-autoscaler ${autoscaler} can't be downloaded from https://kubernetes.github.io/autoscaler (a server can't be reached (ENOTFOUND))`,
    expect.stringContaining(
      `helm pull cluster-autoscaler --repo https://kubernetes.github.io/autoscaler --version ${autoscaler}`,
    ),
  ]);
});

it("refuses a chart that does not match its pin, from a folder too, unless an emulator may have stand-ins", async () => {
  const mirror = mkdtempSync(join(os.tmpdir(), "wbot-charts-"));
  for (const { name, version } of CHARTS) writeFileSync(join(mirror, `${name}-${version}.tgz`), name);
  const session = new Session(
    loadEnvironment("dev", { overrides: MINE, chartMirror: mirror }),
    join(mirror, "out"),
  );
  const found = async () =>
    (await preflight(session, { only: ["charts"], silent: true })).map(({ status, why }) => [status, why]);
  const digest = "ab".repeat(32);
  Object.assign(reloader(), { digest });
  try {
    expect(await found()).toEqual([["fail", expect.stringMatching(/reloader-\d\S+\.tgz .* pinned digest/)]]);
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566";
    expect(await found()).toEqual([
      ["pass", `${controllersOf(session.environment).length} charts can be downloaded`],
    ]);
    delete process.env["AWS_ENDPOINT_URL"];
    Object.assign(reloader(), { digest: hash("sha256", "reloader") });
    expect(await found()).toEqual([
      ["pass", `${controllersOf(session.environment).length} charts can be downloaded`],
    ]);
  } finally {
    delete (reloader() as Chart & { digest?: string }).digest;
    rmSync(mirror, { recursive: true });
  }
});
