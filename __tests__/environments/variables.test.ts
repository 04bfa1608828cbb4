import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { refusedVariable } from "../../environments/variables";
import { synth } from "../synth";

/** An image may contain what it would cache. */
const MAY_CHANGE = ["UVICORN_ACCESS_LOG", "HF_HOME", "TIKTOKEN_CACHE_DIR"];

it("refuses every variable that the project sets, but for those of a service's row, an image's own caches and uvicorn's access log", () => {
  const { app } = synth("prod");
  for (const key of SERVICE_KEYS) {
    const { name, runtime, variables = {} } = SERVICES[key];
    const [config] = app
      .of("kubernetes_config_map_v1")
      .filter(({ body }) => (body["metadata"].name as string).startsWith(`${name}-config`));
    const set = Object.keys(config?.body["data"] as object);
    expect(set).toContain("SUPABASE_URL");
    for (const variable of set) {
      const mayChange =
        MAY_CHANGE.includes(variable) || (variable !== "HOST" && Object.hasOwn(variables, variable));
      expect([variable, refusedVariable(variable, "x", runtime) === undefined]).toEqual([
        variable,
        mayChange,
      ]);
    }
  }
});

it.each(["NITRO_PORT", "NITRO_HOST"])("refuses %s, which Nitro prefers to PORT and HOST", (name) => {
  expect(refusedVariable(name, "1", "node")).toMatch(/^omitted: the probes and Traefik would not reach/);
});

it.each(["CI", "TEST"])("refuses %s only in Node.js, where Nitro reads it", (name) => {
  expect(refusedVariable(name, "1", "node")).toMatch(/^omitted: if it is set, Nitro/);
  expect(refusedVariable(name, "1", "python")).toBeUndefined();
});

const LOOKS_SECRET =
  "omitted: it looks like a secret, and variables are readable in the ConfigMap and in Terraform's state. Add its key to the app secret: docs/images.md#add-a-key";

/** Those that you make keys of the app secret are refused as such. */
const isNoKey = (variable: string) => !APP_SECRET_KEYS.some(({ name }) => name === variable);

const SECRETS: readonly (readonly [string, string])[] = [
  ["GITHUB_TOKEN", "x"],
  ["SMTP_PASS", "x"],
  ["SENTRY_DSN", "x"],
  ["JWT_SECRET", "x"],
  ["POSTGRES_URL", "x"],
  ["UPSTREAM", "https://user:word@example.com"],
  ["MODEL", `sk-${"a".repeat(20)}`],
  ["PGPASSWORD", "x"],
  ["DB_PWD", "x"],
  ["DB_PASSWORD", "10"],
  ["DB_PASSWORD", "once"],
  ["MODEL_KEY_FILE", `hf_${"a1".repeat(17)}`],
  ["HEADER", `Bearer ${"a1".repeat(16)}`],
  ["NOTE", `eyJ${"a".repeat(20)}.${"b".repeat(20)}.c`],
];
it.each(SECRETS.filter(([name]) => isNoKey(name)))(
  "takes %s for a secret, by its name or its form",
  (name, value) => {
    expect(refusedVariable(name, value, "python")).toBe(LOOKS_SECRET);
  },
);

const OF_BROWSERS = ["SENTRY_DSN", "POSTHOG_KEY", "GOOGLE_MAPS_API_KEY"];
it.each(OF_BROWSERS.filter((name) => [name, `PUBLIC_${name}`].every(isNoKey)))(
  "says how to name %s for browsers in Node.js, unless its value is refused whatever its name",
  (name) => {
    expect(refusedVariable(name, "x", "node")).toBe(
      `${LOOKS_SECRET}. If browsers get it anyway, name it PUBLIC_${name}`,
    );
    expect(refusedVariable(`PUBLIC_${name}`, "x", "node")).toBeUndefined();
    for (const each of [name, `PUBLIC_${name}`])
      expect(refusedVariable(each, `sk-${"a".repeat(20)}`, "node")).toBe(LOOKS_SECRET);
  },
);

it.each([
  ["MAX_TOKENS", "1000"],
  ["MONKEY", "x"],
  ["PWD", "/app"],
  ["REDACT_SECRETS", "true"],
  ["REQUIRE_API_KEYS", "False"],
  ["HIDE_SECRETS", "1"],
  ["MASK_SECRETS", "on"],
  ["LOG_PASSWORDS", "No"],
  ["SUPABASE_PUBLISHABLE_KEY", "x"],
  ["TASK", "task-oriented-mode"],
  ["GREETING", "Bearer authentication-and-authorization is what we talk about"],
  ["UPSTREAM", "https://example.com:8443/a@b"],
])("takes %s=%s for no secret", (name, value) => {
  expect(refusedVariable(name, value, "python")).toBeUndefined();
});
