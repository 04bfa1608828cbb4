import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROUTER } from "../../../../constructs/workloads/monitoring/rules";
import { RUNBOOKS } from "../../../../environments/runbooks";
import { metricsIn } from "../../../promql";
import { describeWith, prometheusProgram } from "../../../programs";
import { synth, type Body } from "../../../synth";
import { MEASURED, REMOTE, rulesOf } from "./expressions";
import { HEALTHY, changed, written, type Series } from "./series";

/** All that an environment can have: with metrics in the cluster there is one alert less. */
const rules = rulesOf(REMOTE);
const named = (all: typeof rules) => all.map(({ alert }) => alert as string);

describe("the alerts", () => {
  it("are few, and each says how bad, to whom, what it means and where to read on", () => {
    const real = rules.filter(({ labels }) => labels.severity !== "none");
    expect(rulesOf(MEASURED).filter(({ labels }) => labels.severity !== "none").length).toBeLessThanOrEqual(
      20,
    );
    for (const { alert, labels, annotations } of real) {
      expect([alert, ["page", "ticket"].includes(labels.severity as string)]).toEqual([alert, true]);
      expect([alert, ["users", "operators"].includes(labels.felt_by as string)]).toEqual([alert, true]);
      const [, page] = /^docs\/runbooks\/([a-z-]+)\.md$/.exec(annotations.runbook_url as string) ?? [];
      expect(RUNBOOKS).toContain(page);
      for (const text of ["summary", "description"]) expect(annotations[text]).not.toBe("");
    }
  });

  it("link to GitHub where the settings say where the project is", () => {
    const { app } = synth("staging", {
      account: "111122223333",
      state: { kind: "s3", bucket: "wbot-state" },
      ci: { repository: "example@1/wbot@2", runner: "wbot" },
    });
    const failing = rulesOf({ ...MEASURED, app }).find(({ alert }) => alert === "WbotRequestsFail");
    expect(failing?.["annotations"].runbook_url).toBe(
      "https://github.com/example/wbot/blob/HEAD/docs/runbooks/product-down.md",
    );
  });

  it("judge what the app exports only where it is scraped", () => {
    const ofApp = ["WbotStreamsFail", "WbotAnswersSlow", "WbotAppMetricsMissing"];
    expect(named(rules)).toEqual(expect.arrayContaining(ofApp));
    for (const name of ofApp) expect(named(rulesOf(synth("staging")))).not.toContain(name);
  });

  it("judge the sending of metrics only where they are kept elsewhere", () => {
    expect(named(rules).filter((name) => !named(rulesOf(MEASURED)).includes(name))).toEqual([
      "WbotMetricsNotSent",
    ]);
  });

  it("judge the sending of logs only where they are sent", () => {
    expect(named(rules)).toContain("WbotLogsNotSent");
    const kept = synth("staging", { observability: { logs: { kind: "none" } } });
    expect(named(rulesOf(kept))).not.toContain("WbotLogsNotSent");
  });

  it("count what every route answers, but /metrics, which refuses on purpose, and redirects", () => {
    const { app } = synth("prod", { domain: { others: [{ host: "www.example.com" }] } });
    // As Traefik names them.
    const routers = app.of("kubernetes_ingress_v1").flatMap(({ body }) =>
      (body["spec"].rule as Body[]).flatMap(({ host, http }) =>
        (http.path as Body[]).map(({ path }) => {
          const { namespace, name } = body["metadata"] as Record<"namespace" | "name", string>;
          const parts = `${namespace}-${name}-${String(host)}${String(path)}`.split(/[^\p{L}\p{N}]+/u);
          return `${parts.filter((part) => part !== "").join("-")}@kubernetes`;
        }),
      ),
    );
    const uncounted = routers.filter((router) => !new RegExp(`^(?:${ROUTER})$`).test(router));
    expect(uncounted.map((router) => router.split("-")[2]).sort()).toEqual(["metrics", "redirect"]);
  });

  it("tell Alertmanager of maintenance while there is some", () => {
    const phaseOf = (all: typeof rules) =>
      all.filter(({ alert }) => alert === "WbotMaintenance").map(({ expr, labels }) => [expr, labels.phase]);
    expect(phaseOf(rules)).toEqual([[expect.stringContaining("max_over_time"), "after"]]);
    const closed = synth("staging", { traffic: { maintenance: { enabled: true } } });
    expect(phaseOf(rulesOf(closed))).toEqual([["vector(1)", "on"]]);
  });
});

/** What goes wrong, as changes of the healthy series, and the alerts that fire then: those and no others. */
type Change = Parameters<typeof changed>[0][number];
const requests = (labels: Series["labels"], gain: number): Change => [
  "traefik_router_requests_total",
  labels,
  { gain },
];
const API = { router: "wbot-wbot-api-chat-example-com-api@kubernetes" };
const FILES = { router: "wbot-wbot-files-chat-example-com-assets@kubernetes" };
const slowest = (name: string, les: readonly string[], gain: number): Change[] =>
  les.map((le) => [name, { le }, { gain }]);

type Case = readonly [cause: string, changes: readonly Change[], alerts: Readonly<Record<string, number>>];
const CASES: readonly Case[] = [
  [
    "one request in five failing for hours",
    [requests({ code: "500" }, 2)],
    { WbotRequestsFail: 1, WbotRequestsFailSlowly: 1 },
  ],
  [
    "two requests in a hundred failing for hours",
    [requests({ code: "500" }, 0.2)],
    { WbotRequestsFailSlowly: 1 },
  ],
  [
    "half of three requests an hour failing, at night",
    [
      requests({ code: "500" }, 0.02),
      requests({ code: "200" }, 0.02),
      ["traefik_router_requests_tls_total", {}, { gain: 0.04 }],
    ],
    {},
  ],
  [
    "an /api whose route lacks a middleware",
    [
      ["traefik_router_requests_total", { code: "503" }, { gain: 5 }],
      requests({ ...API, code: "200" }, 0),
      ["traefik_router_requests_tls_total", API, { gain: 0 }],
    ],
    { WbotRequestsFail: 1, WbotRequestsFailSlowly: 1 },
  ],
  [
    "static files, and nothing else, failing for hours",
    [requests({ ...FILES, code: "500" }, 10)],
    { WbotRequestsFail: 1, WbotRequestsFailSlowly: 1 },
  ],
  [
    "an /api that fails while most requests are for static files",
    [requests({ ...API, code: "500" }, 2), requests({ ...FILES, code: "200" }, 1000)],
    { WbotRequestsFail: 1, WbotRequestsFailSlowly: 1 },
  ],
  [
    "slow pages",
    slowest("traefik_router_request_duration_seconds_bucket", ["0.05", "0.3", "1.0"], 5),
    { WbotPagesSlow: 1 },
  ],
  ["half of the streams being cut", [requests({ ...API, code: "200" }, 5)], { WbotStreamsCut: 1 }],
  [
    "an hour of few streams, half of them not counted",
    [requests({ ...API, code: "200" }, 0.5), ["traefik_router_requests_tls_total", API, { gain: 1 }]],
    {},
  ],
  [
    "the app saying that streams fail",
    [["wbot_streams_total", { outcome: "error" }, { gain: 3 }]],
    { WbotStreamsFail: 1 },
  ],
  [
    "answers that begin late",
    slowest("gen_ai_client_operation_time_to_first_chunk_seconds_bucket", ["1", "10"], 1),
    { WbotAnswersSlow: 1 },
  ],
  ["the app saying nothing", [["wbot_streams_total", {}, "gone"]], { WbotAppMetricsMissing: 1 }],
  [
    "a pod that isn't ready",
    [["kube_deployment_status_replicas_available", { deployment: "wbot-ai" }, { start: 1 }]],
    { WbotPodsNotReady: 1 },
  ],
  [
    "a controller of which one pod isn't ready",
    [["kube_deployment_status_replicas_available", { deployment: "traefik-2" }, { start: 1 }]],
    { WbotPlatformPodsNotReady: 1 },
  ],
  [
    "a Prometheus that can't start",
    [["kube_statefulset_status_replicas_available", {}, { start: 1 }]],
    { WbotPlatformPodsNotReady: 1 },
  ],
  [
    "a node without its network plugin",
    [["kube_daemonset_status_number_unavailable", {}, { start: 1 }]],
    { WbotPlatformPodsNotReady: 1 },
  ],
  [
    "a container that crashes again and again",
    [["kube_pod_container_status_waiting_reason", {}, { start: 1 }]],
    { WbotCrashLoop: 1 },
  ],
  [
    "an autoscaler at its end",
    [
      [
        "kube_horizontalpodautoscaler_status_current_replicas",
        { horizontalpodautoscaler: "wbot-ai" },
        { start: 10 },
      ],
    ],
    { WbotAutoscalerAtMaximum: 1 },
  ],
  [
    "an autoscaler that is not meant to grow",
    [
      ["kube_horizontalpodautoscaler_status_current_replicas", {}, { start: 10 }],
      ["kube_horizontalpodautoscaler_spec_min_replicas", {}, { start: 10 }],
    ],
    {},
  ],
  [
    "a quota that is nearly used",
    [["kube_resourcequota", { type: "used" }, { start: 19 }]],
    { WbotQuotaNearlyUsed: 1 },
  ],
  ["a lost node", [["kube_node_status_condition", { node: "a" }, { start: 0 }]], { WbotNodeNotReady: 1 }],
  [
    "a pod that finds no node",
    [["kube_pod_status_unschedulable", {}, { start: 1 }]],
    { WbotPodsUnschedulable: 1 },
  ],
  [
    "a certificate that nobody renews",
    [["certmanager_certificate_expiration_timestamp_seconds", {}, { start: 10 * 86_400 }]],
    { WbotCertificateExpires: 1 },
  ],
  [
    "a certificate for 45 days that is due for renewal",
    [["certmanager_certificate_expiration_timestamp_seconds", {}, { start: 15 * 86_400 }]],
    {},
  ],
  [
    "a certificate that isn't issued",
    [["certmanager_certificate_ready_status", { condition: "False" }, { start: 1 }]],
    { WbotCertificateExpires: 1 },
  ],
  [
    "a secret that can't be read",
    [["externalsecret_status_condition", { status: "False" }, { start: 1 }]],
    { WbotSecretNotSynced: 1 },
  ],
  [
    "a log store that refuses some lines",
    [["otelcol_exporter_send_failed_log_records_total", {}, { gain: 1 }]],
    { WbotLogsNotSent: 1 },
  ],
  [
    "a Loki that refuses some lines",
    [["loki_write_dropped_entries_total", {}, { gain: 1 }]],
    { WbotLogsNotSent: 1 },
  ],
  [
    "a log store that takes nothing",
    [
      ["otelcol_exporter_sent_log_records_total", {}, { gain: 0 }],
      ["loki_write_sent_entries_total", {}, "gone"],
    ],
    { WbotLogsNotSent: 1 },
  ],
  [
    "a Loki that takes nothing",
    [
      ["otelcol_exporter_sent_log_records_total", {}, "gone"],
      ["loki_write_sent_entries_total", {}, { gain: 0 }],
    ],
    { WbotLogsNotSent: 1 },
  ],
  [
    "logs that are never sent",
    [
      ["otelcol_exporter_sent_log_records_total", {}, "gone"],
      ["loki_write_sent_entries_total", {}, "gone"],
    ],
    { WbotLogsNotSent: 1 },
  ],
  ["a target that is down", [["up", { job: "traefik" }, { start: 0 }]], { WbotTargetDown: 1 }],
  ["a target that nobody finds", [["up", { job: "cluster-autoscaler" }, "gone"]], { WbotTargetDown: 1 }],
  [
    "an endpoint for metrics that refuses some",
    [["prometheus_remote_storage_samples_failed_total", {}, { gain: 1 }]],
    { WbotMetricsNotSent: 1 },
  ],
  [
    "an endpoint for metrics that takes none",
    [["prometheus_remote_storage_queue_highest_sent_timestamp_seconds", {}, { gain: 0 }]],
    { WbotMetricsNotSent: 1 },
  ],
  [
    "metrics that are never sent",
    [["prometheus_remote_storage_queue_highest_sent_timestamp_seconds", {}, "gone"]],
    { WbotMetricsNotSent: 1 },
  ],
];

/**
 * How long series are, in minutes, and how often rules are evaluated: not each minute as in a cluster, which takes ten times
 * as long, and finds the same.
 */
interface Time {
  readonly minutes: number;
  readonly evaluated: number;
}
/** Longer than the windows of six hours; no alert waits longer than from one evaluation to the next. */
const LONG: Time = { minutes: 400, evaluated: 100 };
/** For what changes within minutes. */
const SHORT: Time = { minutes: 100, evaluated: 5 };

describeWith([prometheusProgram("promtool")], "promtool", () => {
  const { path = "" } = prometheusProgram("promtool");
  const folder = mkdtempSync(join(tmpdir(), "wbot-rules-"));
  const write = (name: string, content: object) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  // One pipe for both, which keeps their order.
  const promtool = (...args: readonly string[]) =>
    spawnSync("sh", ["-c", 'exec "$@" 2>&1', "sh", path, ...args], { encoding: "utf8" });

  /** All cases are judged by one start, a file each. */
  const files: string[] = [];
  let judged: ReadonlyMap<string, string>;
  beforeAll(() => {
    const [, ...answers] = promtool("test", "rules", ...files).stdout.split("Unit Testing: ");
    judged = new Map(files.map((file, index) => [file, answers[index]?.replace(file, "").trim() ?? ""]));
  });

  it("takes the rules", () => {
    const { status, stdout } = promtool(
      "check",
      "rules",
      write("rules.json", { groups: [{ name: "wbot", rules }] }),
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining(`SUCCESS: ${rules.length} rules found`)]);
  });

  it("sees every alert fire in some case below", () => {
    const fired = new Set(CASES.flatMap(([, , alerts]) => Object.keys(alerts)));
    expect([...fired, "WbotMaintenance", "WbotWatchdog"].sort()).toEqual(named(rules).sort());
  });

  type Input = readonly [name: string, asked: { readonly series: string; readonly values: string }];
  const input = (series: Series, values: string): Input => [series.name, { series: written(series), values }];
  const steady = ({ minutes }: Time, all: readonly Series[]) =>
    all.map((each) => input(each, `${each.start}+${each.gain}x${minutes}`));
  const metricsOf = new Map(rules.map((rule) => [rule, metricsIn(rule["expr"] as string)]));

  /** Rules of which some series isn't as it is where all is well. The others find what they find there. */
  function affected(time: Time, inputs: readonly Input[]): Body[] {
    const healthy = steady(time, HEALTHY);
    const key = ([, { series, values }]: Input) => `${series} ${values}`;
    const unlike = (some: readonly Input[], others: readonly Input[]) => {
      const known = new Set(others.map(key));
      return some.filter((each) => !known.has(key(each))).map(([name]) => name);
    };
    const names = [...unlike(inputs, healthy), ...unlike(healthy, inputs)];
    if (names.length === 0) return rules;
    // Every alert that fires is a series of ALERTS.
    const read = [...names, "ALERTS"];
    return rules.filter(
      (rule) =>
        rule["alert"] === "WbotWatchdog" || metricsOf.get(rule)?.some((metric) => read.includes(metric)),
    );
  }

  /** A test that some series set off these alerts and no others. */
  function sees(
    name: string,
    time: Time,
    alerts: Readonly<Record<string, number>>,
    series: () => readonly Input[],
  ): void {
    const number = files.length;
    const inputs = series();
    const own = affected(time, inputs);
    const metrics = own.flatMap((rule) => metricsOf.get(rule) ?? []);
    const file = write(`case-${number}.json`, {
      rule_files: [write(`rules-${number}.json`, { groups: [{ name: "wbot", rules: own }] })],
      evaluation_interval: `${time.evaluated}m`,
      tests: [
        {
          interval: "1m",
          input_series: inputs.filter(([metric]) => metrics.includes(metric)).map(([, asked]) => asked),
          promql_expr_test: [
            {
              expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
              eval_time: `${time.minutes}m`,
              exp_samples: Object.entries({ ...alerts, WbotWatchdog: 1 }).map(([alert, value]) => ({
                labels: `{alertname="${alert}"}`,
                value,
              })),
            },
          ],
        },
      ],
    });
    files.push(file);
    it(name, () => {
      expect(judged.get(file)).toBe("SUCCESS");
    });
  }

  for (const [length, time] of Object.entries({ LONG, SHORT }))
    sees(`sees nothing where all is well: ${length}`, time, {}, () => steady(time, HEALTHY));

  for (const [cause, changes, alerts] of CASES)
    sees(`sees what sets off alerts, and nothing else: ${cause}`, LONG, alerts, () =>
      steady(LONG, changed(changes)),
    );

  const afterFailedScrape = {
    WbotPodsNotReady: 1,
    WbotPlatformPodsNotReady: 1,
    WbotPodsUnschedulable: 1,
    WbotCertificateExpires: 1,
    WbotSecretNotSynced: 1,
  };
  sees("goes on with what was wrong after a scrape that failed", SHORT, afterFailedScrape, () => {
    const changes: Change[] = [
      ["kube_deployment_status_replicas_available", { deployment: "wbot-ai" }, { start: 1 }],
      ["kube_deployment_status_replicas_available", { deployment: "traefik-2" }, { start: 1 }],
      ["kube_pod_status_unschedulable", {}, { start: 1 }],
      ["certmanager_certificate_ready_status", { condition: "False" }, { start: 1 }],
      ["externalsecret_status_condition", { status: "False" }, { start: 1 }],
    ];
    // It failed when the rules were evaluated before the end.
    const values = ({ start }: Series) => `${start}+0x${SHORT.minutes - 6} stale ${start}+0x4`;
    return changed(changes).flatMap((each) =>
      changes.some(([name]) => name === each.name) ? [input(each, values(each))] : steady(SHORT, [each]),
    );
  });

  for (const [name, worst] of [
    ["kube_node_status_condition", 0],
    ["kube_pod_container_status_waiting_reason", 1],
    ["kube_pod_status_unschedulable", 1],
  ] as const)
    sees(`keeps quiet about what was not ready for a moment, and then taken away: ${name}`, SHORT, {}, () => {
      const first = HEALTHY.findIndex((each) => each.name === name);
      return HEALTHY.flatMap((each, index) => {
        if (index !== first) return steady(SHORT, [each]);
        // A range still holds its last value five minutes later, which is the last minute here.
        return [input(each, `${each.start}+0x${SHORT.minutes - 7} ${worst}+0x2 stale`)];
      });
    });

  for (const [age, dropping, alerts] of [
    [8, 8, {}],
    [20, 10, {}],
    [29, 10, {}],
    [40, 10, {}],
    [50, 50, { WbotLogsNotSent: 1 }],
  ] as const)
    sees(
      `sees, ${age} minutes after Alloy started and Loki refused lines for ${dropping}, ${JSON.stringify(alerts)}`,
      SHORT,
      alerts,
      () => {
        const start = SHORT.minutes - age;
        const labels = { job: "alloy", pod: "alloy-new" };
        const series = (name: string) => ({ name, labels, start: 0, gain: 0 });
        return [
          ...steady(SHORT, HEALTHY),
          input(series("process_start_time_seconds"), `_x${start} ${start * 60}+0x${age}`),
          input(
            series("loki_write_dropped_entries_total"),
            `_x${start} 9+9x${dropping - 1} ${9 * dropping}+0x${age}`,
          ),
        ];
      },
    );

  // Half of the requests are streams of 20 minutes; 25 minutes ago the load rose.
  for (const [what, from, to, share, alerts] of [
    ["keeps quiet about streams that are open because the load has risen", 2, 40, 1, {}],
    ["sees streams that are cut while the load rises", 10, 20, 0.5, { WbotStreamsCut: 1 }],
  ] as const)
    sees(what, SHORT, alerts, () => {
      const rises = SHORT.minutes - 25;
      const [before, short, all] = [from, (from + to) / 2, to].map((rate) => rate * share) as [
        number,
        number,
        number,
      ];
      const api = (name: string): Series => ({ name, labels: API, start: 0, gain: 0 });
      const [began, ended] = ["traefik_router_requests_tls_total", "traefik_router_requests_total"];
      const others = HEALTHY.filter(
        ({ name, labels }) => !(labels["router"] === API.router && [began, ended].includes(name)),
      );
      const [one, two] = [before * rises, before * rises + short * 20];
      return [
        ...steady(SHORT, others),
        input(api(began), `0+${from}x${rises} ${from * rises + to}+${to}x24`),
        input(api(ended), `0+${before}x${rises} ${one + short}+${short}x19 ${two + all}+${all}x4`),
      ];
    });

  sees("keeps quiet about metrics that were refused once", SHORT, {}, () => {
    const name = "prometheus_remote_storage_samples_failed_total";
    const others = HEALTHY.filter((each) => each.name !== name);
    const once = { name, labels: {}, start: 0, gain: 0 };
    return [...steady(SHORT, others), input(once, `0x${SHORT.minutes - 14} 1x13`)];
  });

  const byObject = {
    WbotPodsNotReady: 1,
    WbotPlatformPodsNotReady: 1,
    WbotAutoscalerAtMaximum: 2,
    WbotCrashLoop: 1,
  };
  sees(
    "raises one alert for an object, however many pods of kube-state-metrics tell of it",
    LONG,
    byObject,
    () => {
      const broken = changed([
        ["kube_deployment_status_replicas_available", { deployment: "wbot-ai" }, { start: 1 }],
        ["kube_daemonset_status_number_unavailable", {}, { start: 1 }],
        ["kube_horizontalpodautoscaler_status_current_replicas", {}, { start: 10 }],
        ["kube_pod_container_status_waiting_reason", {}, { start: 1 }],
        ["kube_pod_container_status_restarts_total", { container: "wbot-ai" }, { gain: 1 }],
      ]);
      const told = broken.flatMap((each) =>
        each.labels["job"] === "kube-state-metrics"
          ? ["a", "b"].map((instance) => ({ ...each, labels: { ...each.labels, instance } }))
          : [each],
      );
      return steady(LONG, told);
    },
  );

  for (const [ago, alerts] of [
    [20, { WbotMaintenance: 1 }],
    [40, {}],
  ] as const)
    sees(
      `sees maintenance that ended ${ago} minutes ago, for as long as its 503 count: ${JSON.stringify(alerts)}`,
      SHORT,
      alerts,
      () => {
        const labels = {
          alertname: "WbotMaintenance",
          alertstate: "firing",
          phase: "on",
          severity: "none",
        };
        const on = { name: "ALERTS", labels, start: 1, gain: 0 };
        return [...steady(SHORT, HEALTHY), input(on, `1+0x${SHORT.minutes - ago} stale`)];
      },
    );
});
