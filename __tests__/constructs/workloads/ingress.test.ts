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
const named = (route: Body) => chain(route).map((each) => each.replace(/^wbot-(.*)@kubernetescrd$/, "$1"));

const ROUTER = "traefik.ingress.kubernetes.io/router";
const byName = (app: WrittenStack): Record<string, Body> =>
  Object.fromEntries(
    app
      .of("kubernetes_ingress_v1")
      .map((route) => [(metadata(route)["name"] as string).replace("wbot-", ""), route.body]),
  );
const route = (app: WrittenStack, name: string): Body => byName(app)[name] as Body;
/** Host, path, type and backend of everything that a route matches. */
const matches = (body: Body): string[] =>
  (body["spec"].rule as Body[]).flatMap((rule) =>
    (rule["http"].path as Body[]).map(
      ({ path, path_type, backend }) =>
        `${String(rule["host"])}${String(path)} ${String(path_type)} ${String(backend.service.name).replace(/^\$\{.*\}$/, "nowhere")}:${String(backend.service.port.number)}`,
    ),
  );

describe.each(["dev", "staging", "prod"])("the routes of %s", (name) => {
  const { infra, app } = synth(name);
  const routes = Object.values(byName(app));
  const limited = ["api", "health", "files", "web"].map((each) => route(app, each));
  const host = String(app.json["output"].url.value).replace("https://", "");

  it("send /api and /health to the AI, and everything else to the web", () => {
    expect(["api", "health", "files", "web"].flatMap((each) => matches(route(app, each)))).toEqual([
      `${host}/api Prefix wbot-ai:8000`,
      `${host}/health Prefix wbot-ai:8000`,
      `${host}/assets Prefix wbot-web:80`,
      `${host}/ Prefix wbot-web:80`,
    ]);
  });

  // With metrics turned off, everyone could read those of an image that still has them.
  it("keep /metrics from everyone outside, whether anything is scraped or not", () => {
    expect(matches(route(app, "metrics"))).toEqual([`${host}/metrics Prefix nowhere:80`]);
    expect(route(app, "metrics")["metadata"].annotations).not.toHaveProperty(MIDDLEWARES);
  });

  it("are for Traefik and this host, by TLS only, and request no certificate of their own", () => {
    const { ingressClass } = helmValues(infra.one("helm_release", "traefik"));
    for (const body of routes) {
      expect(body["spec"]).toMatchObject({
        ingress_class_name: ingressClass.name as string,
        rule: [{ host }],
        tls: [{ hosts: [host], secret_name: "wbot-tls" }],
      });
      expect(body["metadata"].annotations[`${ROUTER}.entrypoints`]).toBe("websecure");
      // A second certificate with the same names would count against Let's Encrypt's limit of duplicates.
      expect(JSON.stringify(body["metadata"].annotations)).not.toContain("cert-manager.io");
    }
  });

  it("use only middlewares that exist in the routes' own namespace: a missing one drops the route", () => {
    const there = middlewares(app).map((each) => {
      const { name: own, namespace } = metadata(each);
      return `${String(namespace)}-${String(own)}@kubernetescrd`;
    });
    const namespace = "wbot";
    for (const body of routes) expect(body["metadata"].namespace).toBe(namespace);
    for (const each of limited.flatMap(chain)) {
      expect(each.startsWith(`${namespace}-`)).toBe(true);
      expect(there).toContain(each);
    }
  });

  it("all have headers and limits, separate for the API, the pages and their files", () => {
    expect(named(route(app, "api"))).toEqual([
      "security-headers",
      "cors",
      "api-rate-limit",
      "api-refusals",
      "retry",
    ]);
    expect(named(route(app, "health"))).toEqual([
      "security-headers",
      "api-rate-limit",
      "api-refusals",
      "retry",
    ]);
    expect(named(route(app, "web"))).toEqual([
      "security-headers",
      expect.stringMatching(/^page-policy-[0-9a-f]{8}$/),
      "pages-rate-limit",
      "pages-refusals",
      "retry",
      "untie",
    ]);
    expect(named(route(app, "files"))).toEqual([
      "security-headers",
      expect.stringMatching(/^page-policy-[0-9a-f]{8}$/),
      "files-rate-limit",
      "files-refusals",
      "files-compress",
      "retry",
      "untie",
    ]);
  });

  it("try a browser's request on another pod than its own, once that is gone", () => {
    // The cookie would lead each of the retry's tries to the same pod.
    expect(specs(app)["untie"]).toEqual({ plugin: { refusals: { stickyCookie: "wbot-pod" } } });
  });

  it("try another pod when one can't be reached, and never send a request twice", () => {
    // Anything more (`status`, `retryNonIdempotentMethod`) would repeat requests that a pod has got.
    expect(specs(app)["retry"]).toEqual({ retry: { attempts: 8 } });
  });

  it("all fall back to 503 if one is dropped, /api and /health not to the pages", () => {
    const refused = route(app, "refused");
    const pages = route(app, "refused-pages");
    expect(matches(refused)).toEqual([`${host}/api Prefix nowhere:80`, `${host}/health Prefix nowhere:80`]);
    const nowhere = app.one("kubernetes_service_v1", "ingress/nowhere").body;
    expect(nowhere["spec"].selector).toBeUndefined();
    // They name no middleware, so that nothing can drop them.
    expect(refused["metadata"].annotations).toEqual({ [`${ROUTER}.entrypoints`]: "websecure" });
    expect(matches(pages)).toEqual([`${host}/ Prefix nowhere:80`]);
    expect(pages["metadata"].annotations).toEqual({
      [`${ROUTER}.entrypoints`]: "websecure",
      [`${ROUTER}.priority`]: "1",
    });
    for (const each of ["api", "health"])
      expect(Number(route(app, each)["metadata"].annotations[`${ROUTER}.priority`])).toBeGreaterThan(
        // Traefik's own priority is the length of a rule.
        host.length + 1000,
      );
    expect(route(app, "web")["metadata"].annotations).not.toHaveProperty([`${ROUTER}.priority`]);
  });

  it("count by client address, in Traefik's own memory", () => {
    const sourceCriterion = { ipStrategy: { depth: 0 } };
    expect(specs(app)["api-rate-limit"]).toEqual({
      rateLimit: { average: 50, period: "1s", burst: 300, sourceCriterion },
    });
    expect(specs(app)["pages-rate-limit"]).toEqual({
      rateLimit: { average: 50, period: "1s", burst: 1000, sourceCriterion },
    });
    expect(specs(app)["files-rate-limit"]).toEqual({
      rateLimit: { average: 500, period: "1s", burst: 4000, sourceCriterion },
    });
  });

  it("let a classroom of 25 load 40 files each at once, and an office of 100 have a stream each", () => {
    const inFlight = (name: string) => specs(app)[`${name}-refusals`]?.["plugin"].refusals.inFlight as number;
    const burst = (name: string) => specs(app)[`${name}-rate-limit`]?.["rateLimit"].burst as number;
    expect(Math.min(inFlight("files"), burst("files"))).toBeGreaterThanOrEqual(25 * 40);
    // Outside of the files' paths, 20 after their page.
    expect(inFlight("pages")).toBeGreaterThanOrEqual(25 * 20);
    expect(burst("pages")).toBeGreaterThanOrEqual(25 * (1 + 20));
    expect(Math.min(inFlight("api"), burst("api"))).toBeGreaterThanOrEqual(100);
    // Who is signed in is held by the session, wherever it comes from.
    expect(specs(app)["api-refusals"]?.["plugin"].refusals.sessionInFlight).toBe(20);
  });

  it("reject too many requests at a time or too large ones, and say when to retry", () => {
    expect(specs(app)["api-refusals"]).toEqual({
      plugin: {
        refusals: {
          inFlight: 200,
          sessionInFlight: 20,
          stallSeconds: 30,
          maxBodyBytes: 10_485_760,
          retryAfterSeconds: 5,
        },
      },
    });
    expect(specs(app)["pages-refusals"]?.["plugin"].refusals).toEqual({
      inFlight: 500,
      stallSeconds: 30,
      maxBodyBytes: 10_485_760,
      retryAfterSeconds: 5,
    });
    const { localPlugins } = helmValues(infra.one("helm_release", "traefik"))["experimental"];
    expect(Object.keys(localPlugins as Body)).toEqual(
      Object.keys(specs(app)["api-refusals"]?.["plugin"] as Body),
    );
  });

  it("tell browsers not to sniff types or frame pages, and not what runs here", () => {
    expect(specs(app)["security-headers"]?.["headers"]).toMatchObject({
      contentTypeNosniff: true,
      frameDeny: true,
      referrerPolicy: "strict-origin-when-cross-origin",
      customResponseHeaders: { Server: "", "X-Powered-By": "" },
    });
  });

  it("leave Cache-Control to the services: Traefik would replace theirs", () => {
    const headers = Object.values(specs(app)).flatMap((spec) =>
      Object.keys(spec["headers"]?.customResponseHeaders ?? {}),
    );
    expect(headers).toContain("Server");
    expect(headers.map((name) => name.toLowerCase())).not.toContain("cache-control");
  });

  it("buffer nothing and compress nothing but the pages' files, so that streams pass through unchanged", () => {
    const kinds = (route: Body) =>
      new Set(named(route).flatMap((name) => Object.keys(specs(app)[name] as Body)));
    for (const each of limited)
      expect([...kinds(each)].filter((kind) => kind !== "compress").sort()).toEqual([
        "headers",
        "plugin",
        "rateLimit",
        "retry",
      ]);
    expect(limited.filter((each) => kinds(each).has("compress"))).toEqual([route(app, "files")]);
    const { includedContentTypes } = specs(app)["files-compress"]?.["compress"] as Record<string, string[]>;
    expect(includedContentTypes).toContain("text/javascript");
    expect(includedContentTypes).not.toContain("text/event-stream");
  });

  it("let browsers cache a preflight for an hour, and read when they may retry", () => {
    expect(specs(app)["cors"]?.["headers"]).toMatchObject({
      accessControlMaxAge: 3600,
      accessControlExposeHeaders: ["Retry-After"],
    });
  });
});

describe("the routes' settings", () => {
  it("make browsers use HTTPS for a year outside dev, but not for subdomains", () => {
    const headers = (name: string) => specs(synth(name).app)["security-headers"]?.["headers"] as Body;
    for (const name of ["staging", "prod"]) {
      expect(headers(name)).toMatchObject({ stsSeconds: 31_536_000, forceSTSHeader: true });
      expect(headers(name)).not.toHaveProperty("stsIncludeSubdomains");
    }
    expect(Object.keys(headers("dev")).filter((key) => /sts/i.test(key))).toEqual([]);
  });

  it("are the configured limits and origins", () => {
    const { app } = synth("dev", {
      traffic: {
        cors: { origins: ["https://chat.acme.com"] },
        api: { requestsPerSecond: 5, burst: 7, inFlight: 3, maxBodyMiB: 2 },
      },
    });
    expect(specs(app)["api-rate-limit"]?.["rateLimit"]).toMatchObject({ average: 5, burst: 7 });
    expect(specs(app)["pages-rate-limit"]?.["rateLimit"]).toMatchObject({ average: 50, burst: 1000 });
    expect(specs(app)["api-refusals"]?.["plugin"].refusals).toMatchObject({
      inFlight: 3,
      maxBodyBytes: 2_097_152,
    });
    expect(specs(app)["cors"]?.["headers"]).toMatchObject({
      accessControlAllowOriginList: ["https://chat.acme.com"],
      accessControlAllowCredentials: true,
      addVaryHeader: true,
    });
    expect(specs(app)["cors"]?.["headers"]).not.toHaveProperty("accessControlAllowOriginListRegex");
  });
});

it("lets pages of other origins send and read the configured headers, in addition to the product's own", () => {
  const names = (app: WrittenStack) => {
    const headers = specs(app)["cors"]?.["headers"] as Record<string, string[]>;
    return [headers["accessControlAllowHeaders"], headers["accessControlExposeHeaders"]];
  };
  const [allowed = [], exposed = []] = names(synth("dev").app);
  expect(allowed).toContain("Authorization");
  const cors = { allowedHeaders: ["X-API-Key", "traceparent"], exposedHeaders: ["X-Request-ID"] };
  expect(names(synth("dev", { traffic: { cors } }).app)).toEqual([
    [...allowed, "X-API-Key", "traceparent"],
    [...exposed, "X-Request-ID"],
  ]);
});

describe("what a page may use", () => {
  const headers = (app: WrittenStack) => specs(app)["security-headers"]?.["headers"] as Body;

  it("is no camera, place or microphone by default, and what is configured", () => {
    expect(headers(synth("prod").app)["permissionsPolicy"]).toBe("camera=(), geolocation=(), microphone=()");
    const permissionsPolicy = "camera=(), microphone=(self)";
    const { app } = synth("dev", {
      traffic: {
        permissionsPolicy,
        contentSecurityPolicy: { enabled: false },
        files: { paths: [] },
      },
    });
    expect(headers(app)["permissionsPolicy"]).toBe(permissionsPolicy);
    // The page's own policy is the only one then, and without paths its files have the pages' limits.
    expect(named(route(app, "web"))).toEqual([
      "security-headers",
      "pages-rate-limit",
      "pages-refusals",
      "retry",
      "untie",
    ]);
    expect(byName(app)).not.toHaveProperty("files");
  });

  it("is what the page itself says, if nothing is configured", () => {
    const { app } = synth("dev", {
      traffic: { permissionsPolicy: "", referrerPolicy: "", contentSecurityPolicy: { enabled: false } },
    });
    for (const name of ["permissionsPolicy", "referrerPolicy", "frameDeny"])
      expect(headers(app)).not.toHaveProperty(name);
  });

  it("says no more of its address than is configured", () => {
    const { app } = synth("dev", { traffic: { referrerPolicy: "no-referrer" } });
    expect(headers(app)["referrerPolicy"]).toBe("no-referrer");
  });

  it("may be framed by whom the policy names, but not while that policy only reports", () => {
    const extend = { "frame-ancestors": ["https://portal.test"] };
    for (const reportOnly of [false, true]) {
      const { app } = synth("dev", { traffic: { contentSecurityPolicy: { reportOnly, extend } } });
      expect("frameDeny" in headers(app)).toBe(reportOnly);
    }
  });
});

it("keep the policy of old pods' pages until the rollouts are done, since each policy has a name of its own", () => {
  const policies = [true, false].map((inlineScripts) => {
    const { app } = synth("prod", { traffic: { contentSecurityPolicy: { inlineScripts } } });
    for (const name of ["web", "files"])
      for (const id of ["wbot-ai", "wbot-web"]) {
        const pods = app.one("kubernetes_deployment_v1", id);
        expect(app.isAfter(app.one("kubernetes_ingress_v1", `ingress/${name}-route`), pods)).toBe(true);
      }
    return named(route(app, "web"))[1];
  });
  expect(policies[0]).not.toBe(policies[1]);
});

describe("additional hosts", () => {
  const { app } = synth("prod", {
    domain: {
      host: "example.com",
      others: [{ host: "www.example.com" }, { host: "example.org", serves: "product" }],
    },
  });

  it("are served by every route, or redirected to the main host with their path", () => {
    for (const name of ["api", "health", "files", "web", "refused"])
      expect((route(app, name)["spec"].rule as Body[]).map((rule) => rule["host"])).toEqual([
        "example.com",
        "example.org",
      ]);
    expect(matches(route(app, "redirect"))).toEqual(["www.example.com/ Prefix nowhere:80"]);
    expect((route(app, "refused-pages")["spec"].rule as Body[]).map((rule) => rule["host"])).toEqual([
      "example.com",
      "example.org",
      "www.example.com",
    ]);
    expect(named(route(app, "redirect"))).toEqual([
      "security-headers",
      "pages-rate-limit",
      "pages-refusals",
      expect.stringMatching(/^redirect-/),
    ]);
    const redirect = String(named(route(app, "redirect")).at(-1));
    const { regex, replacement, permanent } = specs(app)[redirect]?.["redirectRegex"] as Body;
    // Terraform turns "$${" into "${", and Traefik "${1}" into the path.
    const to = (replacement as string).replace("$${1}", "$1");
    expect("https://www.example.com/a/b?c=d".replace(new RegExp(regex as string), to)).toBe(
      "https://example.com/a/b?c=d",
    );
    expect(permanent).toBe(true);
  });

  it("share one certificate, and so count once against Let's Encrypt's limits", () => {
    const certificates = app
      .of("kubernetes_manifest")
      .filter(({ body }) => body["manifest"].kind === "Certificate");
    expect(certificates.map(({ body }) => body["manifest"].spec.dnsNames)).toEqual([
      ["example.com", "example.org", "www.example.com"],
    ]);
    for (const body of Object.values(byName(app))) expect(body["spec"].tls[0].secret_name).toBe("wbot-tls");
  });

  it("belong to one environment each: two would request the same certificate", () => {
    const hosts = ["dev", "staging", "prod", "rehearsal"].map((name) =>
      String(synth(name).app.json["output"].url.value),
    );
    expect(new Set(hosts).size).toBe(hosts.length);
  });
});

describe("a host that moves between the product and the redirect", () => {
  const moved = (host: string, other: string) =>
    synth("prod", { domain: { host, others: [{ host: other }] } }).app;
  const [before, after] = [moved("a.example", "b.example"), moved("b.example", "a.example")];

  it("is the product's while a deploy has it in both routes, and neither falls through to the 503", () => {
    const priority = (name: string) =>
      Number(route(after, name)["metadata"].annotations[`${ROUTER}.priority`]);
    expect(priority("redirect")).toBeGreaterThan(priority("refused-pages"));
    // Traefik's own priority, which the pages' routes have, is the length of a rule.
    expect(priority("redirect")).toBeLessThan("Host(`a.example`) && PathPrefix(`/`)".length);
    for (const name of ["web", "files"])
      expect(route(after, name)["metadata"].annotations).not.toHaveProperty([`${ROUTER}.priority`]);
  });

  it("is redirected to its old target until its route is updated, and never to itself", () => {
    const redirect = (app: WrittenStack) => String(named(route(app, "redirect")).at(-1));
    expect(redirect(before)).not.toBe(redirect(after));
  });
});

describe("maintenance", () => {
  const { app } = synth("prod", {
    traffic: {
      maintenance: { enabled: true, message: "Back at 6 <b>sharp</b> & ${soon}" },
    },
  });
  const refusals = (name: string) => specs(app)[name]?.["plugin"].refusals as Body;

  it("responds for the pages and the API, after all their limits", () => {
    expect(named(route(app, "api")).at(-1)).toBe("api-maintenance");
    expect(named(route(app, "web")).at(-1)).toBe("pages-maintenance");
    // Before what it marks.
    for (const name of ["api", "web"]) expect(named(route(app, name)).at(-2)).toBe("maintenance-mark");
    expect(named(route(app, "health"))).not.toContain("maintenance-mark");
    expect(specs(app)["maintenance-mark"]).toEqual({
      headers: { customResponseHeaders: { "X-Wbot-Maintenance": "true" } },
    });
    for (const name of ["api-maintenance", "pages-maintenance"])
      expect(refusals(name)["retryAfterSeconds"]).toBe(600);
  });

  it("leaves /health to the AI", () => {
    expect(named(route(app, "health"))).toEqual(named(route(synth("prod").app, "health")));
  });

  it("shows people a page with the message, as text, and programs only the message", () => {
    expect(refusals("pages-maintenance")["maintenance"]).toContain(
      "<p>Back at 6 &lt;b&gt;sharp&lt;/b&gt; &amp; $${soon}</p>",
    );
    expect(refusals("api-maintenance")["maintenance"]).toBe("Back at 6 <b>sharp</b> & $${soon}\n");
  });

  it("is off by default, and then leaves nothing behind", () => {
    expect(Object.keys(specs(synth("prod").app)).filter((name) => name.includes("maintenance"))).toEqual([]);
  });
});

describe("behind trusted proxies, the routes", () => {
  const { app } = synth("dev", {
    traffic: { trustedProxies: ["203.0.113.0/24"] },
    domain: { others: [{ host: "www.example.com" }] },
  });

  it("find the client first, and have both limits count for it", () => {
    expect(specs(app)["client"]).toEqual({
      plugin: { refusals: { trustedProxies: ["203.0.113.0/24"], clientHeader: "X-Counts-For" } },
    });
    for (const name of ["api-client", "pages-client", "files-client"]) {
      expect(specs(app)[`${name}-rate-limit`]?.["rateLimit"].sourceCriterion).toEqual({
        requestHeaderName: "X-Counts-For",
      });
      expect(specs(app)[`${name}-refusals`]?.["plugin"].refusals.clientHeader).toBe("X-Counts-For");
    }
  });

  it("never limit without having found it", () => {
    for (const body of Object.values(byName(app))) {
      if (
        metadata({ address: "", type: "kubernetes_ingress_v1", path: "", body })["annotations"][
          MIDDLEWARES
        ] === undefined
      )
        continue;
      const order = named(body);
      const limits = order.findIndex((name) => name.endsWith("-rate-limit"));
      expect(order.indexOf("client")).toBeGreaterThanOrEqual(0);
      expect(order.indexOf("client")).toBeLessThan(limits);
    }
  });

  it("share no limit with routes that don't find it yet: their clients would have one budget, and could name another", () => {
    const limits = (app: WrittenStack) =>
      Object.keys(specs(app)).filter((name) => /-(rate-limit|refusals)$/.test(name));
    const direct = limits(synth("dev").app);
    expect(direct).toHaveLength(limits(app).length);
    expect(limits(app).filter((name) => direct.includes(name))).toEqual([]);
  });

  it("are those that the routes name", () => {
    const used = ["api", "web", "files"].flatMap((name) =>
      named(route(app, name)).filter((each) => /-(rate-limit|refusals)$/.test(each)),
    );
    const all = Object.keys(specs(app)).filter((name) => /-(rate-limit|refusals)$/.test(name));
    expect([...new Set(used)].sort()).toEqual(all.sort());
  });

  it("take CloudFront's ranges as AWS lists them", () => {
    const stack = synth("dev", { traffic: { trustedProxies: ["cloudfront"] } }).app;
    const { trustedProxies } = specs(stack)["client"]?.["plugin"].refusals as Body;
    // A tuple: with a list, such as sort() returns, the provider refuses its own plan while it applies it.
    expect(String(trustedProxies)).toMatch(
      /^\$\{concat\(\[\], \[ ?for .* in tolist\(data\.aws_ec2_managed_prefix_list\.\w+\.entries\)[^()]*\]\)\}$/,
    );
  });
});
