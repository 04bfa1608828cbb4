import { NAMESPACE, PART_OF } from "../../../environments/names";
import { runbookLink, type Runbook } from "../../../environments/runbooks";
import { scrapedServices } from "../../../environments/schema";
import type { Environment } from "../../../environments";
import { MAINTENANCE_ALERT, WATCHDOG_ALERT, scrapesOf } from "../../scrapes";

/** An alerting rule, as in the operator's PrometheusRule. */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold. @default - not at all */
  readonly for?: string;
  /** Whether users feel it: if so, it is inhibited during maintenance. @default false */
  readonly felt?: boolean;
  /** "page": now. "ticket": on the next working day. @default "ticket" */
  readonly severity?: "page" | "ticket";
  readonly runbook: Runbook;
  readonly summary: string;
  readonly description: string;
}

/** Share of requests that must succeed, over 30 days. */
export const OBJECTIVE = 0.995;
/** Shares of fewer requests an hour don't count: one failure among three at night is a third, but no emergency. */
const FEWEST_REQUESTS = 50;
const FEWEST_STREAMS = 20;
/**
 * Fewer requests to /api in an hour say nothing about streams: of each status and method, the first in a pod's life is a
 * new series, whose first value counts as none.
 */
const FEWEST_API_REQUESTS = 100;
/** Longest that most pages may take, in seconds: one of Traefik's buckets. */
const SLOW_PAGE_SECONDS = 1;
/** Longest that most answers may take to begin, in seconds. */
const SLOW_ANSWER_SECONDS = 10;
/**
 * A new Alloy reads the last hour again, which takes it minutes, and Loki refuses what is 7.5 minutes (half of its
 * max_chunk_age) older than the newest line of its stream. Nothing is lost, but Alloy counts it as dropped, and so does the
 * alert's window for another quarter of an hour.
 */
const REREAD_SECONDS = 1800;
/** How far metrics that are kept elsewhere may be behind, in seconds: a few failed attempts. */
const BEHIND_SECONDS = 300;
export const DAY = 86_400;
/** Less than a third of Let's Encrypt's 45 days (from 2028 on), at which cert-manager renews. */
export const CERTIFICATE_DAYS = 14;
/** The longest window after which a request no longer counts for an alert that is still going on. */
const AFTER_MAINTENANCE = "30m";

/**
 * The product's routers, as Traefik names them: <namespace>-<Ingress>-<host>-<path>@kubernetes. "refused" and
 * "refused-pages" take over with a 503 from one that lacks a middleware. Not /metrics, which answers 503 on purpose.
 */
export const ROUTER = routers("(api|health|web|files|refused)");
/** Judged apart: a page has dozens of files, among which a failing /api would be lost. */
const FILES = routers("files");
const ANSWERS = routers("(api|health|web|refused)");
export const PAGES = routers("web");
export const API = routers("api");

function routers(ingress: string): string {
  return `${NAMESPACE}-${PART_OF}-${ingress}-.+@kubernetes`;
}

/** The share of requests that failed; 499 is a client that left. */
export function failedShare(window: string, router = ROUTER): string {
  const requests = (code: string) =>
    `sum(rate(traefik_router_requests_total{router=~"${router}",code${code}}[${window}]))`;
  return `${requests('=~"5.."')} / ${requests('!="499"')}`;
}

/** Alerts of an environment, in the order that a person on call would want. */
export function alertsOf(environment: Environment): Rule[] {
  const scraped = scrapedServices(environment);
  const all: readonly Alert[] = [
    ...requests(),
    ...streams(),
    ...(scraped.length > 0 ? fromTheApp() : []),
    ...pods(),
    ...credentials(),
    ...(environment.observability.logs.kind === "none" ? [] : logs()),
    ...monitoring(environment),
    ...(environment.observability.metrics.kind === "remote-write" ? metricsElsewhere() : []),
  ];
  return [...always(environment), ...all.map((alert) => ruleOf(environment, alert))];
}

function ruleOf(environment: Environment, alert: Alert): Rule {
  const { name, expr, felt = false, severity = "ticket", runbook, summary, description } = alert;
  return {
    alert: name,
    expr,
    ...(alert.for === undefined ? {} : { for: alert.for }),
    labels: { severity, felt_by: felt ? "users" : "operators" },
    annotations: { summary, description, runbook_url: runbookLink(runbook, environment) },
  };
}

/** Alerts that inform Alertmanager, and nobody else. */
function always({ traffic }: Environment): Rule[] {
  const rule = (alert: string, expr: string, summary: string, labels: Rule["labels"] = {}): Rule => ({
    alert,
    expr,
    labels: { severity: "none", ...labels },
    annotations: { summary },
  });
  const maintained = `ALERTS{alertname="${MAINTENANCE_ALERT}",alertstate="firing",phase="on"}`;
  return [
    rule(WATCHDOG_ALERT, "vector(1)", "Always fires: if CloudWatch doesn't receive it, alerts can't arrive."),
    traffic.maintenance.enabled
      ? rule(
          MAINTENANCE_ALERT,
          "vector(1)",
          "The product is in maintenance on purpose: alerts that affect users are not mailed.",
          { phase: "on" },
        )
      : rule(
          MAINTENANCE_ALERT,
          `max(max_over_time(${maintained}[${AFTER_MAINTENANCE}]))`,
          "The product was in maintenance: the 503 of that time still count, and are not mailed.",
          { phase: "after" },
        ),
  ];
}

/** By burn rate of the monthly error budget, over a long window, and a short one so that the alert ends soon after. */
function requests(): Alert[] {
  const budget = 1 - OBJECTIVE;
  const burning = (times: number, long: string, short: string) =>
    [ANSWERS, FILES]
      .map((router) => {
        const over = (window: string) =>
          `(${failedShare(window, router)}) > ${Number((times * budget).toFixed(4))}`;
        return `${over(long)} and ${over(short)} and ${enough("traefik_router_requests_total", router, long)}`;
      })
      .join(" or ");
  const slow = (window: string) => {
    const pages = `router=~"${PAGES}",protocol="http"`;
    const fast = `traefik_router_request_duration_seconds_bucket{${pages},le=~"${SLOW_PAGE_SECONDS}(.0)?"}`;
    return `1 - sum(rate(${fast}[${window}])) / sum(rate(traefik_router_request_duration_seconds_count{${pages}}[${window}]))`;
  };
  return [
    {
      name: "WbotRequestsFail",
      expr: burning(14.4, "1h", "5m"),
      felt: true,
      severity: "page",
      runbook: "product-down",
      summary: "Many requests fail",
      description: `{{ $value | humanizePercentage }} of requests got a 5xx in the last hour: at this rate the monthly error budget is used up in two days.`,
    },
    {
      name: "WbotRequestsFailSlowly",
      expr: burning(3, "6h", "30m"),
      for: "15m",
      felt: true,
      runbook: "product-down",
      summary: "Some requests have been failing for hours",
      description: `{{ $value | humanizePercentage }} of requests got a 5xx in the last six hours: at this rate the monthly error budget is used up in ten days.`,
    },
    {
      name: "WbotPagesSlow",
      expr: `(${slow("1h")}) > 0.1 and (${slow("5m")}) > 0.1 and ${enough("traefik_router_requests_total", PAGES, "1h")}`,
      for: "10m",
      felt: true,
      runbook: "product-down",
      summary: "Pages are slow",
      description: `{{ $value | humanizePercentage }} of pages took longer than ${SLOW_PAGE_SECONDS} s in the last hour.`,
    },
  ];
}

/** Whether there were enough requests to judge them. @param window in hours, such as "6h" */
function enough(metric: string, router: string, window: string, least = FEWEST_REQUESTS): string {
  const hours = Number.parseInt(window, 10);
  return `sum(increase(${metric}{router=~"${router}"}[${window}])) > ${least * hours}`;
}

/** Longest that streams usually last. Longer ones count as cut while they become more. */
const LONGEST_STREAM = "30m";

/**
 * Requests to /api that began in an hour: of the hours that ended within LONGEST_STREAM, the one with the fewest. At least as
 * many end in the last hour if none is cut, however the load has changed. Compared with those that began in the last hour, what
 * a growing load has opened would count as cut.
 */
const BEGAN = `min_over_time(sum(increase(traefik_router_requests_tls_total{router=~"${API}"}[1h]))[${LONGEST_STREAM}:5m])`;

/**
 * Traefik counts a TLS request when it begins, and again when it ends normally. A stream whose client leaves or whose pod
 * dies is never counted the second time.
 */
export const CUT_STREAMS = `clamp_min(${BEGAN} - sum(increase(traefik_router_requests_total{router=~"${API}"}[1h])), 0)`;

function streams(): Alert[] {
  return [
    {
      name: "WbotStreamsCut",
      expr: `${CUT_STREAMS} / ${BEGAN} > 0.2 and ${BEGAN} > ${FEWEST_API_REQUESTS}`,
      for: "10m",
      felt: true,
      runbook: "streams-cut",
      summary: "Streams end in the middle",
      description: `{{ $value | humanizePercentage }} of the requests to /api that should have ended in the last hour didn't: their clients left, or their pods died. A growing load doesn't count, unless streams last longer than ${LONGEST_STREAM}.`,
    },
  ];
}

/** What only the app knows: see docs/observability.md. */
function fromTheApp(): Alert[] {
  const all = "sum(increase(wbot_streams_total[1h]))";
  const first = "gen_ai_client_operation_time_to_first_chunk_seconds";
  return [
    {
      name: "WbotStreamsFail",
      expr: `sum(increase(wbot_streams_total{outcome="error"}[1h])) / ${all} > 0.05 and ${all} > ${FEWEST_STREAMS}`,
      for: "5m",
      felt: true,
      severity: "page",
      runbook: "streams-cut",
      summary: "Streams fail",
      description: "{{ $value | humanizePercentage }} of streams ended with an error in the last hour.",
    },
    {
      name: "WbotAnswersSlow",
      expr: `histogram_quantile(0.9, sum by (le) (rate(${first}_bucket[15m]))) > ${SLOW_ANSWER_SECONDS} and sum(increase(${first}_count[1h])) > ${FEWEST_STREAMS}`,
      for: "10m",
      felt: true,
      runbook: "streams-cut",
      summary: "Responses are slow to start",
      description: `One response in ten takes longer than {{ $value | humanizeDuration }} to start: the model provider is slow, or the pods are.`,
    },
    {
      name: "WbotAppMetricsMissing",
      expr: `absent(wbot_streams_total) and on () ${enough("traefik_router_requests_total", API, "1h")}`,
      for: "30m",
      runbook: "metrics-missing",
      summary: "The app exports no metrics",
      description:
        "Requests arrive, but wbot_streams_total is missing: failing streams would not be noticed.",
    },
  ];
}

/**
 * A gauge without its gaps: after a failed scrape, or while an exporter's pod is replaced, an alert must neither end nor
 * start over. For the same reason alerts are by object, whichever pod reported it.
 */
function steady(series: string): string {
  return `last_over_time(${series}[5m])`;
}

function pods(): Alert[] {
  const each = (by: string, series: string) => `max by (${by}) (${steady(series)})`;
  const ours = `namespace="${NAMESPACE}"`;
  const deployment = (what: string) => each("deployment", `kube_deployment_${what}{${ours}}`);
  const autoscaler = (what: string) =>
    each("horizontalpodautoscaler", `kube_horizontalpodautoscaler_${what}{${ours}}`);
  const quota = (type: string) => each("resource", `kube_resourcequota{${ours},type="${type}"}`);
  const container = (series: string) => `max by (namespace, pod, container) (${series})`;
  const replicated = (kind: string, wanted: string, available: string) =>
    `${each(`namespace, ${kind}`, wanted)} - ${each(`namespace, ${kind}`, available)} > 0`;
  const others = `namespace!="${NAMESPACE}"`;
  const missing = [
    replicated(
      "deployment",
      `kube_deployment_spec_replicas{${others}}`,
      `kube_deployment_status_replicas_available{${others}}`,
    ),
    replicated("statefulset", "kube_statefulset_replicas", "kube_statefulset_status_replicas_available"),
    `${each("namespace, daemonset", "kube_daemonset_status_number_unavailable")} > 0`,
  ];
  // One of the three; Prometheus writes nothing for a label that isn't there.
  const workload = "{{ $labels.deployment }}{{ $labels.statefulset }}{{ $labels.daemonset }}";
  const crashing = `max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m])`;
  return [
    {
      name: "WbotPodsNotReady",
      expr: `${deployment("spec_replicas")} - ${deployment("status_replicas_available")} > 0`,
      for: "15m",
      felt: true,
      severity: "page",
      runbook: "pods-not-ready",
      summary: "Pods of {{ $labels.deployment }} are not ready",
      description: "{{ $value }} pods of {{ $labels.deployment }} have been missing for 15 minutes.",
    },
    {
      name: "WbotPlatformPodsNotReady",
      expr: missing.join(" or "),
      for: "15m",
      runbook: "pods-not-ready",
      summary: `Pods of ${workload} are not ready`,
      description: `{{ $value }} pods of ${workload}, namespace {{ $labels.namespace }}, have been missing for 15 minutes: losing another may be felt.`,
    },
    {
      name: "WbotCrashLoop",
      expr: `${container(crashing)} > 0 or ${container("increase(kube_pod_container_status_restarts_total[30m])")} > 3`,
      // A pod that is gone still counts for five minutes. This is twice as long.
      for: "10m",
      runbook: "pods-not-ready",
      summary: "{{ $labels.container }} keeps crashing",
      description: "Pod {{ $labels.pod }} of namespace {{ $labels.namespace }} doesn't stay up.",
    },
    {
      name: "WbotAutoscalerAtMaximum",
      // Not where replicas.min is replicas.max: there it never grows.
      expr: `${autoscaler("status_current_replicas")} >= (${autoscaler("spec_max_replicas")} > ${autoscaler("spec_min_replicas")})`,
      for: "15m",
      runbook: "pods-not-ready",
      summary: "{{ $labels.horizontalpodautoscaler }} can't grow further",
      description: "It has been at replicas.max for 15 minutes.",
    },
    {
      name: "WbotQuotaNearlyUsed",
      expr: `${quota("used")} / ${quota("hard")} > 0.9`,
      for: "30m",
      runbook: "pods-not-ready",
      summary: "The quota of {{ $labels.resource }} is nearly used",
      description: "{{ $value | humanizePercentage }} of it is used: a rollout would not fit.",
    },
    {
      name: "WbotNodeNotReady",
      expr: `${each("node", 'kube_node_status_condition{condition="Ready",status="true"}')} == 0`,
      // As above: a node that was taken away pages nobody.
      for: "10m",
      severity: "page",
      runbook: "zone-lost",
      summary: "Node {{ $labels.node }} is not ready",
      description: "Its pods are rescheduled within minutes; if it isn't the only one, a zone may be lost.",
    },
    {
      name: "WbotPodsUnschedulable",
      // Not by the autoscaler's own count, which stays as it was while the autoscaler fails.
      expr: `${each("namespace, pod", "kube_pod_status_unschedulable")} > 0`,
      // Ten minutes of waiting, and the five for which what is over still counts.
      for: "15m",
      severity: "page",
      runbook: "node-group-stuck",
      summary: "Pod {{ $labels.pod }} waits for a node that doesn't start",
      description: "No node of the cluster has taken this pod of namespace {{ $labels.namespace }}.",
    },
  ];
}

function credentials(): Alert[] {
  const byName = (aggregate: "min" | "max", series: string) =>
    `${aggregate} by (namespace, name) (${steady(series)})`;
  const ends = byName("min", "certmanager_certificate_expiration_timestamp_seconds");
  const unready = byName("max", 'certmanager_certificate_ready_status{condition="False"}');
  return [
    {
      name: "WbotCertificateExpires",
      expr: `${ends} - time() < ${CERTIFICATE_DAYS * DAY} or ${unready} == 1`,
      for: "1h",
      runbook: "certificate",
      summary: "Certificate {{ $labels.name }} isn't renewed",
      description: `It isn't ready, or expires in less than ${CERTIFICATE_DAYS} days: renewal is due when a third of its lifetime is left.`,
    },
    {
      name: "WbotSecretNotSynced",
      expr: `${byName("max", 'externalsecret_status_condition{condition="Ready",status="False"}')} == 1`,
      for: "15m",
      runbook: "secret",
      summary: "Secret {{ $labels.name }} isn't kept up to date",
      description: "External Secrets can't read it from Secrets Manager: a new value won't arrive.",
    },
  ];
}

/**
 * Alloy counts lines that it drops, because they were refused or too long in its queue, and those that the store took, by the
 * kind of store. Some pod always logs, such as the cluster autoscaler.
 */
function logs(): Alert[] {
  const gain = (counter: string) => `sum(increase(${counter}[15m]))`;
  const sent = `${gain("otelcol_exporter_sent_log_records_total")} or ${gain("loki_write_sent_entries_total")}`;
  const rereading = `time() - max(process_start_time_seconds{job="alloy"}) < ${REREAD_SECONDS}`;
  return [
    {
      name: "WbotLogsNotSent",
      // A count of failures begins with the first: only the second is an increase.
      expr: [
        `${gain("otelcol_exporter_send_failed_log_records_total")} > 0`,
        `${gain("loki_write_dropped_entries_total")} > 0 unless ${rereading}`,
        `absent((${sent}) > 0)`,
      ].join(" or "),
      for: "5m",
      runbook: "metrics-missing",
      summary: "Logs of the pods don't arrive",
      description: "In the last 15 minutes Alloy dropped lines, or its log store took none.",
    },
  ];
}

/** Besides what is down, what isn't found at all: it has no `up`. */
function monitoring(environment: Environment): Alert[] {
  const jobs = [...scrapesOf(environment).map(({ job }) => job), "kube-state-metrics", "kubelet"];
  return [
    {
      name: "WbotTargetDown",
      expr: ["up == 0", ...jobs.map((job) => `absent(up{job="${job}"})`)].join(" or "),
      for: "15m",
      runbook: "metrics-missing",
      summary: "{{ $labels.job }} can't be scraped",
      description:
        "Prometheus gets no metrics from {{ with $labels.instance }}{{ . }}{{ else }}any of its pods{{ end }}: alerts about it can't fire.",
    },
  ];
}

/**
 * Prometheus counts samples that are refused, and drops them. It sends the others again until they are taken, and counts them
 * as sent each time: only the age of the newest one that it is done with shows that it is stuck.
 */
function metricsElsewhere(): Alert[] {
  const newest = steady("prometheus_remote_storage_queue_highest_sent_timestamp_seconds");
  return [
    {
      name: "WbotMetricsNotSent",
      expr: [
        "sum(increase(prometheus_remote_storage_samples_failed_total[15m])) > 0",
        `time() - max(${newest}) > ${BEHIND_SECONDS}`,
        `absent(${newest})`,
      ].join(" or "),
      // One refusal counts for less than its window.
      for: "15m",
      runbook: "metrics-missing",
      summary: "Metrics don't arrive where they are kept",
      description: "For 15 minutes, the endpoint of observability.metrics has refused samples or taken none.",
    },
  ];
}
