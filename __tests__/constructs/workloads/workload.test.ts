import { seconds } from "../../../environments/quantity";
import { loadEnvironment } from "../../../environments";
import { custom, metadata, synth, type Body, type WrittenStack } from "../../synth";

const podOf = (app: WrittenStack, id: string): Body =>
  app.one("kubernetes_deployment_v1", id).body["spec"].template.spec;
const containerOf = (app: WrittenStack, id: string): Body => podOf(app, id)["container"][0];

const SEED = {
  "wbot-ai": {
    path: "/health",
    startup: "/health",
    delays: [30, 10],
    ports: [8000, 8000],
  },
  "wbot-web": {
    path: "/health",
    startup: "/",
    delays: [15, 5],
    ports: [3000, 80],
  },
} as const;

describe.each(Object.keys(SEED) as (keyof typeof SEED)[])("%s as in the original manifests", (id) => {
  const { app } = synth("prod");
  const seed = SEED[id];
  const container = containerOf(app, id);

  it("is probed at its path, after its initial delays", () => {
    for (const [index, probe] of ["liveness_probe", "readiness_probe"].entries()) {
      expect(container[probe]).toMatchObject({
        http_get: { path: seed.path, port: "http" },
        initial_delay_seconds: seed.delays[index],
      });
    }
  });

  it("may take five minutes to answer first, and is only then asked whether it lives and is ready", () => {
    const { http_get, period_seconds, failure_threshold, initial_delay_seconds } = container["startup_probe"];
    expect(http_get).toEqual({ path: seed.startup, port: "http" });
    expect(period_seconds * failure_threshold).toBe(300);
    expect(initial_delay_seconds).toBeUndefined();
  });

  it("is killed about a minute after it hung, however long its streams may drain, but not for one slow answer", () => {
    const { period_seconds, timeout_seconds, failure_threshold } = container["liveness_probe"] as {
      period_seconds: number;
      timeout_seconds: number;
      failure_threshold: number;
    };
    // Until the first failing probe, until the last one has timed out, and until the `preStop` hook gives up.
    const hung = period_seconds + (failure_threshold - 1) * period_seconds + timeout_seconds;
    const patience = Number(container["lifecycle"].pre_stop[0].exec.command.at(-2));
    expect(hung + patience).toBeLessThanOrEqual(60);
    expect(failure_threshold).toBeGreaterThan(container["readiness_probe"].failure_threshold as number);
    expect(container["readiness_probe"].failure_threshold).toBeGreaterThan(1);
    // Only then may the hook kill what isn't process 1.
    expect(podOf(app, id)["share_process_namespace"]).toBe(true);
  });

  it("is served where it listens", () => {
    const [port, servicePort] = seed.ports;
    expect(container["port"]).toEqual([{ name: "http", container_port: port, protocol: "TCP" }]);
    expect(custom(app, "Service", id).body["manifest"].spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ port: servicePort, targetPort: "http" }],
      selector: { "app.kubernetes.io/name": id },
    });
  });

  it("is called within the zone if it has pods there", () => {
    expect(custom(app, "Service", id).body["manifest"].spec.trafficDistribution).toBe("PreferSameZone");
  });

  it("has 2 pods, up to 10 at 70 % of its CPU", () => {
    expect(app.one("kubernetes_deployment_v1", id).body["spec"].replicas).toBe("2");
    expect(app.one("kubernetes_horizontal_pod_autoscaler_v2", id).body["spec"]).toMatchObject({
      min_replicas: 2,
      max_replicas: 10,
      scale_target_ref: { kind: "Deployment", name: id },
      metric: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", average_utilization: 70 } },
        },
      ],
    });
  });
});

describe.each(
  ["dev", "staging", "prod"].flatMap((name) => Object.keys(SEED).map((id) => [id, name] as const)),
)("%s in %s", (id, name) => {
  const { app } = synth(name);
  const deployment = app.one("kubernetes_deployment_v1", id).body;
  const pod = podOf(app, id);
  const container = containerOf(app, id);

  it("is admitted under restricted pod security, by its pod and by its container", () => {
    const notRoot = { run_as_non_root: true, seccomp_profile: { type: "RuntimeDefault" } };
    expect(pod["security_context"]).toMatchObject(notRoot);
    // The provider would send `false` for a container that leaves it out.
    expect(container["security_context"]).toMatchObject({
      ...notRoot,
      allow_privilege_escalation: false,
      privileged: false,
      capabilities: { drop: ["ALL"] },
    });
    for (const context of [pod["security_context"], container["security_context"]]) {
      expect(Number(context.run_as_user)).toBeGreaterThan(0);
      expect(Number(context.run_as_group)).toBeGreaterThan(0);
    }
    expect(pod).not.toHaveProperty("host_network");
  });

  it("probes idle connections before a NAT gateway forgets them, after 350 seconds", () => {
    const sysctls = pod["security_context"].sysctl as { name: string; value: string }[];
    const [time = NaN, interval = NaN, probes = NaN] = sysctls.map(({ value }) => Number(value));
    expect(sysctls.map(({ name: key }) => key.replace("net.ipv4.tcp_keepalive_", ""))).toEqual([
      "time",
      "intvl",
      "probes",
    ]);
    expect(time + probes * interval).toBeLessThan(350);
  });

  it("can write to /tmp and nowhere else", () => {
    expect(container["security_context"].read_only_root_filesystem).toBe(true);
    expect(container["volume_mount"]).toEqual([{ name: "tmp", mount_path: "/tmp" }]);
    // In memory: a full disk volume would evict the pod and all its streams.
    const size_limit = id === "wbot-ai" ? "256Mi" : "64Mi";
    expect(pod["volume"]).toEqual([{ name: "tmp", empty_dir: { medium: "Memory", size_limit } }]);
    const data = app.one("kubernetes_config_map_v1", id).body["data"];
    expect(data.HOME).toBe("/tmp");
  });

  it("looks names of the internet up as they are, without four tries in the cluster", () => {
    expect(pod["dns_config"]).toEqual({ option: [{ name: "ndots", value: "2" }] });
  });

  it("knows the address that browsers know it by", () => {
    const { PUBLIC_URL } = app.one("kubernetes_config_map_v1", id).body["data"];
    expect(PUBLIC_URL).toBe(app.json["output"].url.value);
  });

  it("gets no token for the Kubernetes API", () => {
    const account = app.one("kubernetes_service_account_v1", id);
    expect(account.body["automount_service_account_token"]).toBe(false);
    expect(pod["automount_service_account_token"]).toBe(false);
    expect(pod["service_account_name"]).toBe(`\${${account.address}.metadata[0].name}`);
  });

  it("has its variables from its own configuration and its own secret, and no others", () => {
    expect(container["env_from"]).toEqual([
      { config_map_ref: { name: metadata(app.one("kubernetes_config_map_v1", id))["name"] as string } },
      { secret_ref: { name: `${id}-secrets` } },
    ]);
    expect(container).not.toHaveProperty("env");
    expect(pod["enable_service_links"]).toBe(false);
  });

  it("rolls when one of its secrets changes", () => {
    expect(deployment["metadata"].annotations).toEqual({
      "secret.reloader.stakater.com/reload": `${id}-secrets`,
    });
  });

  it("has new pods ready before old ones stop: one of two, a quarter of many", () => {
    expect(deployment["spec"].strategy).toEqual({
      type: "RollingUpdate",
      rolling_update: { max_surge: "25%", max_unavailable: "0" },
    });
  });

  it("isn't killed before its last response may end", () => {
    const { streaming } = loadEnvironment(name);
    const { command } = container["lifecycle"].pre_stop[0].exec as { command: string[] };
    const preStop = Number(command.at(-3));
    const drain = id === "wbot-ai" ? seconds(streaming.drain) : 30;
    // Without the runtime's program, the same wait.
    expect(command.slice(0, 3)).toEqual(["sh", "-c", `"$@" || sleep ${preStop}`]);
    expect(preStop).toBeGreaterThan(0);
    expect(pod["termination_grace_period_seconds"]).toBeGreaterThan(preStop + drain);
  });

  it("lets a node drain at least one of any number of pods at a time, never all, and any that don't work", () => {
    // Not under the name of the one that earlier versions created.
    expect(custom(app, "PodDisruptionBudget", `${id}-pods`).body["manifest"].spec).toEqual({
      maxUnavailable: "25%",
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: deployment["spec"].selector.match_labels as object },
    });
  });

  it("leaves only replicas to the autoscaler and an annotation to Reloader", () => {
    expect(deployment["lifecycle"].ignore_changes).toEqual([
      "spec[0].replicas",
      'spec[0].template[0].metadata[0].annotations["reloader.stakater.com/last-reloaded-from"]',
    ]);
  });

  it("has a lower maximum before its rollout, not after it", () => {
    const autoscaler = app.one("kubernetes_horizontal_pod_autoscaler_v2", id);
    for (const each of app.of("kubernetes_deployment_v1")) expect(app.isAfter(autoscaler, each)).toBe(false);
  });

  it("scales out fast and in slowly", () => {
    const { scale_up, scale_down } = app.one("kubernetes_horizontal_pod_autoscaler_v2", id).body["spec"]
      .behavior as { scale_up: Body[]; scale_down: Body[] };
    expect(scale_up).toEqual([
      {
        stabilization_window_seconds: 0,
        select_policy: "Max",
        policy: [
          { type: "Percent", value: 300, period_seconds: 15 },
          { type: "Pods", value: 10, period_seconds: 15 },
        ],
      },
    ]);
    expect(scale_down).toEqual([
      {
        stabilization_window_seconds: expect.any(Number),
        select_policy: "Max",
        policy: [
          { type: "Percent", value: 10, period_seconds: expect.any(Number) },
          { type: "Pods", value: 1, period_seconds: expect.any(Number) },
        ],
      },
    ]);
  });

  it("never removes pods faster than they drain, nor faster than one a minute after five quiet minutes", () => {
    const [{ stabilization_window_seconds, policy }] = app.one("kubernetes_horizontal_pod_autoscaler_v2", id)
      .body["spec"].behavior.scale_down as [Body];
    const gone = pod["termination_grace_period_seconds"] as number;
    expect(stabilization_window_seconds).toBe(Math.max(300, gone));
    for (const { period_seconds } of policy) expect(period_seconds).toBe(Math.max(60, gone));
  });

  it("spreads over hosts strictly and over zones if possible, counting only its own revision", () => {
    const own = {
      max_skew: 1,
      node_taints_policy: "Honor",
      match_label_keys: ["pod-template-hash"],
      label_selector: [{ match_labels: deployment["spec"].selector.match_labels as object }],
    };
    expect(pod["topology_spread_constraint"]).toEqual([
      { ...own, topology_key: "kubernetes.io/hostname", when_unsatisfiable: "DoNotSchedule" },
      { ...own, topology_key: "topology.kubernetes.io/zone", when_unsatisfiable: "ScheduleAnyway" },
    ]);
  });
});

it("removes pods no slower than Kubernetes allows to configure, at the longest drain", () => {
  const { app } = synth("prod", { streaming: { drain: "9m" } });
  const [{ stabilization_window_seconds, policy }] = app.one(
    "kubernetes_horizontal_pod_autoscaler_v2",
    "wbot-ai",
  ).body["spec"].behavior.scale_down as [Body];
  expect(stabilization_window_seconds).toBeGreaterThan(9 * 60);
  expect(stabilization_window_seconds).toBeLessThanOrEqual(3600);
  for (const { period_seconds } of policy) {
    expect(period_seconds).toBeGreaterThan(9 * 60);
    expect(period_seconds).toBeLessThanOrEqual(1800);
  }
});

it("has all pods back within two of the autoscaler's syncs after a deploy that set 30 back to 4", () => {
  const [{ policy }] = synth("prod").app.one("kubernetes_horizontal_pod_autoscaler_v2", "wbot-web").body[
    "spec"
  ].behavior.scale_up as [{ policy: { type: string; value: number; period_seconds: number }[] }];
  const sync = 15;
  const step = (pods: number) =>
    Math.max(
      ...policy.map(({ type, value }) => (type === "Percent" ? pods * (1 + value / 100) : pods + value)),
    );
  for (const { period_seconds } of policy) expect(period_seconds).toBeLessThanOrEqual(sync);
  expect(step(step(4))).toBeGreaterThanOrEqual(30);
});

describe("the nodes of a workload", () => {
  const nodes = (value: string) => ({
    match_expressions: [{ key: "eks.amazonaws.com/capacityType", operator: "In", values: [value] }],
  });

  it("are on-demand ones only for prod's AI, whose streams a reclaimed node would cut", () => {
    expect(podOf(synth("prod").app, "wbot-ai")["affinity"]).toEqual({
      node_affinity: {
        required_during_scheduling_ignored_during_execution: { node_selector_term: [nodes("ON_DEMAND")] },
      },
    });
  });

  it.each(["dev", "staging", "prod"])(
    "are spot ones for the web of %s, and any others without room there",
    (name) => {
      expect(podOf(synth(name).app, "wbot-web")["affinity"]).toEqual({
        node_affinity: {
          preferred_during_scheduling_ignored_during_execution: [{ weight: 100, preference: nodes("SPOT") }],
        },
      });
    },
  );

  it("are any for dev's AI, without an affinity: an empty one would be a change in every plan", () => {
    expect(podOf(synth("dev").app, "wbot-ai")).not.toHaveProperty("affinity");
  });
});

it("scales on memory too if configured, otherwise on CPU only", () => {
  const metrics = (app: WrittenStack) =>
    (app.one("kubernetes_horizontal_pod_autoscaler_v2", "wbot-ai").body["spec"].metric as Body[]).map(
      ({ resource }) => [resource.name, resource.target.average_utilization],
    );
  expect(metrics(synth("prod", { ai: { targetMemoryPercent: 80 } }).app)).toEqual([
    ["cpu", 70],
    ["memory", 80],
  ]);
  expect(metrics(synth("prod").app)).toEqual([["cpu", 70]]);
});

it("keeps a page on its pod of the web in frames of other sites, too, if the policy lets these frame it", () => {
  const sameSite = (frames: string[], reportOnly = false) => {
    const contentSecurityPolicy = { extend: { "frame-ancestors": frames }, reportOnly };
    const { app } = synth("prod", { traffic: { contentSecurityPolicy } });
    return custom(app, "Service", "wbot-web").body["manifest"].metadata.annotations[
      "traefik.ingress.kubernetes.io/service.sticky.cookie.samesite"
    ] as string;
  };
  expect(sameSite(["https://portal.test"])).toBe("none");
  expect(sameSite(["https://portal.test"], true)).toBe("lax");
  expect(sameSite(["'self'"])).toBe("lax");
});

it("keeps a browser on its pod of the web, whose files and server functions are of one version", () => {
  const annotations = (id: string) =>
    custom(synth("prod").app, "Service", id).body["manifest"].metadata.annotations as Body | undefined;
  const cookie = "traefik.ingress.kubernetes.io/service.sticky.cookie";
  expect(annotations("wbot-web")).toEqual({
    [cookie]: "true",
    [`${cookie}.name`]: "wbot-pod",
    // Without an end, browsers of the night would keep to its few pods, however many the autoscaler adds.
    [`${cookie}.maxage`]: "3600",
    [`${cookie}.secure`]: "true",
    [`${cookie}.httponly`]: "true",
    [`${cookie}.samesite`]: "lax",
  });
  expect(annotations("wbot-ai")).toBeUndefined();
});

it("asks for the configured path, after the configured time to start", () => {
  const container = containerOf(
    synth("prod", { web: { healthPath: "/up", startup: "90s" } }).app,
    "wbot-web",
  );
  for (const probe of ["liveness_probe", "readiness_probe"])
    expect(container[probe].http_get.path).toBe("/up");
  expect(container["lifecycle"].pre_stop[0].exec.command.at(-1)).toBe("/up");
  const { period_seconds, failure_threshold } = container["startup_probe"];
  expect(period_seconds * failure_threshold).toBe(90);
});

it.each([
  ["the longest start", { startup: "10m", replicas: { max: 10 } }],
  ["as few pods as a wave has", { startup: "10m", replicas: { min: 2, max: 2 } }],
  ["a short start", { startup: "30s" }],
])("waits for every wave of a rollout to start, and for each without end only so long: %s", (_, web) => {
  const { replicas, startup } = loadEnvironment("prod", { overrides: { web } }).web;
  const { spec, timeouts } = synth("prod", { web }).app.one("kubernetes_deployment_v1", "wbot-web").body;
  const waves = [...Array(replicas.max).keys()].map((more) => {
    const pods = more + 1;
    return Math.ceil(pods / Math.ceil(pods * 0.25));
  });
  // Nodes take their time, too.
  const each = seconds(startup) + 120;
  expect(Number.parseInt(timeouts.update as string)).toBeGreaterThan(Math.max(...waves) * each);
  // All at once.
  expect(Number.parseInt(timeouts.create as string)).toBeGreaterThan(each);
  // Kubernetes starts counting again with each pod.
  expect(spec.progress_deadline_seconds).toBe(900);
  expect(Number.parseInt(timeouts.update as string)).toBeGreaterThanOrEqual(900);
});
