import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { LOG_EXPRESSIONS } from "../../environments/secret-shapes";
import { alloyText, Reference, type Block, type Value } from "./alloy-syntax";

const REDACTED = "[redacted]";

/** Where Alloy reads the vendor's key: a file, so that a new one needs no restart. */
export const OTLP_KEY = { folder: "/etc/otlp", file: "key" };

/**
 * Older lines are dropped. When its pod is replaced, Alloy forgets what it has read, and reads everything again that the
 * nodes still have. Also how long an endpoint may be down before lines are lost.
 */
const OLDEST = "1h";
/** Bytes of a request before compression: CloudWatch and New Relic refuse more than 1 MB. */
const BATCH_BYTES = { min: 100_000, max: 800_000 };
const FLUSH = "5s";

/** Labels of a line, from its pod's metadata. */
const LABELS = {
  namespace: "__meta_kubernetes_namespace",
  pod: "__meta_kubernetes_pod_name",
  container: "__meta_kubernetes_pod_container_name",
  app: "__meta_kubernetes_pod_label_app_kubernetes_io_name",
} as const;
/** A line's own level, if it is JSON and has one. */
const LEVEL = "level";

/** OpenTelemetry's names for the labels, as resource attributes. */
const RESOURCE: Readonly<Record<keyof typeof LABELS, string>> = {
  namespace: "k8s.namespace.name",
  pod: "k8s.pod.name",
  container: "k8s.container.name",
  app: "service.name",
};

/** @see https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES = {
  DEBUG: "trace|debug",
  INFO: "info|notice",
  WARN: "warn",
  ERROR: "err|fatal|crit|panic|alert|emerg",
};

/** Alloy's configuration: logs are read through the Kubernetes API, redacted, parsed, and sent to the environment's store. */
export function logPipeline(environment: Environment, own: string, loki: string): string {
  const { logs } = environment.observability;
  return alloyText([...source(own), ...(logs.kind === "loki" ? toLoki(loki) : toOtlp(environment))]);
}

function component(
  name: string,
  attributes: Readonly<Record<string, Value>>,
  blocks: readonly Block[] = [],
): Block {
  return { name, label: "pods", attributes, blocks };
}

/** Every container of every pod, except in Alloy's namespace: it would send itself its own errors. */
function source(own: string): Block[] {
  const rule = (attributes: Readonly<Record<string, Value>>): Block => ({ name: "rule", attributes });
  return [
    component("discovery.kubernetes", { role: "pod" }),
    component("discovery.relabel", { targets: new Reference("discovery.kubernetes.pods.targets") }, [
      rule({ source_labels: [LABELS.namespace], regex: own, action: "drop" }),
      ...Object.entries(LABELS).map(([label, from]) => rule({ source_labels: [from], target_label: label })),
    ]),
    component("loki.source.kubernetes", {
      targets: new Reference("discovery.relabel.pods.output"),
      forward_to: [new Reference("loki.process.pods.receiver")],
    }),
  ];
}

/** Redaction comes first, on the whole line: whatever is extracted later is clean. */
function processing(next: string): Block {
  const stage = (name: string, attributes: Readonly<Record<string, Value>>): Block => ({
    name: `stage.${name}`,
    attributes,
  });
  return component("loki.process", { forward_to: [new Reference(next)] }, [
    stage("drop", { older_than: OLDEST, drop_counter_reason: "too_old" }),
    ...LOG_EXPRESSIONS.map((expression) => stage("replace", { expression, replace: REDACTED })),
    stage("json", { expressions: { [LEVEL]: "level || severity" } }),
    stage("labels", { values: { [LEVEL]: "" } }),
    stage("label_keep", { values: [...Object.keys(LABELS), LEVEL] }),
  ]);
}

function toLoki(url: string): Block[] {
  return [
    processing("loki.write.pods.receiver"),
    component("loki.write", {}, [
      { name: "endpoint", attributes: { url, max_backoff_period: "30s", max_backoff_retries: 120 } },
    ]),
  ];
}

function toOtlp(environment: Environment): Block[] {
  const { auth, client } = otlpEndpoint(environment);
  return [
    processing("otelcol.receiver.loki.pods.receiver"),
    component("otelcol.receiver.loki", {}, [output("otelcol.processor.transform.pods.input")]),
    component("otelcol.processor.transform", { error_mode: "ignore" }, [
      { name: "log_statements", attributes: { context: "log", statements: otlpStatements(environment) } },
      output("otelcol.exporter.otlphttp.pods.input"),
    ]),
    ...auth,
    component("otelcol.exporter.otlphttp", {}, [
      { name: "client", attributes: client },
      { name: "retry_on_failure", attributes: { max_elapsed_time: OLDEST } },
      {
        name: "sending_queue",
        // A full queue stops reading instead of dropping lines.
        attributes: { sizer: "bytes", queue_size: 32 * BATCH_BYTES.max, block_on_overflow: true },
        blocks: [
          {
            name: "batch",
            attributes: {
              sizer: "bytes",
              min_size: BATCH_BYTES.min,
              max_size: BATCH_BYTES.max,
              flush_timeout: FLUSH,
            },
          },
        ],
      },
    ]),
  ];
}

function output(next: string): Block {
  return { name: "output", attributes: { logs: [new Reference(next)] } };
}

/** Where lines are sent, and how Alloy authenticates. */
function otlpEndpoint(environment: Environment): {
  readonly auth: readonly Block[];
  readonly client: Readonly<Record<string, Value>>;
} {
  const { region, emulator, observability } = environment;
  const { logs } = observability;
  if (logs.kind === "otlp")
    return {
      auth: [
        {
          name: "local.file",
          label: "key",
          attributes: { filename: `${OTLP_KEY.folder}/${OTLP_KEY.file}`, is_secret: true },
        },
        component("otelcol.auth.headers", {}, [
          {
            name: "header",
            attributes: { key: logs.header, value: new Reference("local.file.key.content") },
          },
        ]),
      ],
      client: { endpoint: logs.endpoint, auth: new Reference("otelcol.auth.headers.pods.handler") },
    };
  const { group, stream } = namesOf(environment).podLogs;
  return {
    auth: [component("otelcol.auth.sigv4", { region, service: "logs" })],
    client: {
      endpoint: emulator?.endpoint ?? `https://logs.${region}.amazonaws.com`,
      auth: new Reference("otelcol.auth.sigv4.pods.handler"),
      headers: { "x-aws-log-group": group, "x-aws-log-stream": stream },
    },
  };
}

/**
 * OTTL statements: labels become OpenTelemetry's attributes, and JSON becomes fields.
 *
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/ottl
 */
export function otlpStatements(environment: Environment): string[] {
  const set = (target: string, value: string) => `set(${target}, ${value})`;
  const resource = (name: string) => `resource.attributes[${JSON.stringify(name)}]`;
  return [
    ...Object.entries(RESOURCE).map(([label, name]) => set(resource(name), `attributes["${label}"]`)),
    set(resource("k8s.cluster.name"), JSON.stringify(namesOf(environment).cluster)),
    set(resource("deployment.environment.name"), JSON.stringify(environment.name)),
    set("severity_text", `attributes["${LEVEL}"]`),
    ...Object.entries(SEVERITIES).map(
      ([severity, levels]) =>
        `${set("severity_number", `SEVERITY_NUMBER_${severity}`)} where IsMatch(severity_text, "(?i)^(${levels})")`,
    ),
    // The last is the receiver's list of which attributes were labels.
    ...[...Object.keys(LABELS), LEVEL, "loki.attribute.labels"].map(
      (key) => `delete_key(attributes, "${key}")`,
    ),
    'set(body, ParseJSON(body)) where IsMatch(body, "^[{]")',
    // Whatever else is called so would be refused, with a warning for each line.
    'set(trace_id.string, body["trace_id"]) where IsMap(body) and IsMatch(body["trace_id"], "^[0-9a-f]{32}$")',
    'set(span_id.string, body["span_id"]) where IsMap(body) and IsMatch(body["span_id"], "^[0-9a-f]{16}$")',
  ];
}
