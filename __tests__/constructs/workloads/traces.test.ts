import { custom, synth } from "../../synth";

const TRACES = {
  observability: {
    traces: { kind: "otlp", endpoint: "https://otlp.example.com:4318/otlp", samplePercent: 25 },
  },
};
const { app } = synth("prod", TRACES);
const variablesOf = (name: string, of = app) =>
  of.one("kubernetes_config_map_v1", name).body["data"] as Record<string, string>;

describe("traces", () => {
  it("are set up by OpenTelemetry's own variables", () => {
    expect(variablesOf("wbot-ai")).toMatchObject({
      OTEL_SERVICE_NAME: "wbot-ai",
      OTEL_RESOURCE_ATTRIBUTES: "service.namespace=wbot,deployment.environment.name=prod",
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.example.com:4318/otlp",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_LOGS_EXPORTER: "none",
      OTEL_METRICS_EXPORTER: "none",
    });
  });

  it("authenticate with the app secret's headers, in a Secret of their own that rolls the backend", () => {
    const { spec } = custom(app, "ExternalSecret", "wbot-ai-traces").body["manifest"];
    expect(spec.data).toEqual([
      {
        secretKey: "OTEL_EXPORTER_OTLP_HEADERS",
        remoteRef: { key: "wbot/prod/app", property: "OTEL_EXPORTER_OTLP_HEADERS" },
      },
    ]);
    const { body } = app.one("kubernetes_deployment_v1", "wbot-ai");
    expect(body["spec"].template.spec.container[0].env_from).toContainEqual({
      secret_ref: { name: "wbot-ai-traces", optional: true },
    });
    expect(body["metadata"].annotations["secret.reloader.stakater.com/reload"]).toContain("wbot-ai-traces");
  });

  it("are not sent by the web, which gets no secret key", () => {
    expect(Object.keys(variablesOf("wbot-web")).filter((name) => name.startsWith("OTEL_"))).toEqual([]);
  });

  it("leave nothing where they are off", () => {
    expect(JSON.stringify(synth("prod").app.json)).not.toContain("OTEL_");
  });

  it("give way to a service's own variables", () => {
    const own = synth("prod", { ...TRACES, ai: { variables: { OTEL_TRACES_SAMPLER: "always_on" } } });
    expect(variablesOf("wbot-ai", own.app)["OTEL_TRACES_SAMPLER"]).toBe("always_on");
  });
});
