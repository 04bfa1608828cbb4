import { LOG_EXPRESSIONS } from "../../../environments/secret-shapes";
import { helmValues, synth, type Body } from "../../synth";

const configOf = (logs: Body, name = "staging"): string =>
  helmValues(synth(name, { observability: { logs } }).infra.one("helm_release", "alloy/"))["alloy"].configMap
    .content as string;
const ENDPOINT = "https://otlp.example.com:4318/otlp";
const cloudwatch = configOf({ kind: "cloudwatch" });
const loki = configOf({ kind: "loki" });
const vendor = configOf({ kind: "otlp", endpoint: ENDPOINT, header: "api-key" });

describe.each([
  ["CloudWatch", cloudwatch],
  ["Loki", loki],
  ["a vendor", vendor],
])("the pipeline to %s", (_, config) => {
  it("reads every pod by the Kubernetes API, but not Alloy's own", () => {
    expect(config).toContain('loki.source.kubernetes "pods"');
    expect(config).toMatch(
      /source_labels = \["__meta_kubernetes_namespace"\]\n +regex = "alloy"\n +action = "drop"/,
    );
    expect(config).not.toContain("loki.source.file");
  });

  it("redacts every line before anything is taken from it", () => {
    const at = (text: string) => config.indexOf(text);
    expect(config.match(/stage\.replace/g)).toHaveLength(LOG_EXPRESSIONS.length);
    expect(config.lastIndexOf("stage.replace")).toBeLessThan(at("stage.json"));
    for (const expression of LOG_EXPRESSIONS) expect(config).toContain(JSON.stringify(expression));
  });

  it("refers only to components that it has", () => {
    const has = [...config.matchAll(/^([a-z0-9_.]+) "(\w+)" \{/gm)].map(
      ([, name, label]) => `${name}.${label}`,
    );
    const used = [
      ...config.matchAll(/[[= ]((?:[a-z0-9_]+\.){2,4})(?:targets|output|receiver|input|handler|content)\b/g),
    ];
    expect(used.length).toBeGreaterThan(2);
    for (const [, name = ""] of used) expect(has).toContain(name.slice(0, -1));
  });

  it("does not send again what is older than an hour", () => {
    expect(config).toContain('older_than = "1h"');
  });

  it("has no braces that Helm's templates would take for their own", () => {
    expect(config).not.toContain("{{");
  });
});

it("writes to CloudWatch's endpoint of the region, signed, into the stream that Terraform makes", () => {
  const { infra } = synth("staging");
  const group = infra.one("aws_cloudwatch_log_group", "log-store").body["name"] as string;
  const stream = infra.one("aws_cloudwatch_log_stream").body["name"] as string;
  expect(cloudwatch).toContain('endpoint = "https://logs.us-east-1.amazonaws.com"');
  expect(cloudwatch).toContain(`{ "x-aws-log-group" = "${group}", "x-aws-log-stream" = "${stream}" }`);
  expect(cloudwatch).toContain('region = "us-east-1"\n  service = "logs"');
});

it("asks an emulator instead of AWS", () => {
  const config = configOf({ kind: "cloudwatch" }, "rehearsal");
  expect(config).toContain('endpoint = "http://host.docker.internal:4566"');
  expect(config).not.toContain("amazonaws.com");
});

it("sends to a vendor with its key from a file, which the configuration only names", () => {
  expect(vendor).toContain(`endpoint = "${ENDPOINT}"`);
  expect(vendor).toContain('filename = "/etc/otlp/key"\n  is_secret = true');
  expect(vendor).toContain('key = "api-key"\n    value = local.file.key.content');
});

it("sets a trace only from ids of OpenTelemetry's form, or each other one would be a warning of Alloy's", () => {
  expect(vendor).toContain('IsMatch(body[\\"trace_id\\"], \\"^[0-9a-f]{32}$\\")');
  expect(vendor).toContain('IsMatch(body[\\"span_id\\"], \\"^[0-9a-f]{16}$\\")');
});

it("keeps requests below the 1 MB that CloudWatch takes", () => {
  expect(Number(/max_size = (\d+)/.exec(cloudwatch)?.[1])).toBeLessThan(1_000_000);
});

it("pushes to Loki's Service", () => {
  expect(loki).toContain('url = "http://loki.loki.svc.cluster.local:3100/loki/api/v1/push"');
});
