import { z } from "zod";
import { address, group, list, oneOf, optionalGroup, retention, text, whole } from "./schema-fields";
import { SERVICE_KEYS, type ServiceKey } from "./services";

/** The base address of an OTLP endpoint by HTTP, to which `/v1/logs` or `/v1/traces` is appended. */
const otlpEndpoint = () =>
  address(
    /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?((?!\/v1\/(logs|traces)$)\/[\w.~-]+)*$/,
    'the base URL of an OTLP endpoint (HTTPS), without /v1/logs or /v1/traces, such as "https://otlp.example.com" or "https://otlp.example.com:4318/otlp"',
  );

const scraped = () =>
  list(oneOf(SERVICE_KEYS as [ServiceKey, ...ServiceKey[]]), 0, SERVICE_KEYS.length, "services")
    .default([])
    .describe("Services that export metrics at /metrics: see docs/observability.md");

const PERCENT = "a number of percent above 0 and up to 100";

export const observability = optionalGroup({
  metrics: z
    .discriminatedUnion(
      "kind",
      [
        group({ kind: z.literal("none") }),
        group({
          kind: z.literal("in-cluster"),
          replicas: whole(1, 2, "pods")
            .default(1)
            .describe(
              "Prometheus pods, each with all metrics; the second runs in another zone (without a volume, only if there is room)",
            ),
          retentionDays: whole(1, 90, "days").default(3).describe("Retention of metrics (days)"),
          volumeGiB: whole(5, 1000, "GiB")
            .optional()
            .describe(
              "Volume of each Prometheus, gp3, encrypted (GiB). Changing the size starts with empty volumes. Default: none; metrics are lost with the pod",
            ),
          scrape: scraped(),
        }),
        group({
          kind: z.literal("remote-write"),
          url: address(
            /^https:\/\/[a-z0-9][a-z0-9.-]*(:\d{1,5})?\/[\w./~%-]*$/,
            'an https URL of a remote-write endpoint, such as "https://prometheus.example.com/api/v1/write"',
          ).describe(
            "Where metrics are stored. Amazon Managed Prometheus authenticates with IAM, any other endpoint with METRICS_PASSWORD from the app secret",
          ),
          username: text(/^[\x21-\x7e]{1,200}$/, "one word")
            .optional()
            .describe("User name for that endpoint. Default: METRICS_PASSWORD is a bearer token"),
          scrape: scraped(),
        }),
      ],
      { error: 'kind "none", "in-cluster", or "remote-write" with a url' },
    )
    .default({ kind: "none" })
    .describe(
      "Metrics, alerts and dashboards: none; Prometheus, Alertmanager and Grafana in the cluster; or the same without Grafana, with metrics stored elsewhere",
    ),
  logs: z
    .discriminatedUnion(
      "kind",
      [
        group({ kind: z.literal("none") }),
        group({
          kind: z.literal("cloudwatch"),
          retentionDays: retention()
            .default(30)
            .describe("Retention of the pods' logs, which contain clients' addresses (days)"),
        }),
        group({
          kind: z.literal("loki"),
          retentionDays: whole(1, 3650, "days")
            .default(30)
            .describe(
              "Retention of the pods' logs, which contain clients' addresses, in Loki's bucket (days)",
            ),
        }),
        group({
          kind: z.literal("otlp"),
          endpoint: otlpEndpoint().describe(
            "Base URL of the vendor's OTLP endpoint (HTTPS); `/v1/logs` is appended",
          ),
          header: text(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'the name of an HTTP header, such as "api-key"')
            .default("Authorization")
            .describe("Header that carries OTLP_LOGS_KEY, a key of the app secret"),
        }),
      ],
      { error: 'kind "none", "cloudwatch", "loki", or "otlp" with an endpoint' },
    )
    .default({ kind: "none" })
    .describe(
      "Where the pods' logs are sent: nowhere (`kubectl logs` shows what the nodes still have), CloudWatch, a Loki in the cluster on S3, or a vendor's OTLP endpoint",
    ),
  traces: z
    .discriminatedUnion(
      "kind",
      [
        group({ kind: z.literal("none") }),
        group({
          kind: z.literal("otlp"),
          endpoint: otlpEndpoint().describe(
            "Base URL of the vendor's OTLP endpoint (HTTPS); SDKs append `/v1/traces`. Needs OTEL_EXPORTER_OTLP_HEADERS in the app secret",
          ),
          samplePercent: z
            .number({ error: PERCENT })
            .gt(0, { error: PERCENT })
            .max(100, { error: PERCENT })
            .default(100)
            .describe("Share of requests that are traced (percent), unless the caller has already decided"),
        }),
      ],
      { error: 'kind "none", or "otlp" with an endpoint' },
    )
    .default({ kind: "none" })
    .describe("Where the backend sends its OpenTelemetry traces, in addition to LangSmith"),
});
