import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { LOG_EXPRESSIONS } from "../../environments/secret-shapes";
import { LOKI } from "./loki";

/** Where Alloy reads the vendor's key: a file, so that a new one needs no restart. */
export const OTLP_KEY = { folder: "/etc/otlp", file: "key" };

/**
 * Older lines are dropped. When its pod is replaced, Alloy forgets what it has read, and reads everything again that the
 * nodes still have. Also how long an endpoint may be down before lines are lost.
 */
const OLDEST = "1h";
/** Bytes of a request before compression: CloudWatch and New Relic refuse more than 1 MB. */
const BATCH_BYTES = { min: 100_000, max: 800_000 };

/** Labels of a line, and OpenTelemetry's names for them, as resource attributes. */
const LABELS = {
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

/**
 * Alloy's configuration: logs are read through the Kubernetes API, redacted, parsed, and sent to the environment's store.
 *
 * @see https://grafana.com/docs/alloy/latest/reference/components/
 */
export function logPipeline(environment: Environment, ownNamespace: string): string {
  const { logs } = environment.observability;
  return source(ownNamespace) + (logs.kind === "loki" ? toLoki() : toOtlp(environment));
}

/** Alloy's strings are escaped like JSON's. */
const quoted = (text: string) => JSON.stringify(text);

/** Every container of every pod, except in Alloy's namespace: it would send itself its own errors. */
function source(ownNamespace: string): string {
  return `discovery.kubernetes "pods" {
  role = "pod"
}

discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    regex = ${quoted(ownNamespace)}
    action = "drop"
  }
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label = "pod"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label = "container"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_name"]
    target_label = "app"
  }
}

loki.source.kubernetes "pods" {
  targets = discovery.relabel.pods.output
  forward_to = [loki.process.pods.receiver]
}

`;
}

/** Redaction comes first, on the whole line: whatever is extracted later is clean. */
function processing(next: string): string {
  const redactions = LOG_EXPRESSIONS.map(
    (expression) => `  stage.replace {
    expression = ${quoted(expression)}
    replace = "[redacted]"
  }
`,
  );
  return `loki.process "pods" {
  forward_to = [${next}]
  stage.drop {
    older_than = "${OLDEST}"
    drop_counter_reason = "too_old"
  }
${redactions.join("")}  stage.json {
    expressions = { "level" = "level || severity" }
  }
  stage.labels {
    values = { "level" = "" }
  }
  stage.label_keep {
    values = ["namespace", "pod", "container", "app", "level"]
  }
}

`;
}

function toLoki(): string {
  return `${processing("loki.write.pods.receiver")}loki.write "pods" {
  endpoint {
    url = ${quoted(`${LOKI.url}/loki/api/v1/push`)}
    max_backoff_period = "30s"
    max_backoff_retries = 120
  }
}
`;
}

/** A full queue stops reading instead of dropping lines. */
function toOtlp(environment: Environment): string {
  const { auth, client } = otlpEndpoint(environment);
  const statements = otlpStatements(environment).map((statement) => `      ${quoted(statement)},\n`);
  return `${processing("otelcol.receiver.loki.pods.receiver")}otelcol.receiver.loki "pods" {
  output {
    logs = [otelcol.processor.transform.pods.input]
  }
}

otelcol.processor.transform "pods" {
  error_mode = "ignore"
  log_statements {
    context = "log"
    statements = [
${statements.join("")}    ]
  }
  output {
    logs = [otelcol.exporter.otlphttp.pods.input]
  }
}

${auth}
otelcol.exporter.otlphttp "pods" {
  client {
${client}  }
  retry_on_failure {
    max_elapsed_time = "${OLDEST}"
  }
  sending_queue {
    sizer = "bytes"
    queue_size = ${32 * BATCH_BYTES.max}
    block_on_overflow = true
    batch {
      sizer = "bytes"
      min_size = ${BATCH_BYTES.min}
      max_size = ${BATCH_BYTES.max}
      flush_timeout = "5s"
    }
  }
}
`;
}

/** Where lines are sent, and how Alloy authenticates. */
function otlpEndpoint(environment: Environment): { readonly auth: string; readonly client: string } {
  const { region, emulator, observability } = environment;
  const { logs } = observability;
  if (logs.kind === "otlp")
    return {
      auth: `local.file "key" {
  filename = "${OTLP_KEY.folder}/${OTLP_KEY.file}"
  is_secret = true
}

otelcol.auth.headers "pods" {
  header {
    key = ${quoted(logs.header)}
    value = local.file.key.content
  }
}
`,
      client: `    endpoint = ${quoted(logs.endpoint)}
    auth = otelcol.auth.headers.pods.handler
`,
    };
  const { group, stream } = namesOf(environment).podLogs;
  return {
    auth: `otelcol.auth.sigv4 "pods" {
  region = "${region}"
  service = "logs"
}
`,
    client: `    endpoint = ${quoted(emulator?.endpoint ?? `https://logs.${region}.amazonaws.com`)}
    auth = otelcol.auth.sigv4.pods.handler
    headers = { "x-aws-log-group" = "${group}", "x-aws-log-stream" = "${stream}" }
`,
  };
}

/**
 * OTTL statements: labels become OpenTelemetry's attributes, and JSON becomes fields.
 *
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/ottl
 */
function otlpStatements(environment: Environment): string[] {
  return [
    ...Object.entries(LABELS).map(
      ([label, name]) => `set(resource.attributes["${name}"], attributes["${label}"])`,
    ),
    `set(resource.attributes["k8s.cluster.name"], "${namesOf(environment).cluster}")`,
    `set(resource.attributes["deployment.environment.name"], "${environment.name}")`,
    'set(severity_text, attributes["level"])',
    ...Object.entries(SEVERITIES).map(
      ([severity, levels]) =>
        `set(severity_number, SEVERITY_NUMBER_${severity}) where IsMatch(severity_text, "(?i)^(${levels})")`,
    ),
    // The last is the receiver's list of which attributes were labels.
    ...[...Object.keys(LABELS), "level", "loki.attribute.labels"].map(
      (key) => `delete_key(attributes, "${key}")`,
    ),
    'set(body, ParseJSON(body)) where IsMatch(body, "^[{]")',
    // Whatever else is called so would be refused, with a warning for each line.
    'set(trace_id.string, body["trace_id"]) where IsMap(body) and IsMatch(body["trace_id"], "^[0-9a-f]{32}$")',
    'set(span_id.string, body["span_id"]) where IsMap(body) and IsMatch(body["span_id"], "^[0-9a-f]{16}$")',
  ];
}
