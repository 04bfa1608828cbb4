import type { Environment } from "../../environments";
import { optionalKeys } from "../../environments/app-secret-keys";
import { PART_OF } from "../../environments/names";
import type { ServiceName } from "../../environments/services";
import { portOf } from "../peers";

/** Whether a service sends traces: one that gets the endpoint's headers. */
function tracing(service: ServiceName, environment: Environment) {
  const { traces } = environment.observability;
  return traces.kind === "otlp" && optionalKeys(service, environment).includes("OTEL_EXPORTER_OTLP_HEADERS")
    ? traces
    : undefined;
}

/**
 * OpenTelemetry's variables, which every SDK reads. The endpoint's headers come from the app secret.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function traceVariables(service: ServiceName, environment: Environment): Record<string, string> {
  const traces = tracing(service, environment);
  if (traces === undefined) return {};
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: `service.namespace=${PART_OF},deployment.environment.name=${environment.name}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    // Python's distribution defaults to gRPC, which some vendors don't accept.
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: String(traces.samplePercent / 100),
    // Logs are read from a pod's output, and metrics are scraped: neither goes to this endpoint.
    OTEL_LOGS_EXPORTER: "none",
    OTEL_METRICS_EXPORTER: "none",
  };
}

/** Port of the endpoint that a service sends traces to; none if it sends none. */
export function tracePorts(service: ServiceName, environment: Environment): number[] {
  const traces = tracing(service, environment);
  return traces === undefined ? [] : [portOf(traces.endpoint)];
}
