import { readFileSync } from "node:fs";
import { join } from "node:path";
import { METRICS, metricsOf, SOURCES } from "../../constructs/metric-names";
import { metricsIn, resolved } from "../promql";
import { helmValues, type Body } from "../synth";
import { expressionsOf, MEASURED, REMOTE } from "./workloads/monitoring/expressions";
import { HEALTHY } from "./workloads/monitoring/series";

const used = [
  ...new Map([REMOTE, MEASURED].flatMap(expressionsOf).map((each) => [each.where, each])).values(),
];

it.each(used.map(({ where, expr }) => [where, expr]))(
  "%s parses, and reads only metrics that constructs/metric-names.ts has",
  (_, expr) => {
    const names = metricsIn(resolved(expr));
    if (expr !== "vector(1)") expect(names).not.toEqual([]);
    expect(names.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  },
);

it("has no metric that nothing reads", () => {
  const read = new Set(used.flatMap(({ expr }) => metricsIn(resolved(expr))));
  expect(Object.keys(METRICS).filter((name) => !read.has(name))).toEqual([]);
});

it("has a metric of each source", () => {
  expect(new Set(Object.values(METRICS))).toEqual(new Set(Object.keys(SOURCES)));
});

it("decides what is kept of the kubelets and of kube-state-metrics", () => {
  const values = helmValues(MEASURED.infra.one("helm_release", "kube-prometheus-stack"));
  expect(values["kube-state-metrics"].metricAllowlist).toEqual(metricsOf("kube-state-metrics"));
  const [kept] = values["kubelet"].serviceMonitor.cAdvisorMetricRelabelings;
  expect(kept).toEqual({
    sourceLabels: ["__name__"],
    action: "keep",
    regex: "container_cpu_usage_seconds_total|container_memory_working_set_bytes",
  });
});

it("drops nothing by an empty expression: the operator leaves it out, and Prometheus then drops everything", () => {
  const rules: Body[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (["keep", "drop"].includes((value as Body)["action"] as string)) rules.push(value as Body);
    Object.values(value).forEach(collect);
  };
  collect(helmValues(MEASURED.infra.one("helm_release", "kube-prometheus-stack")));
  collect(MEASURED.app.of("kubernetes_manifest").map(({ body }) => body["manifest"] as Body));
  expect(rules.length).toBeGreaterThan(2);
  expect(rules.filter(({ regex = "" }) => regex === "")).toEqual([]);
});

it("counts an expression that isn't PromQL as none", () => {
  expect(() => metricsIn("sum(rate(up[5m])")).toThrow("not PromQL at");
  expect(metricsIn('sum by (up_label) (up{job="a"}) / on (x) kube_resourcequota')).toEqual([
    "up",
    "kube_resourcequota",
  ]);
});

const page = readFileSync(join(__dirname, "../../docs/observability.md"), "utf8");
const EXPORTED = {
  counter: ["_total"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum"],
} as const;
const exporters = [...page.matchAll(/```(python|ts)\n(.*?)```/gs)].filter(([, , code = ""]) =>
  /prom(etheus_|-)client/.test(code),
);

it("has an example in two languages of what a service exports", () => {
  expect(exporters.map(([, language]) => language)).toEqual(["python", "ts"]);
});

it.each(exporters.map(([, language = "", code = ""]) => [language, code]))(
  "has of the app what the example in %s exports, with the labels, outcomes and buckets that alerts are tested with",
  (_, code) => {
    const metrics = [
      ...code.matchAll(/\b(Counter|Gauge|Histogram)\((?:\{\s*name: )?\s*"(\w+)"(.*?)\)(?:;|\n)/gs),
    ].map(([, kind = "", name = "", rest = ""]) => ({
      names: EXPORTED[kind.toLowerCase() as keyof typeof EXPORTED].map(
        (end) => name.replace(/_total$/, "") + end,
      ),
      labels: [...(/\[("\w+"[^\]]*)\]/.exec(rest)?.[1] ?? "").matchAll(/\w+/g)].map(([label]) => label),
      buckets: (/buckets[=:] ?[[(](.*?)[\])]/.exec(rest)?.[1] ?? "").split(", ").map(Number),
    }));
    const [, outcomes = ""] = /for .*outcome (?:in|of) ?[[(](.*?)[\])]/.exec(code) ?? [];
    const found = (name: string) => metrics.find(({ names }) => names.includes(name));
    expect(metricsOf("app").filter((name) => !found(name))).toEqual([]);
    expect(metrics.filter(({ names }) => !names.some((name) => metricsOf("app").includes(name)))).toEqual([]);
    const read = HEALTHY.filter(({ name }) => metricsOf("app").includes(name));
    expect(read.map(({ name }) => name)).toEqual(expect.arrayContaining(metricsOf("app")));
    for (const { name, labels } of read) {
      const own = Object.keys(labels).filter((label) => !["job", "pod", "le"].includes(label));
      expect(found(name)?.labels).toEqual(expect.arrayContaining(own));
      const { le, outcome } = labels;
      if (le !== undefined && le !== "+Inf") expect(found(name)?.buckets).toContain(Number(le));
      if (outcome !== undefined) expect(outcomes).toContain(`"${outcome}"`);
    }
  },
);
