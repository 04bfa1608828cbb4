import { custom, synth, type WrittenStack } from "../../synth";

const listed = ["http://localhost:3000", "https://chat.acme.com"];

describe("the origins that browsers may call the API from", () => {
  const atTraefik = (app: WrittenStack) =>
    custom(app, "Middleware", "cors").body["manifest"].spec.headers.accessControlAllowOriginList as string[];
  const atBackend = (app: WrittenStack) =>
    app.one("kubernetes_config_map_v1", "wbot-ai").body["data"].CORS_ORIGINS as string;

  it.each([
    ["dev", "https://dev.chat.example.com"],
    ["staging", "https://staging.chat.example.com"],
    ["prod", "https://chat.example.com"],
  ])("are the product's own in %s", (name, origin) => {
    expect(atTraefik(synth(name).app)).toEqual([origin]);
    expect(atBackend(synth(name).app)).toBe(origin);
  });

  it("are the configured ones, the same at Traefik and at the backend", () => {
    const { app } = synth("dev", { traffic: { cors: { origins: listed } } });
    expect(atTraefik(app)).toEqual(listed);
    expect(atBackend(app)).toBe(listed.join(","));
  });

  it("are those of every host that serves the product, but not of redirects", () => {
    const others = [{ host: "chat.example.org", serves: "product" }, { host: "www.chat.example.com" }];
    const { app } = synth("prod", { domain: { others } });
    expect(atTraefik(app)).toEqual(["https://chat.example.com", "https://chat.example.org"]);
  });

  it('can be "*" only without credentials', () => {
    const { app } = synth("dev", { traffic: { cors: { origins: ["*"], credentials: false } } });
    expect(custom(app, "Middleware", "cors").body["manifest"].spec.headers).toMatchObject({
      accessControlAllowOriginList: ["*"],
      accessControlAllowCredentials: false,
    });
  });
});

describe("the content security policy of the pages", () => {
  const policy = (app: WrittenStack, header = "contentSecurityPolicy"): Map<string, string> => {
    const { body } = app.one("kubernetes_manifest", "ingress/page-policy");
    const text = body["manifest"].spec.headers[header] as string;
    return new Map(
      text.split("; ").map((directive): [string, string] => {
        const [name = "", ...sources] = directive.split(" ");
        return [name, sources.join(" ")];
      }),
    );
  };

  it("lets pages load their own resources, and connect to the pods' Supabase project", () => {
    const { app } = synth("prod", { supabase: { url: "https://abc.supabase.test" } });
    const found = policy(app);
    expect(found.get("default-src")).toBe("'self'");
    expect(found.get("object-src")).toBe("'none'");
    expect(found.get("frame-ancestors")).toBe("'none'");
    expect(found.get("connect-src")).toBe("'self' https://abc.supabase.test wss://abc.supabase.test");
    // A sign-in form is redirected there.
    expect(found.get("form-action")).toBe("'self' https://abc.supabase.test");
    for (const id of ["wbot-ai", "wbot-web"])
      expect(app.one("kubernetes_config_map_v1", id).body["data"].SUPABASE_URL).toBe(
        "https://abc.supabase.test",
      );
  });

  it("includes LangSmith if enabled, at the endpoint that the backend uses", () => {
    const { app } = synth("prod", {
      langsmith: { enabled: true, endpoint: "https://smith.test:8443/api/v1" },
    });
    // With its path, CSP would allow that path alone.
    expect(policy(app).get("connect-src")).toMatch(/ https:\/\/smith\.test:8443$/);
    expect(policy(synth("prod").app).get("connect-src")).not.toContain("smith");
  });

  it("is extended, and report-only, if configured", () => {
    const { app } = synth("prod", {
      traffic: {
        contentSecurityPolicy: {
          inlineScripts: false,
          extend: {
            "script-src": ["https://js.test"],
            "frame-ancestors": ["https://portal.test"],
            "media-src": ["blob:"],
          },
          reportOnly: true,
        },
      },
    });
    const found = policy(app, "contentSecurityPolicyReportOnly");
    expect(found.get("script-src")).toBe("'self' https://js.test");
    expect(found.get("frame-ancestors")).toBe("https://portal.test");
    expect(found.get("media-src")).toBe("'self' blob:");
  });

  it("is the same whatever the order of its settings", () => {
    const extended = (extend: object) => [
      ...policy(synth("prod", { traffic: { contentSecurityPolicy: { extend } } }).app),
    ];
    const frames = { "frame-src": ["https://a.test", "https://b.test"] };
    const workers = { "worker-src": ["blob:"] };
    const reversed = { "frame-src": ["https://b.test", "https://a.test"] };
    expect(extended({ ...workers, ...reversed })).toEqual(extended({ ...frames, ...workers }));
  });

  it("is on pages, but not on API responses", () => {
    const chain = (name: string) =>
      JSON.stringify(
        synth("prod").app.one("kubernetes_ingress_v1", `ingress/${name}-route`).body["metadata"],
      );
    expect(chain("web")).toContain("page-policy");
    expect(chain("files")).toContain("page-policy");
    for (const name of ["api", "health"]) expect(chain(name)).not.toContain("page-policy");
  });
});
