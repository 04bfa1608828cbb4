import { loadEnvironment, type Overrides } from "../../../environments";
import { SERVICES } from "../../../environments/services";
import { deployedService } from "../../../constructs/workloads/deployed-service";
import { variablesOf } from "../../../constructs/workloads/variables";
import { custom, synth } from "../../synth";

/** The variables of a service in prod, whose row may differ. */
function of(service: "ai" | "web", overrides: Overrides = {}, row = SERVICES[service]) {
  return variablesOf({ ...deployedService(loadEnvironment("prod", { overrides }), service), row });
}

/** Bytes above Traefik's limit, so that its own answer comes first. */
const above = (bytes: number) => {
  expect(bytes).toBeGreaterThan(64 * 1024);
};

describe("Node.js", () => {
  const options = (overrides?: Overrides) =>
    new Map(
      (of("web", overrides)["NODE_OPTIONS"] ?? "").split(" ").map((option) => {
        const [name = "", value] = option.split("=");
        return [name, Number(value)] as const;
      }),
    );

  it("uses three quarters of the memory that /tmp leaves, instead of half of all", () => {
    expect(options().get("--max-old-space-size")).toBe(720);
    const memory = { request: "256Mi", limit: "2Gi", tmp: "1Gi" };
    expect(options({ web: { memory } }).get("--max-old-space-size")).toBe(768);
  });

  it("takes headers as large as Traefik does", () => {
    above(options().get("--max-http-header-size") ?? 0);
    expect(options({ traffic: { maxHeaderKiB: 128 } }).get("--max-http-header-size")).toBeGreaterThan(
      128 * 1024,
    );
  });

  it("finishes open requests under srvx, Nitro's server", () => {
    // It finishes none where the image, too, says that it runs in CI or in a test.
    expect(of("web")).toMatchObject({ SERVER_SHUTDOWN_TIMEOUT: "30", CI: "", TEST: "" });
    const worker = { ...SERVICES.web };
    Reflect.deleteProperty(worker, "http");
    expect(of("web", {}, worker)).not.toHaveProperty("SERVER_SHUTDOWN_TIMEOUT");
  });
});

describe("Python", () => {
  const variables = of("ai");

  it("takes headers as large as Traefik does, under uvicorn with h11", () => {
    above(Number(variables["UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE"]));
  });

  it("listens at its port on all addresses, under uvicorn, which doesn't read PORT", () => {
    expect(variables).toMatchObject({ UVICORN_HOST: "0.0.0.0", UVICORN_PORT: variables["PORT"] });
  });

  it("drains its streams, under uvicorn and under gunicorn", () => {
    expect(variables).toMatchObject({
      UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: "300",
      GUNICORN_CMD_ARGS: expect.stringContaining("--graceful-timeout=300"),
    });
  });

  it("keeps idle connections longer than Traefik does, under gunicorn, too", () => {
    // Traefik's 4 s: traefik.test.ts.
    expect(variables["GUNICORN_CMD_ARGS"]).toMatch(/ --keep-alive=5$/);
  });

  it("logs no query strings under uvicorn, unless the settings say so", () => {
    expect(variables["UVICORN_ACCESS_LOG"]).toBe("false");
    const set = { ai: { variables: { UVICORN_ACCESS_LOG: "true" } } };
    expect(of("ai", set)["UVICORN_ACCESS_LOG"]).toBe("true");
  });

  it("believes the address and scheme that Traefik says", () => {
    expect(variables["FORWARDED_ALLOW_IPS"]).toBe("*");
  });
});

it.each(["ai", "web"] as const)("%s caches in /tmp alone", (service) => {
  const variables = of(service);
  const caches = Object.entries(variables).filter(([name]) => /^HOME$|_HOME$|_CACHE|CACHE_DIR$/.test(name));
  expect(caches.length).toBeGreaterThanOrEqual(3);
  for (const [, place] of caches) expect(place).toMatch(/^\/tmp(\/|$)/);
});

const TRACES = {
  observability: {
    traces: { kind: "otlp", endpoint: "https://otlp.example.com:4318/otlp", samplePercent: 25 },
  },
};

describe("traces", () => {
  it("are set up by OpenTelemetry's own variables", () => {
    expect(of("ai", TRACES)).toMatchObject({
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
    const { app } = synth("prod", TRACES);
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
    expect(Object.keys(of("web", TRACES)).filter((name) => name.startsWith("OTEL_"))).toEqual([]);
  });

  it("leave nothing where they are off", () => {
    expect(JSON.stringify(synth("prod").app.json)).not.toContain("OTEL_");
  });

  it("give way to a service's own variables", () => {
    const variables = { OTEL_TRACES_SAMPLER: "always_on" };
    expect(of("ai", { ...TRACES, ai: { variables } })["OTEL_TRACES_SAMPLER"]).toBe("always_on");
  });
});
