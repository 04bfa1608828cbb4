import { loadEnvironment } from "../../../environments";
import { keysToCheck, requiredKeys } from "../../../environments/app-secret-keys";
import { custom, synth, type Body, type WrittenStack } from "../../synth";

const APP_KEYS = requiredKeys("wbot-ai");
const withAll = synth("dev", { redis: { kind: "in-cluster" }, langsmith: { enabled: true } });

const specOf = (app: WrittenStack, name: string): Body =>
  custom(app, "ExternalSecret", name).body["manifest"].spec;
const read = (spec: Body) =>
  (spec["data"] as { secretKey: string; remoteRef: { key: string; property: string } }[]).map(
    ({ secretKey, remoteRef }) => [secretKey, remoteRef.key, remoteRef.property],
  );
const names = (app: WrittenStack) =>
  app
    .of("kubernetes_manifest")
    .map(({ body }) => body["manifest"])
    .filter(({ kind }) => kind === "ExternalSecret")
    .map(({ metadata }) => metadata.name as string)
    .sort();

/** What External Secrets makes of a template, for the two forms that are used. */
function render(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(
    /\{\{ \.(\w+)( \| urlquery)? \}\}/g,
    (_, key: string, encode: string | undefined) => {
      const value = values[key];
      if (value === undefined) throw new Error(`nothing is read as ${key}`);
      return encode === undefined ? value : encodeURIComponent(value);
    },
  );
}

describe.each(["dev", "staging", "prod"])("the secrets of %s", (name) => {
  const { app } = synth(name);
  const ai = specOf(app, "wbot-ai-secrets");
  const templates = ai["target"].template.data as Record<string, string>;

  it("give the AI every required key, and the address of Redis", () => {
    expect(Object.keys(templates).sort()).toEqual([...APP_KEYS, "REDIS_URL"].sort());
    for (const key of APP_KEYS) expect(templates[key]).toBe(`{{ .${key} }}`);
    expect(read(ai)).toEqual([
      ...APP_KEYS.map((key) => [key, `wbot/${name}/app`, key]),
      ["redisHost", `wbot/${name}/redis`, "host"],
      ["redisPort", `wbot/${name}/redis`, "port"],
      ["redisUsername", `wbot/${name}/redis`, "username"],
      ["redisPassword", `wbot/${name}/redis`, "password"],
    ]);
  });

  it("build a Redis address with TLS, whatever characters the password has", () => {
    const url = new URL(
      render(templates["REDIS_URL"] ?? "", {
        redisHost: "cache.internal",
        redisPort: "6379",
        redisUsername: "wbot",
        redisPassword: "p@ss/word#1",
      }),
    );
    expect(url.protocol).toBe("rediss:");
    expect([url.host, url.pathname, url.username]).toEqual(["cache.internal:6379", "/0", "wbot"]);
    expect(decodeURIComponent(url.password)).toBe("p@ss/word#1");
  });

  it("give the web its own keys, not the service key", () => {
    const web = specOf(app, "wbot-web-secrets");
    expect(read(web)).toEqual(requiredKeys("wbot-web").map((key) => [key, `wbot/${name}/app`, key]));
    expect(read(web).flat()).not.toContain("SUPABASE_SERVICE_KEY");
    expect(web["target"].template).not.toHaveProperty("data");
    expect(names(app).filter((each) => each.startsWith("wbot-web"))).toEqual(["wbot-web-secrets"]);
  });

  it("never pass through app's state or plan", () => {
    const types = new Set(app.all.map(({ type }) => type));
    for (const type of [
      "kubernetes_secret",
      "kubernetes_secret_v1",
      "random_password",
      "aws_secretsmanager_secret",
      "aws_secretsmanager_secret_version",
      "data.aws_secretsmanager_secret_version",
      "data.kubernetes_secret_v1",
      "data.terraform_remote_state",
    ]) {
      expect(types).not.toContain(type);
    }
    expect(Object.keys(app.json["output"] as object)).toEqual(["url"]);
  });

  it("stop the plan, before anything waits, when a required key has no value", () => {
    const { lifecycle } = app.one("data.aws_partition").body;
    const asked = (lifecycle.precondition as Body[])
      .map(({ error_message }) => /no value for (\w+)/.exec(error_message as string)?.[1])
      .filter((key) => key !== undefined);
    expect(asked).toEqual(keysToCheck(loadEnvironment(name)).map((key) => key.name));
  });
});

describe("LangSmith's key", () => {
  it("is separate from the others, so that without it only traces are missing", () => {
    const own = specOf(withAll.app, "wbot-ai-langsmith");
    expect(read(own)).toEqual([["LANGSMITH_API_KEY", "wbot/dev/app", "LANGSMITH_API_KEY"]]);
    expect(read(specOf(withAll.app, "wbot-ai-secrets")).map(([key]) => key)).not.toContain(
      "LANGSMITH_API_KEY",
    );
  });

  it("reaches the AI, rolls it when it changes, and never reaches the web", () => {
    const deployment = (id: string) => withAll.app.one("kubernetes_deployment_v1", id).body;
    const { template } = deployment("wbot-ai")["spec"];
    expect(template.spec.container[0].env_from).toContainEqual({
      // Gone a moment before the pods that use it, when LangSmith is turned off: they may have to start again.
      secret_ref: { name: "wbot-ai-langsmith", optional: true },
    });
    expect(
      deployment("wbot-ai")["metadata"].annotations["secret.reloader.stakater.com/reload"].split(","),
    ).toEqual(["wbot-ai-secrets", "wbot-ai-langsmith"]);
    expect(JSON.stringify(deployment("wbot-web")["spec"])).not.toContain("langsmith");
  });
});

describe("the password of an in-cluster Redis", () => {
  it("is all that Redis itself gets", () => {
    expect(read(specOf(withAll.app, "wbot-redis-secrets"))).toEqual([
      ["REDIS_PASSWORD", "wbot/dev/redis", "password"],
    ]);
  });

  it("is in an address without TLS, which that Redis doesn't support", () => {
    const { REDIS_URL } = specOf(withAll.app, "wbot-ai-secrets")["target"].template.data;
    expect(REDIS_URL).toMatch(/^redis:\/\//);
  });
});
