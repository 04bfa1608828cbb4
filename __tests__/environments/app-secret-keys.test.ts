import { loadEnvironment, type Overrides } from "../../environments";
import {
  APP_SECRET_KEYS,
  keysToCheck,
  missingKey,
  missingSecret,
  secretSuffix,
} from "../../environments/app-secret-keys";
import { namesSecret } from "../../environments/secret-names";

const ENDPOINT = "https://otlp.example.com";

describe("the keys of the app secret", () => {
  // Yours may have more: docs/images.md#add-a-key.
  it("include those of the original manifests, to which LangSmith and observability add optional ones", () => {
    const names = (optional: boolean) =>
      APP_SECRET_KEYS.filter(({ neededIn }) => (neededIn !== undefined) === optional).map(({ name }) => name);
    expect(names(false)).toEqual(
      expect.arrayContaining([
        "SUPABASE_ANON_KEY",
        "SUPABASE_SERVICE_KEY",
        "DATABASE_URL",
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "GOOGLE_API_KEY",
      ]),
    );
    expect(names(true)).toEqual(
      expect.arrayContaining([
        "LANGSMITH_API_KEY",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTLP_LOGS_KEY",
        "METRICS_PASSWORD",
      ]),
    );
  });

  it.each<[Overrides, string]>([
    [{ langsmith: { enabled: true } }, "LANGSMITH_API_KEY"],
    [{ observability: { traces: { kind: "otlp", endpoint: ENDPOINT } } }, "OTEL_EXPORTER_OTLP_HEADERS"],
    [{ observability: { logs: { kind: "otlp", endpoint: ENDPOINT } } }, "OTLP_LOGS_KEY"],
    [{ observability: { metrics: { kind: "remote-write", url: ENDPOINT + "/" } } }, "METRICS_PASSWORD"],
  ])("must have an optional key where a setting needs it: %j", (overrides, key) => {
    const names = (over: Overrides) =>
      keysToCheck(loadEnvironment("dev", { overrides: over })).map(({ name }) => name);
    expect(names(overrides).filter((name) => !names({}).includes(name))).toEqual([key]);
  });

  it("name Secrets as Kubernetes allows, even those whose row doesn't say how", () => {
    const suffixes = APP_SECRET_KEYS.map(({ name }) => secretSuffix(name));
    for (const suffix of suffixes) expect(suffix).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(suffixes).toEqual(expect.arrayContaining(["langsmith", "traces", "metrics-password"]));
  });

  it.each([
    ["dd-api-key=0123", true],
    ["Authorization=Basic%20MTIz==,x-scope=team", true],
    ["Authorization=Basic MTIz", false],
    ["0123", false],
    ["api-key=", false],
  ])("take headers of traces as OpenTelemetry writes them: %s %s", (value, holds) => {
    const key = APP_SECRET_KEYS.find(({ name }) => name === "OTEL_EXPORTER_OTLP_HEADERS");
    expect(key?.shape.pattern.test(value)).toBe(holds);
  });

  it("are reported missing with the command that adds them, as is the secret itself", () => {
    const staging = loadEnvironment("staging");
    const fix =
      "fill in a copy of docs/app-secret.example.env and run:\n\n" +
      "  npx wbot secrets push app-secret.env --env staging\n";
    expect(missingSecret(staging)).toBe(
      `The secret wbot/staging/app of environment staging does not exist. To create it, ${fix}\n` +
        "If it was created or restored within the last five minutes, AWS may not list it yet: run the command again then.",
    );
    expect(APP_SECRET_KEYS.map((key) => missingKey(staging, key))).toContain(
      `The secret wbot/staging/app of environment staging has no value for ANTHROPIC_API_KEY (Anthropic's API key). To add it, ${fix}`,
    );
  });

  it("go to the web only where a browser may see them anyway", () => {
    const ofWeb = APP_SECRET_KEYS.filter(({ usedBy }) => usedBy.includes("wbot-web"));
    expect(ofWeb.map(({ name }) => name)).toContain("SUPABASE_ANON_KEY");
    // PUBLIC_…, ANON_…: see secret-names.ts.
    expect(ofWeb.filter(({ name }) => namesSecret(name))).toEqual([]);
  });

  it("are each used, named like an environment variable, and described for messages", () => {
    for (const { name, about, usedBy } of APP_SECRET_KEYS) {
      expect(usedBy).not.toHaveLength(0);
      expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(about).not.toBe("");
    }
    expect(new Set(APP_SECRET_KEYS.map(({ name }) => name)).size).toBe(APP_SECRET_KEYS.length);
  });
});
