import { helmValues, metadata, synth, type Body, type WrittenStack } from "../../synth";

const MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares";

const middlewares = (app: WrittenStack) =>
  app.of("kubernetes_manifest").filter(({ body }) => body["manifest"].kind === "Middleware");
const specs = (app: WrittenStack): Record<string, Body> =>
  Object.fromEntries(
    middlewares(app).map((each) => [metadata(each)["name"] as string, each.body["manifest"].spec as Body]),
  );
/** Middlewares that a route names, as "<namespace>-<name>", in the order in which they run. */
const chain = (route: Body): string[] =>
  (
    metadata({ address: "", type: "kubernetes_ingress_v1", path: "", body: route })["annotations"][
      MIDDLEWARES
    ] as string
  ).split(",");
const named = (route: Body) => chain(route).map((each) => each.replace(/^.*\}-(.*)@kubernetescrd$/, "$1"));

describe.each(["dev", "staging", "prod"])("the routes of %s", (name) => {
  const { infra, app } = synth(name);
  const routes = app.of("kubernetes_ingress_v1").map(({ body }) => body);
  const byPath = new Map(routes.map((body) => [body["spec"].rule[0].http.path[0].path as string, body]));

  it("send /api and /health to the AI, and all else to the web", () => {
    const backends = routes
      .flatMap((body) => body["spec"].rule as Body[])
      .flatMap((rule) => rule["http"].path as Body[])
      .map(({ path, path_type, backend }) => [
        path,
        path_type,
        backend.service.name,
        backend.service.port.number,
      ]);
    expect(backends.sort()).toEqual([
      ["/", "Prefix", "wbot-web", 80],
      ["/api", "Prefix", "wbot-ai", 8000],
      ["/health", "Prefix", "wbot-ai", 8000],
    ]);
  });

  it("are Traefik's, for this host, by TLS only", () => {
    const { ingressClass } = helmValues(infra.one("helm_release", "traefik"));
    const host = String(app.json["output"].url.value).replace("https://", "");
    for (const body of routes) {
      expect(body["spec"]).toMatchObject({
        ingress_class_name: ingressClass.name as string,
        rule: [{ host }],
        tls: [{ hosts: [host], secret_name: "wbot-tls" }],
      });
      expect(body["metadata"].annotations["traefik.ingress.kubernetes.io/router.entrypoints"]).toBe(
        "websecure",
      );
    }
  });

  it("name only middlewares that are there, in the routes' own namespace: a missing one drops the route", () => {
    const there = middlewares(app).map((each) => {
      const { name: own, namespace } = metadata(each);
      return `${String(namespace)}-${String(own)}@kubernetescrd`;
    });
    const namespace = `\${${app.one("kubernetes_namespace_v1").address}.metadata[0].name}`;
    for (const body of routes) {
      expect(body["metadata"].namespace).toBe(namespace);
      for (const each of chain(body)) {
        expect(each.startsWith(`${namespace}-`)).toBe(true);
        expect(there).toContain(each);
      }
    }
  });

  it("all have the limits and the headers, so that no way round them is left", () => {
    for (const body of routes) {
      expect(named(body).slice(0, 3)).toEqual(["rate-limit", "in-flight", "security-headers"]);
    }
  });

  it("answer other origins under /api only", () => {
    expect(named(byPath.get("/api") as Body)).toContain("cors");
    for (const path of ["/", "/health"]) expect(named(byPath.get(path) as Body)).not.toContain("cors");
  });

  it("count by the client's own address, in Traefik's own memory", () => {
    const perClient = { ipStrategy: { depth: 0 } };
    expect(specs(app)["rate-limit"]).toEqual({
      rateLimit: { average: 20, period: "1s", burst: 60, sourceCriterion: perClient },
    });
    expect(specs(app)["in-flight"]).toEqual({ inFlightReq: { amount: 30, sourceCriterion: perClient } });
  });

  it("tell browsers not to guess, not to frame, and not what runs here", () => {
    expect(specs(app)["security-headers"]?.["headers"]).toMatchObject({
      contentTypeNosniff: true,
      frameDeny: true,
      referrerPolicy: "strict-origin-when-cross-origin",
      customResponseHeaders: { Server: "", "X-Powered-By": "" },
    });
  });

  it("buffer and compress nothing, so that streams come as they go", () => {
    const kinds = new Set(Object.values(specs(app)).flatMap((spec) => Object.keys(spec)));
    expect([...kinds].sort()).toEqual(["headers", "inFlightReq", "rateLimit"]);
  });
});

describe("the routes' settings", () => {
  const { app } = synth("dev", {
    traffic: {
      corsOrigins: ["https://chat.acme.com"],
      requestsPerSecond: 5,
      burst: 7,
      inFlight: 3,
    },
  });

  it("hold browsers to HTTPS for a year where the environment says so, and nowhere else", () => {
    const headers = (name: string) => specs(synth(name).app)["security-headers"]?.["headers"] as Body;
    expect(headers("prod")).toMatchObject({
      stsSeconds: 31_536_000,
      stsIncludeSubdomains: true,
      forceSTSHeader: true,
    });
    for (const name of ["dev", "staging"]) {
      expect(Object.keys(headers(name)).filter((key) => /sts/i.test(key))).toEqual([]);
    }
  });

  it("are the environment's limits and origins", () => {
    expect(specs(app)["rate-limit"]?.["rateLimit"]).toMatchObject({ average: 5, burst: 7 });
    expect(specs(app)["in-flight"]?.["inFlightReq"].amount).toBe(3);
    expect(specs(app)["cors"]?.["headers"]).toMatchObject({
      accessControlAllowOriginList: ["https://chat.acme.com"],
      accessControlAllowCredentials: true,
      addVaryHeader: true,
    });
    expect(specs(app)["cors"]?.["headers"]).not.toHaveProperty("accessControlAllowOriginListRegex");
  });
});
