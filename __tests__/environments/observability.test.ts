import { loadEnvironment, type Overrides } from "../../environments";

const load = (observability: Overrides, name = "staging") =>
  loadEnvironment(name, { overrides: { observability } }).observability;

it.each([
  ["dev", { kind: "none" }],
  ["staging", { kind: "cloudwatch", retentionDays: 7 }],
  ["prod", { kind: "cloudwatch", retentionDays: 30 }],
  ["rehearsal", { kind: "none" }],
])("keeps the logs of %s: %j, and sends no traces", (name, logs) => {
  expect(load({}, name)).toMatchObject({ logs, traces: { kind: "none" } });
});

it("has defaults for what a kind needs", () => {
  expect(load({ logs: { kind: "loki" } }).logs).toEqual({ kind: "loki", retentionDays: 30 });
  const endpoint = "https://otlp.example.com";
  expect(load({ logs: { kind: "otlp", endpoint }, traces: { kind: "otlp", endpoint } })).toMatchObject({
    logs: { header: "Authorization" },
    traces: { samplePercent: 100 },
  });
});

it.each([
  "https://otlp.example.com",
  "https://otlp.example.com:4318",
  "https://otlp.example.com:443",
  "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp",
])("takes %s as an endpoint", (endpoint) => {
  expect(load({ traces: { kind: "otlp", endpoint } }).traces).toMatchObject({ endpoint });
});

it.each([
  "http://otlp.example.com",
  "https://otlp.example.com/v1/traces",
  "https://otlp.example.com/",
  "otlp.example.com:4317",
  "https://otlp.example.com:70000",
  "https://otlp.example.com:0",
  "https://1.2.3.999",
])("refuses %s as an endpoint, and says what one looks like", (endpoint) => {
  expect(() => load({ traces: { kind: "otlp", endpoint } })).toThrow(
    `observability.traces.endpoint is ${JSON.stringify(endpoint)}: it must be the base URL of an OTLP endpoint (HTTPS), without /v1/logs or /v1/traces, such as "https://otlp.example.com" or "https://otlp.example.com:4318/otlp"`,
  );
});

it.each(["https://x.example.com:70000/write", "https://x.example.com:0/write", "https://1.2.3.999/write"])(
  "refuses %s for metrics, which nothing can connect to",
  (url) => {
    expect(() => load({ metrics: { kind: "remote-write", url } })).toThrow(
      `observability.metrics.url is "${url}": it must be an https URL of a remote-write endpoint`,
    );
  },
);

it.each<[Overrides, string]>([
  [{ logs: { kind: "elk" } }, 'kind "none", "cloudwatch", "loki", or "otlp" with an endpoint'],
  [{ logs: { kind: "cloudwatch", retentionDays: 8 } }, "a number of days"],
  [{ logs: { kind: "loki", retentionDays: 0 } }, "a whole number of days from 1 to 3650"],
  [
    { logs: { kind: "otlp", endpoint: "https://x.example.com", header: "api key" } },
    'the name of an HTTP header, such as "api-key"',
  ],
  [
    { traces: { kind: "otlp", endpoint: "https://x.example.com", samplePercent: 0 } },
    "a number of percent above 0 and up to 100",
  ],
])("refuses %j", (observability, allowed) => {
  expect(() => load(observability)).toThrow(`it must be ${allowed}`);
});
