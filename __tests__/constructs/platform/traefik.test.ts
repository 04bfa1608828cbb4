import { createHash } from "node:crypto";
import { loadEnvironment } from "../../../environments";
import { seconds as secondsOf } from "../../../environments/quantity";
import { helmValues, metadata, synth, type Body } from "../../synth";
import { expressionsOf, MEASURED } from "../workloads/monitoring/expressions";
import { HEALTHY } from "../workloads/monitoring/series";

const seconds = (duration: string): number => Number(/^(\d+)s$/.exec(duration)?.[1]);

describe.each(["dev", "staging", "prod"])("Traefik in %s", (name) => {
  const { infra } = synth(name);
  const release = infra.one("helm_release", "traefik");
  const values = helmValues(release);
  const ports = values["ports"] as Record<"traefik" | "metrics" | "web" | "websecure", Body>;
  const { streaming, platform } = loadEnvironment(name);
  const targets = (id: string) => infra.one("aws_lb_target_group", `load-balancer/${id}-targets`).body;

  it("listens on the load balancer's target and health check ports", () => {
    expect(ports.web["port"]).toBe(targets("http")["port"]);
    expect(ports.websecure["port"]).toBe(targets("https")["port"]);
    for (const id of ["http", "https"]) {
      expect(targets(id)["health_check"].port).toBe(String(ports.traefik["port"]));
    }
  });

  it("sees the clients' real addresses, and trusts no forwarded ones", () => {
    for (const id of ["http", "https"]) expect(targets(id)["preserve_client_ip"]).toBe("true");
    for (const port of Object.values(ports)) {
      expect(port["forwardedHeaders"]?.trustedIPs ?? []).toEqual([]);
      expect(port["forwardedHeaders"]?.insecure).toBeUndefined();
      expect(port["proxyProtocol"]).toBeUndefined();
    }
  });

  it("still accepts at every entry point, the ping one too, until the load balancer has noticed", () => {
    for (const id of ["http", "https"]) {
      const { interval, unhealthy_threshold } = targets(id)["health_check"];
      for (const port of Object.values(ports)) {
        expect(seconds(port["transport"].lifeCycle.requestAcceptGraceTimeout)).toBeGreaterThan(
          interval * unhealthy_threshold,
        );
      }
    }
  });

  it("is measured for as long as a terminating pod accepts requests", () => {
    const grace = ({ transport }: Body) => transport.lifeCycle.requestAcceptGraceTimeout as string;
    expect(grace(ports.metrics)).toBe(grace(ports.websecure));
  });

  it("is no node port: the load balancer connects to pods, whichever node they are on", () => {
    expect(values["service"].spec).toEqual({ type: "ClusterIP" });
    expect(JSON.stringify(values["ports"])).not.toMatch(/nodePort/i);
  });

  it.each([
    ["http", "web"],
    ["https", "websecure"],
  ])("has its pods registered in the target group of %s, by their addresses", (id, entryPoint) => {
    const group = infra.one("aws_lb_target_group", `load-balancer/${id}-targets`).address;
    const objects = values["extraObjects"] as Body[];
    const index = objects.findIndex(({ spec }) => spec.serviceRef?.port === entryPoint);
    expect(objects[index]).toMatchObject({
      kind: "TargetGroupBinding",
      spec: { targetType: "ip", serviceRef: { name: "traefik" } },
    });
    // A binding can't move to another target group, so its name changes with it.
    expect(release.body["set"]).toEqual(
      expect.arrayContaining([
        { name: `extraObjects[${index}].metadata.name`, value: `\${${group}.name}` },
        { name: `extraObjects[${index}].spec.targetGroupARN`, value: `\${${group}.arn}` },
      ]),
    );
  });

  it("names the namespace of its objects, so that its manifest can be applied again as it is", () => {
    const objects = (values["extraObjects"] as Body[]).filter(
      ({ kind }) => !String(kind).startsWith("ClusterRole"),
    );
    expect(objects).not.toHaveLength(0);
    for (const { kind, metadata: own } of objects)
      expect([kind, own.namespace]).toEqual([kind, expect.stringMatching(/^(traefik|wbot)$/)]);
  });

  it("is not ready before the load balancer finds it healthy, and doesn't start while nobody could tell", () => {
    const namespace = infra.one("kubernetes_namespace_v1", "traefik/namespace");
    expect(metadata(namespace)["labels"]).toMatchObject({
      "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
    });
    const others = infra.of("kubernetes_namespace_v1").filter((each) => each !== namespace);
    expect(JSON.stringify(others)).not.toContain("elbv2.k8s.aws");
    const controller = helmValues(infra.one("helm_release", "aws-load-balancer-controller"));
    expect(controller["podMutatorWebhookConfig"]).toEqual({ failurePolicy: "Fail" });
  });

  it("gets no request before it has its routes: its start ends once one of them answers", () => {
    const { startupProbe, extraObjects } = values;
    const ingress = (extraObjects as Body[]).find(({ kind }) => kind === "Ingress") as Body;
    const middleware = (extraObjects as Body[]).find(({ kind }) => kind === "Middleware") as Body;
    const [{ http }] = ingress["spec"].rules;
    expect(startupProbe.httpGet).toEqual({ path: http.paths[0].path, port: ports.traefik["port"] });
    expect(ingress["metadata"].annotations).toEqual({
      "traefik.ingress.kubernetes.io/router.entrypoints": "traefik",
      "traefik.ingress.kubernetes.io/router.middlewares": `traefik-${middleware["metadata"].name}@kubernetescrd`,
    });
    expect(middleware["spec"]).toEqual({ plugin: { refusals: { ready: true } } });
    expect(values["providers"].kubernetesIngress.namespaces).toContain("traefik");
    // Only the start: a route that is lost later must not take every pod from the load balancer.
    expect(values["deployment"].readinessPath).toBeUndefined();
  });

  it("stays in the load balancer with one late answer, as in the load balancer's own check", () => {
    const { unhealthy_threshold: failures } = targets("https")["health_check"] as Body;
    expect(values["readinessProbe"].failureThreshold).toBe(failures);
  });

  it("has time for each of its pods, which are replaced one by one", () => {
    expect(release.body["timeout"]).toBe(600);
    const many = synth(name, { platform: { traefikReplicas: 10 } }).infra.one("helm_release", "traefik");
    expect(many.body["timeout"]).toBe(1800);
  });

  it("lets streams finish before it is killed: the two grace periods run one after the other", () => {
    for (const port of [ports.web, ports.websecure]) {
      const { requestAcceptGraceTimeout, graceTimeOut } = port["transport"].lifeCycle;
      expect(seconds(graceTimeOut)).toBe(secondsOf(streaming.drain));
      expect(values["deployment"].terminationGracePeriodSeconds).toBeGreaterThan(
        seconds(requestAcceptGraceTimeout) + secondsOf(streaming.drain),
      );
    }
  });

  it("gives a request the time that its largest body needs, and a response any", () => {
    for (const port of Object.values(ports)) {
      expect(port["transport"].respondingTimeouts).toMatchObject({ readTimeout: "219s", writeTimeout: 0 });
    }
  });

  it("redirects to HTTPS, except Let's Encrypt's challenges on port 80", () => {
    expect(ports.web).toMatchObject({
      allowACMEByPass: true,
      http: { redirections: { entryPoint: { to: "websecure", scheme: "https", permanent: true } } },
    });
    expect(ports.websecure).toMatchObject({ asDefault: true, http: { tls: { enabled: true } } });
  });

  it("refuses old TLS, and host names without a certificate", () => {
    expect(values["tlsOptions"].default).toMatchObject({ minVersion: "VersionTLS12", sniStrict: true });
    for (const suite of values["tlsOptions"].default.cipherSuites as string[]) {
      expect(suite).toMatch(/^TLS_ECDHE_.*(GCM|POLY1305)/);
    }
    expect(values["core"].strictTLSOptions).toBe(true);
  });

  it("reads routes and middlewares from the product's namespace and its own only", () => {
    expect(values["providers"]).toMatchObject({
      kubernetesIngress: { namespaces: ["wbot", "traefik"], crossProviderNamespaces: ["wbot", "traefik"] },
      kubernetesCRD: { namespaces: ["wbot", "traefik"], allowCrossNamespace: false },
    });
  });

  it("tells /api from /apiary", () => {
    expect(values["providers"].kubernetesIngress.strictPrefixMatching).toBe(true);
  });

  it("writes the load balancer's name, known only after apply, into each Ingress", () => {
    expect(release.body["set"]).toContainEqual({
      name: "providers.kubernetesIngress.ingressEndpoint.hostname",
      value: `\${${infra.one("aws_lb").address}.dns_name}`,
    });
    // It would win over the name.
    expect(values["providers"].kubernetesIngress.publishedService).toEqual({ enabled: false });
  });

  it("logs neither keys nor personal data", () => {
    expect(values["accessLog"]).toMatchObject({
      enabled: true,
      fields: { headers: { defaultMode: "drop" }, queryParameters: { defaultMode: "drop" } },
    });
    expect(values["accessLog"].fields.headers).not.toHaveProperty("names");
  });

  it("buffers and compresses nothing, so that streams pass through unchanged", () => {
    const { experimental, ...others } = values;
    expect(JSON.stringify(others)).not.toMatch(/buffer|compress/i);
    expect(Object.keys(experimental.localPlugins as Body)).toEqual(["refusals"]);
    expect(values["ports"].websecure.http.middlewares ?? []).toEqual([]);
  });

  it("doesn't start without the plugin that enforces the limits", () => {
    const { abortOnPluginFailure, localPlugins } = values["experimental"];
    expect(abortOnPluginFailure).toBe(true);
    expect(localPlugins.refusals).toMatchObject({
      moduleName: "wbot/refusals",
      mountPath: "/plugins-local/src/wbot/refusals",
      type: "inlinePlugin",
    });
    expect(Object.keys(localPlugins.refusals.source as Body)).toEqual([
      ".traefik.yml",
      "go.mod",
      "refusals.go",
    ]);
    expect(localPlugins.refusals.source["refusals.go"]).toContain("func New(");
  });

  it("restarts its pods when the plugin's source changes, which they read only at start", () => {
    const source = JSON.stringify(values["experimental"].localPlugins.refusals.source);
    const hash = createHash("sha256").update(source).digest("hex");
    expect(hash).toContain(values["deployment"].podAnnotations["wbot/refusals"]);
  });

  it("limits headers at both entry points", () => {
    for (const port of [ports.web, ports.websecure]) expect(port["http"].maxHeaderBytes).toBe(65_536);
  });

  it("closes idle connections before the load balancer drops them, and before the pod's server closes its own", () => {
    for (const port of Object.values(ports))
      expect(port["transport"].respondingTimeouts.idleTimeout).toBe("180s");
    // uvicorn and Node.js close after 5 s.
    expect(values["additionalArguments"]).toContain(
      "--serversTransport.forwardingTimeouts.idleConnTimeout=4s",
    );
  });

  it("gives up on a pod that doesn't answer the connection within a second, and tries another", () => {
    expect(values["additionalArguments"]).toContain(
      "--serversTransport.forwardingTimeouts.dialTimeout=500ms",
    );
  });

  it("has the memory that is set, reserved and as its limit, which bounds its streams", () => {
    const { traefikMemory: memory } = platform;
    expect(values["resources"]).toEqual({ requests: { cpu: "100m", memory }, limits: { memory } });
    const large = synth(name, { platform: { traefikMemory: "1Gi" } });
    expect(helmValues(large.infra.one("helm_release", "traefik"))["resources"].limits).toEqual({
      memory: "1Gi",
    });
  });

  it("has no dashboard, and doesn't phone home", () => {
    expect(values["api"]).toEqual({ dashboard: false });
    expect(values["global"]).toEqual({ checkNewVersion: false, sendAnonymousUsage: false });
  });

  it("has its pods, and a budget if there are several", () => {
    expect(values["deployment"].replicas).toBe(platform.traefikReplicas);
    expect(values["podDisruptionBudget"]).toEqual(
      platform.traefikReplicas > 1 ? { enabled: true, maxUnavailable: "25%" } : { enabled: false },
    );
    expect(values["priorityClassName"]).toBe("system-cluster-critical");
  });
});

it("counts requests per router, in the buckets that alerts read and their tests assume", () => {
  const { prometheus } = helmValues(MEASURED.infra.one("helm_release", "traefik"))["metrics"];
  expect(prometheus.addRoutersLabels).toBe(true);
  const buckets = [...(prometheus.buckets as string).split(","), "+Inf"];
  const read = expressionsOf(MEASURED).flatMap(({ expr }) =>
    [...expr.matchAll(/traefik_\w+_bucket\{[^}]*\ble=~"([^"]*)"/g)].map(
      ([, le = ""]) => new RegExp(`^(${le})$`),
    ),
  );
  expect(read).not.toEqual([]);
  expect(read.filter((le) => !buckets.some((bucket) => le.test(bucket)))).toEqual([]);
  const assumed = HEALTHY.filter(({ name }) => /^traefik_\w+_bucket$/.test(name)).map(
    ({ labels }) => labels["le"],
  );
  expect(buckets).toEqual(expect.arrayContaining(assumed));
});

describe("behind trusted proxies", () => {
  const traefik = (trustedProxies: string[]) =>
    synth("dev", { traffic: { trustedProxies } }).infra.one("helm_release", "traefik");
  const trusted = (trustedProxies: string[]) => {
    const { web, websecure } = helmValues(traefik(trustedProxies))["ports"];
    expect(web.forwardedHeaders).toEqual(websecure.forwardedHeaders);
    return web.forwardedHeaders.trustedIPs as string[];
  };

  it("takes the client's address from them, at both entry points, and from nobody else", () => {
    const ranges = ["198.51.100.0/24", "203.0.113.0/24"];
    expect(trusted(ranges)).toEqual(ranges);
    expect(trusted([])).toEqual([]);
  });

  it("knows Cloudflare's ranges, and reads CloudFront's of AWS", () => {
    expect(trusted(["cloudflare"])).toContain("104.16.0.0/13");
    const set = traefik(["cloudfront", "10.0.0.0/8"]).body["set"] as Body[];
    for (const entryPoint of ["web", "websecure"]) {
      const path = `ports.${entryPoint}.forwardedHeaders.trustedIPs`;
      const value = String(set.find(({ name }) => name === path)?.["value"]);
      expect(value).toMatch(/^\{.*data\.aws_ec2_managed_prefix_list\.cloudfront\S*\.entries.*\}$/);
      expect(value).toContain("10.0.0.0/8");
    }
  });
});
