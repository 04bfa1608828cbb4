import { environments } from "../environments";
import { custom, helmValues, metadata, NAMED, synth, type Body } from "./synth";

/** The product as its first, hand-kept manifests had it, row by row, in every environment. */

const WORKLOADS = ["wbot-ai", "wbot-web"];

const block = (value: unknown): Body => (Array.isArray(value) ? value[0] : value) as Body;

/** A rehearsal has stand-ins for the product's images. */
const real = Object.keys(environments).filter((name) => environments[name]?.emulator === undefined);

describe.each(real)("the original manifests' values in %s", (name) => {
  const { infra } = synth(name);
  const { app } = synth(name, NAMED);
  const deployment = (id: string) => app.one("kubernetes_deployment_v1", id).body;
  const container = (id: string) => block(block(deployment(id)["spec"].template).spec.container);
  const keysOf = (secret: string): string[] => {
    const { spec } = custom(app, "ExternalSecret", secret).body["manifest"];
    return Object.keys(
      spec.target.template.data ?? Object.fromEntries(spec.data.map((each: Body) => [each["secretKey"], 0])),
    );
  };

  it("Namespace: wbot", () => {
    expect(metadata(infra.one("kubernetes_namespace_v1", "product-namespace"))).toMatchObject({
      name: "wbot",
    });
  });

  it("Secrets: Supabase's keys, database, Anthropic, OpenAI and Google", () => {
    expect(keysOf("wbot-ai-secrets")).toEqual(
      expect.arrayContaining([
        "SUPABASE_ANON_KEY",
        "SUPABASE_SERVICE_KEY",
        "DATABASE_URL",
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "GOOGLE_API_KEY",
        "REDIS_URL",
      ]),
    );
  });

  it("ConfigMap: CORS settings, LangSmith configuration, Python's variables", () => {
    expect(Object.keys(app.one("kubernetes_config_map_v1", "wbot-ai").body["data"] as object)).toEqual(
      expect.arrayContaining([
        "CORS_ORIGINS",
        "LANGSMITH_TRACING",
        "LANGSMITH_PROJECT",
        "LANGSMITH_ENDPOINT",
        "PYTHONUNBUFFERED",
      ]),
    );
  });

  it("Redis: port 6379", () => {
    expect(infra.one("aws_elasticache_replication_group").body["port"]).toBe(6379);
  });

  it.each([
    ["wbot-ai", 8000, 8000, "/health", "/health", 30, 10, ["500m", "2"], ["512Mi", "2Gi"]],
    // Its page is asked for at the start only: afterwards, a slow dependency would restart every pod.
    ["wbot-web", 3000, 80, "/", "/health", 15, 5, ["100m", "1"], ["256Mi", "1Gi"]],
  ] as const)(
    "%s: ports, probes, resources, 2 replicas",
    (id, port, servicePort, startup, path, live, ready, cpu, memory) => {
      const it = container(id);
      expect(deployment(id)["spec"].replicas).toBe("2");
      expect(block(it["port"])["container_port"]).toBe(port);
      expect(custom(app, "Service", id).body["manifest"].spec.ports[0].port).toBe(servicePort);
      expect(it["startup_probe"].http_get.path).toBe(startup);
      expect(
        [it["liveness_probe"], it["readiness_probe"]].map((probe) => [
          probe.http_get.path,
          probe.initial_delay_seconds,
        ]),
      ).toEqual([
        [path, live],
        [path, ready],
      ]);
      expect(it["resources"]).toEqual({
        requests: { cpu: cpu[0], memory: memory[0] },
        limits: { cpu: cpu[1], memory: memory[1] },
      });
    },
  );

  it("Ingress: /api and /health to the backend, all else to the front end, by TLS", () => {
    const routes = app.of("kubernetes_ingress_v1").flatMap(({ body }) => {
      const path = block(block(body["spec"].rule).http.path);
      // What stands behind these routes, in case one is dropped, what is blocked, and a part of what goes to the front end.
      const others = ["wbot-refused", "wbot-refused-pages", "wbot-metrics", "wbot-files"];
      if (others.includes(body["metadata"].name as string)) return [];
      return [
        [
          path["path"],
          path["backend"].service.name,
          path["backend"].service.port.number,
          block(body["spec"].tls)["secret_name"],
        ],
      ];
    });
    expect(routes.sort()).toEqual([
      ["/", "wbot-web", 80, "wbot-tls"],
      ["/api", "wbot-ai", 8000, "wbot-tls"],
      ["/health", "wbot-ai", 8000, "wbot-tls"],
    ]);
  });

  it("Ingress: CORS, rate limit, certificate", () => {
    const middlewares = app
      .of("kubernetes_manifest")
      .filter(({ body }) => body["manifest"].kind === "Middleware");
    const specs = middlewares.map(({ body }) => body["manifest"].spec as Body);
    expect(specs.some((spec) => spec["headers"]?.accessControlAllowOriginList?.length > 0)).toBe(true);
    expect(specs.some((spec) => spec["rateLimit"]?.average > 0)).toBe(true);
    expect(custom(app, "Certificate", "wbot-tls").body["manifest"].spec.secretName).toBe("wbot-tls");
  });

  it("Smallest cluster: 4 CPU, 8 GB and 20 GB of storage, on the minimum nodes", () => {
    // vCPU and GiB of the instance types that the environments name first.
    const sizes: Record<string, [number, number]> = {
      "t4g.medium": [2, 4],
      "t4g.large": [2, 8],
      "m7g.large": [2, 8],
    };
    const totals = infra.of("aws_eks_node_group").map(({ body }) => {
      const [cpu, memory] = sizes[body["instance_types"][0] as string] ?? [0, 0];
      return [cpu, memory].map((each) => each * (body["scaling_config"].min_size as number));
    });
    expect(totals.reduce((sum, [cpu = 0]) => sum + cpu, 0)).toBeGreaterThanOrEqual(4);
    expect(totals.reduce((sum, [, memory = 0]) => sum + memory, 0)).toBeGreaterThanOrEqual(8);
    for (const { body } of infra.of("aws_launch_template")) {
      const disks = (body["block_device_mappings"] as Body[]).map(
        (disk) => disk["ebs"].volume_size as number,
      );
      expect(Math.max(...disks)).toBeGreaterThanOrEqual(20);
    }
  });

  it("Scaling: at 70 % CPU, from 2", () => {
    for (const id of WORKLOADS) {
      const { body } = app.one("kubernetes_horizontal_pod_autoscaler_v2", id);
      expect(block(body["spec"].metric)["resource"].target.average_utilization).toBe(70);
      expect(body["spec"].min_replicas).toBe(2);
      // dev saves on the upper bound.
      expect(body["spec"].max_replicas).toBe(name === "dev" ? 4 : 10);
    }
  });

  it("Availability: a disruption budget and a spread for each workload", () => {
    for (const id of WORKLOADS) {
      custom(app, "PodDisruptionBudget", `${id}-pods`);
      const spread = block(deployment(id)["spec"].template).spec.topology_spread_constraint as Body[];
      expect(spread.map((each) => each["topology_key"])).toEqual([
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
      ]);
    }
  });

  it("Operations: images with a meaningful tag", () => {
    for (const id of WORKLOADS) {
      expect(container(id)["image"]).toMatch(/^\S+\/wbot-\w+(:|@)(?!latest)\S+$/);
    }
    expect(helmValues(infra.one("helm_release", "reloader"))["reloader"].reloadStrategy).toBe("annotations");
  });
});
