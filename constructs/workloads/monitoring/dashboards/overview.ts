import type { Environment } from "../../../../environments";
import { NAMESPACE } from "../../../../environments/names";
import { scrapedServices } from "../../../../environments/schema";
import { API, CERTIFICATE_DAYS, CUT_STREAMS, DAY, failedShare, OBJECTIVE, PAGES, ROUTER } from "../rules";
import { dashboard, graph, stat } from "./panels";

/** What users experience, at a glance: numbers first, then graphs that show since when. */
export function overview(environment: Environment) {
  const ours = `namespace="${NAMESPACE}"`;
  return dashboard("wbot-overview", "wbot: what users experience", [
    stat({
      title: "Requests that fail",
      about: "Share of 5xx in the last hour. Red: more than the objective allows. Runbook: product-down.",
      unit: "percentunit",
      expr: failedShare("1h"),
      bad: 1 - OBJECTIVE,
    }),
    stat({
      title: "Alerts",
      about: "Firing now, except the one that always does.",
      unit: "short",
      expr: 'count(ALERTS{alertstate="firing",severity=~"page|ticket"}) or vector(0)',
      bad: 1,
    }),
    stat({
      title: "Pods missing",
      about: "Of all services. Runbook: pods-not-ready.",
      unit: "short",
      expr: `sum(kube_deployment_spec_replicas{${ours}} - kube_deployment_status_replicas_available{${ours}})`,
      bad: 1,
    }),
    stat({
      title: "Certificate ends in",
      about: `Renewed when a third of its lifetime is left. Red: less than ${CERTIFICATE_DAYS} days. Runbook: certificate.`,
      unit: "s",
      expr: `min(certmanager_certificate_expiration_timestamp_seconds{${ours}}) - time()`,
      bad: CERTIFICATE_DAYS * DAY,
      low: true,
    }),
    graph({
      title: "Requests by answer",
      about: "At Traefik, by class of status code. None at all is an outage too.",
      unit: "reqps",
      queries: [
        {
          expr: `sum by (class) (label_replace(rate(traefik_router_requests_total{router=~"${ROUTER}"}[$__rate_interval]), "class", "\${1}xx", "code", "(.).."))`,
          legend: "{{class}}",
        },
      ],
    }),
    graph({
      title: "How long pages take",
      about: "Of what isn't a stream.",
      unit: "s",
      queries: [0.5, 0.95].map((share) => ({
        expr: `histogram_quantile(${share}, sum by (le) (rate(traefik_router_request_duration_seconds_bucket{router=~"${PAGES}",protocol="http"}[$__rate_interval])))`,
        legend: `${share * 100} of 100 are faster`,
      })),
    }),
    graph({
      title: "Requests to /api that didn't end",
      about:
        "In the last hour: streams whose client left or whose pod died, and long ones that have become more. Runbook: streams-cut.",
      unit: "short",
      queries: [
        { expr: CUT_STREAMS, legend: "not ended" },
        {
          expr: `sum(increase(traefik_router_requests_tls_total{router=~"${API}"}[1h]))`,
          legend: "begun",
        },
      ],
    }),
    graph({
      title: "Pods",
      about: "Of each service: running, and the most that its autoscaler may start.",
      unit: "short",
      queries: [
        {
          expr: `kube_horizontalpodautoscaler_status_current_replicas{${ours}}`,
          legend: "{{horizontalpodautoscaler}}",
        },
        {
          expr: `kube_horizontalpodautoscaler_spec_max_replicas{${ours}}`,
          legend: "{{horizontalpodautoscaler}}, at most",
        },
      ],
    }),
    ...(scrapedServices(environment).length > 0 ? fromTheApp() : []),
  ]);
}

/** See docs/observability.md. */
function fromTheApp() {
  const first = "gen_ai_client_operation_time_to_first_chunk_seconds_bucket";
  return [
    graph({
      title: "Streams open",
      about: "Requests in progress, as the app counts them.",
      unit: "short",
      queries: [{ expr: "sum by (pod) (http_server_active_requests)", legend: "{{pod}}" }],
    }),
    graph({
      title: "How streams end",
      about: "done; left: the client disconnected; error: failed.",
      unit: "reqps",
      queries: [
        {
          expr: "sum by (outcome) (rate(wbot_streams_total[$__rate_interval]))",
          legend: "{{outcome}}",
        },
      ],
    }),
    graph({
      title: "How long responses take to start",
      about: "From the model's provider, as the app measures it.",
      unit: "s",
      queries: [0.5, 0.9].map((share) => ({
        expr: `histogram_quantile(${share}, sum by (le) (rate(${first}[$__rate_interval])))`,
        legend: `${share * 100} of 100 are faster`,
      })),
    }),
    graph({
      title: "Tokens",
      about: "Per second, by kind: what the providers bill.",
      unit: "short",
      queries: [
        {
          expr: "sum by (gen_ai_token_type) (rate(gen_ai_client_token_usage_sum[$__rate_interval]))",
          legend: "{{gen_ai_token_type}}",
        },
      ],
    }),
  ];
}
