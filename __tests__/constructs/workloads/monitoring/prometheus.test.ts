import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describeWith, prometheusProgram } from "../../../programs";
import { resolved } from "../../../promql";
import { expressionsOf, MEASURED } from "./expressions";
import { HEALTHY, written } from "./series";

const STEP_SECONDS = 60;
const MINUTES = 180;

/** In the format that promtool makes blocks of; certificates end as long after the last sample as after 1970. */
function samples(end: number): string {
  const lines = HEALTHY.flatMap((series) => {
    const start = series.name.includes("expiration_timestamp") ? series.start + end : series.start;
    return Array.from({ length: MINUTES }, (_, minute) => {
      const at = end - (MINUTES - 1 - minute) * STEP_SECONDS;
      return `${written(series)} ${start + series.gain * minute} ${at}`;
    });
  });
  return `${lines.join("\n")}\n# EOF\n`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Expressions that find nothing while all is well. */
const EMPTY = /^alert (?!WbotWatchdog)|Restarts$/;

const needs = [prometheusProgram("prometheus"), prometheusProgram("promtool")] as const;

describeWith(needs, "a real Prometheus with metrics of a product that is well", () => {
  const [{ path: program = "" }, { path: promtool = "" }] = needs;
  const folder = mkdtempSync(join(tmpdir(), "wbot-prometheus-"));
  const end = Math.floor(Date.now() / 1000) - STEP_SECONDS;
  let prometheus: ChildProcess;
  let address = "";

  beforeAll(async () => {
    writeFileSync(join(folder, "samples"), samples(end));
    writeFileSync(join(folder, "prometheus.yml"), "{}");
    const data = join(folder, "data");
    const made = spawnSync(
      promtool,
      ["tsdb", "create-blocks-from", "openmetrics", join(folder, "samples"), data],
      {
        encoding: "utf8",
      },
    );
    expect([made.status, made.stderr]).toEqual([0, made.stderr]);
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      program,
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    while (
      !(await fetch(`${address}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      await wait(100);
  }, 120_000);

  afterAll(async () => {
    prometheus.kill();
    await new Promise((resolve) => prometheus.once("exit", resolve));
  });

  it.each(expressionsOf(MEASURED).map(({ where, expr }) => [where, expr]))(
    "answers %s, with something to show unless it is an alert",
    async (where, expr) => {
      const query = new URLSearchParams({ query: resolved(expr), time: String(end) });
      const answer = await fetch(`${address}/api/v1/query?${query.toString()}`);
      const { status, data, error } = (await answer.json()) as {
        status: string;
        data?: { result: unknown[] };
        error?: string;
      };
      expect([status, error]).toEqual(["success", undefined]);
      // What counts alerts has none to count, and says 0.
      expect(data?.result.length === 0).toBe(EMPTY.test(where));
    },
  );
});
