import {
  allowed,
  API,
  IMPOSTOR,
  INTERNET,
  KUBE_DNS,
  METADATA,
  POD_IDENTITY,
  pods,
  SOLVER,
  STRANGER,
  TRAEFIK,
  type End,
} from "../connections";
import { SERVICE_KEYS, SERVICES, type ServiceKey, type ServiceName } from "../../environments/services";
import { metadata, synth, type Written } from "../synth";

/**
 * Who may connect to what, in both stacks: every pair of ENDS and TARGETS is tested. What a case lists is allowed, and
 * everything else is denied.
 */

/** A pod of a chart, with the labels that the chart gives it, on an address of the first private subnet. */
const pod = (namespace: string, name: string, index: number): End => ({
  namespace,
  labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": namespace },
  address: `10.0.3.${index}`,
});

/** The VPC is 10.0.0.0/16. */
const ENDS = {
  "the internet": INTERNET,
  metadata: METADATA,
  "Pod Identity": POD_IDENTITY,
  "the API": API,
  // A node, or an interface of the control plane.
  "private subnets": { address: "10.0.0.9" },
  // The load balancer, and nodes and the control plane if there is no NAT.
  "public subnets": { address: "10.0.96.9" },
  "cache subnets": { address: "10.0.128.5" },
  CoreDNS: KUBE_DNS,
  "a pod elsewhere": { namespace: "elsewhere", labels: {}, address: "10.0.1.9" },
  impostor: IMPOSTOR,
  Traefik: TRAEFIK,
  "cert-manager": pod("cert-manager", "cert-manager", 1),
  "cert-manager's webhook": pod("cert-manager", "webhook", 2),
  "cert-manager's injector": pod("cert-manager", "cainjector", 3),
  "cert-manager's check": pod("cert-manager", "startupapicheck", 4),
  "External Secrets": pod("external-secrets", "external-secrets", 5),
  "Alloy's External Secrets": pod("alloy-secrets", "external-secrets", 6),
  "the monitoring's External Secrets": pod("monitoring-secrets", "external-secrets", 7),
  registrar: pod("aws-load-balancer-controller", "aws-load-balancer-controller", 17),
  autoscaler: pod("cluster-autoscaler", "aws-cluster-autoscaler", 8),
  Reloader: pod("reloader", "reloader", 9),
  Prometheus: pod("monitoring", "prometheus", 10),
  Alertmanager: pod("monitoring", "alertmanager", 11),
  "the operator of Prometheus": pod("monitoring", "kube-prometheus-stack-prometheus-operator", 12),
  "kube-state-metrics": pod("monitoring", "kube-state-metrics", 13),
  Grafana: pod("monitoring", "grafana", 14),
  Alloy: pod("alloy", "alloy", 15),
  Loki: pod("loki", "loki", 16),
  solver: SOLVER,
  "a stranger in wbot": STRANGER,
} satisfies Record<string, End>;

type Name = keyof typeof ENDS | ServiceName | "wbot-redis";
/** "CoreDNS 53/UDP"; TCP by default. */
type Target = `${Name} ${number}` | `${Name} ${number}/UDP`;

/** Services that the table says nothing of by name: it follows from their rows. */
const OTHERS = SERVICE_KEYS.filter((key) => !["ai", "web"].includes(key));

/** What only answers. */
const SERVERS: readonly Name[] = ["metadata", "Pod Identity", "the API"];

const NAMESPACES = [
  "wbot",
  "traefik",
  "cert-manager",
  // Without a pod.
  "acme-account",
  "external-secrets",
  "alloy-secrets",
  "monitoring-secrets",
  "aws-load-balancer-controller",
  "cluster-autoscaler",
  "reloader",
  "monitoring",
  "prometheus-operator-crds",
  "alloy",
  "loki",
];

const TARGETS: readonly Target[] = [
  "the internet 22",
  "the internet 53",
  "the internet 53/UDP",
  "the internet 80",
  "the internet 443",
  "the internet 4318",
  "the internet 4566",
  "the internet 5432",
  "the internet 6379",
  "the internet 6543",
  "metadata 80",
  "metadata 443",
  "metadata 4566",
  "Pod Identity 80",
  "Pod Identity 443",
  "the API 443",
  "the API 80",
  "private subnets 443",
  "private subnets 4566",
  "private subnets 10250",
  "public subnets 443",
  "public subnets 4566",
  "cache subnets 6379",
  "cache subnets 443",
  "CoreDNS 53",
  "CoreDNS 53/UDP",
  "CoreDNS 9153",
  "a pod elsewhere 8000",
  "Traefik 8000",
  "Traefik 8443",
  "Traefik 8080",
  "Traefik 9100",
  "cert-manager 9402",
  "cert-manager 9403",
  "cert-manager's webhook 10250",
  "cert-manager's webhook 6080",
  "cert-manager's injector 9402",
  "cert-manager's check 443",
  "External Secrets 8080",
  "Alloy's External Secrets 8080",
  "the monitoring's External Secrets 8080",
  "registrar 9443",
  "registrar 8080",
  "autoscaler 8085",
  "Reloader 9090",
  "Alloy 12345",
  "Loki 3100",
  "Loki 9095",
  "Prometheus 9090",
  "Prometheus 8080",
  "Alertmanager 9093",
  "Alertmanager 9094",
  "Alertmanager 8080",
  "the operator of Prometheus 8080",
  "kube-state-metrics 8080",
  "kube-state-metrics 8081",
  "Grafana 3000",
  "wbot-ai 8000",
  "wbot-ai 22",
  "wbot-web 3000",
  "wbot-web 80",
  "wbot-redis 6379",
  "solver 8089",
  "solver 8000",
  "a stranger in wbot 8000",
  ...OTHERS.map((key) => portOf(key)),
];

type Table = Readonly<Partial<Record<Name, readonly Target[]>>>;

const LOOK_UP: readonly Target[] = ["CoreDNS 53", "CoreDNS 53/UDP"];
const CONTROLLER: readonly Target[] = [...LOOK_UP, "the API 443", "private subnets 443"];
const AWS: readonly Target[] = ["the internet 443", "Pod Identity 80"];
const CLIENT: readonly Target[] = ["Traefik 8000", "Traefik 8443"];
const WEBHOOKS: readonly Target[] = ["cert-manager's webhook 10250", "registrar 9443"];

/** Nodes in private subnets, ElastiCache, and no hosted zone. */
const SHIPPED: Table = {
  "the internet": CLIENT,
  "public subnets": [...CLIENT, "Traefik 8080"],
  "private subnets": [...CLIENT, ...WEBHOOKS],
  "cache subnets": CLIENT,
  // A pod has an address like a node's, and these are in namespaces without policies.
  "a pod elsewhere": [...CLIENT, ...WEBHOOKS],
  impostor: [...CLIENT, ...WEBHOOKS],
  CoreDNS: [...CLIENT, ...WEBHOOKS],
  Traefik: [
    ...CONTROLLER,
    "wbot-ai 8000",
    "wbot-web 3000",
    "solver 8089",
    ...OTHERS.filter((key) => SERVICES[key].http?.routed).map((key) => portOf(key)),
  ],
  "cert-manager": [...CONTROLLER, "the internet 80", "the internet 443"],
  "cert-manager's webhook": CONTROLLER,
  "cert-manager's injector": CONTROLLER,
  "cert-manager's check": CONTROLLER,
  "External Secrets": [...CONTROLLER, ...AWS],
  registrar: [...CONTROLLER, ...AWS],
  autoscaler: [...CONTROLLER, ...AWS],
  Reloader: CONTROLLER,
  // CloudWatch.
  Alloy: [...CONTROLLER, ...AWS],
  "wbot-ai": [...LOOK_UP, "the internet 443", "the internet 5432", "the internet 6543", "cache subnets 6379"],
  "wbot-web": [...LOOK_UP, "the internet 443", "wbot-ai 8000"],
  ...others("cache subnets 6379"),
  // Nothing: a solver, an unknown pod.
};

const CONTROLLERS_METRICS: readonly Target[] = [
  "Traefik 9100",
  "cert-manager 9402",
  "External Secrets 8080",
  "autoscaler 8085",
];

/** With Prometheus in the cluster. */
const MEASURED: Table = {
  ...SHIPPED,
  Prometheus: [
    ...CONTROLLER,
    ...CONTROLLERS_METRICS,
    // The kubelets'; a pod's address is one of the same subnets.
    "private subnets 10250",
    "cert-manager's webhook 10250",
    "Alertmanager 9093",
    "Alertmanager 8080",
    "the operator of Prometheus 8080",
    "kube-state-metrics 8080",
    "Alloy 12345",
  ],
  Alertmanager: [...CONTROLLER, ...AWS],
  "the operator of Prometheus": CONTROLLER,
  "kube-state-metrics": CONTROLLER,
  Grafana: [...CONTROLLER, "Prometheus 9090"],
};
const SCRAPED = { observability: { metrics: { kind: "in-cluster", scrape: ["ai"] } } };
const REMOTE = {
  observability: { metrics: { kind: "remote-write", url: "https://metrics.example.com/api/v1/write" } },
};

function others(redis: Target): Table {
  return Object.fromEntries(OTHERS.map((key) => [SERVICES[key].name, byRow(key, redis)]));
}

/** What a service may connect to by its row. */
function byRow(key: ServiceKey, redis: Target): readonly Target[] {
  const { calls = [], database, redis: cached } = SERVICES[key];
  return [
    ...LOOK_UP,
    "the internet 443",
    ...(database ? (["the internet 5432", "the internet 6543"] as const) : []),
    ...(cached ? [redis] : []),
    ...calls.map((called) => portOf(called)),
  ];
}

/** The port that a service listens on, or one that a worker doesn't. */
function portOf(key: ServiceKey): Target {
  const { name, http } = SERVICES[key];
  return `${name} ${http?.port ?? 8080}`;
}

const withEmulator: readonly Target[] = [
  ...CONTROLLER,
  ...AWS,
  "the internet 4566",
  "private subnets 4566",
  "public subnets 4566",
];
const ZONE = { domain: { hostedZoneId: "Z0000000000EXAMPLE" } };
const IN_CLUSTER = { redis: { kind: "in-cluster" } };

describe.each<[string, Written, Table]>([
  ["prod", synth("prod"), MEASURED],
  ["staging", synth("staging"), MEASURED],
  [
    "staging with metrics of the backend",
    synth("staging", SCRAPED),
    { ...MEASURED, Prometheus: [...(MEASURED.Prometheus ?? []), "wbot-ai 8000"] },
  ],
  [
    "staging with metrics kept elsewhere",
    synth("staging", REMOTE),
    {
      ...MEASURED,
      Prometheus: [
        ...(MEASURED.Prometheus ?? []),
        "the internet 443",
        "the monitoring's External Secrets 8080",
      ],
      "the monitoring's External Secrets": [...CONTROLLER, ...AWS],
      Grafana: CONTROLLER,
    },
  ],
  ["dev", synth("dev"), SHIPPED],
  [
    "dev with a hosted zone, which is proved by DNS",
    synth("dev", ZONE),
    {
      ...SHIPPED,
      "cert-manager": [...CONTROLLER, ...AWS, "the internet 80", "the internet 53", "the internet 53/UDP"],
    },
  ],
  [
    "dev with Redis in the cluster",
    synth("dev", IN_CLUSTER),
    {
      ...SHIPPED,
      "wbot-ai": [
        ...LOOK_UP,
        "the internet 443",
        "the internet 5432",
        "the internet 6543",
        "wbot-redis 6379",
      ],
      ...others("wbot-redis 6379"),
    },
  ],
  [
    "staging with Loki",
    synth("staging", { observability: { logs: { kind: "loki" } } }),
    {
      ...MEASURED,
      Alloy: [...CONTROLLER, "Loki 3100"],
      Loki: [...CONTROLLER, ...AWS],
      Prometheus: [...(MEASURED.Prometheus ?? []), "Loki 3100"],
      Grafana: [...(MEASURED.Grafana ?? []), "Loki 3100"],
    },
  ],
  [
    "staging with Loki and without Grafana",
    synth("staging", { observability: { logs: { kind: "loki" }, metrics: { kind: "none" } } }),
    { ...SHIPPED, Alloy: [...CONTROLLER, "Loki 3100"], Loki: [...CONTROLLER, ...AWS] },
  ],
  [
    "staging with a vendor of logs and another of traces",
    synth("staging", {
      observability: {
        logs: { kind: "otlp", endpoint: "https://logs.example.com" },
        traces: { kind: "otlp", endpoint: "https://traces.example.com:4318" },
      },
    }),
    {
      ...MEASURED,
      Alloy: [...CONTROLLER, "the internet 443"],
      "Alloy's External Secrets": [...CONTROLLER, ...AWS],
      Prometheus: [...(MEASURED.Prometheus ?? []), "Alloy's External Secrets 8080"],
      "wbot-ai": [...(SHIPPED["wbot-ai"] ?? []), "the internet 4318"],
    },
  ],
  [
    "rehearsal, where an emulator stands for AWS",
    synth("rehearsal"),
    { ...SHIPPED, "External Secrets": withEmulator, registrar: withEmulator, autoscaler: withEmulator },
  ],
])("the network policies of %s", (_, written, table) => {
  const ends = endsOf(written);
  const callers = (Object.keys(ends) as Name[]).filter((name) => !SERVERS.includes(name));
  const there = NAMESPACES.filter((name) => namespacesOf(written).includes(name));
  const governed = (name: Name) => there.includes(ends[name]?.namespace ?? "");

  // A failure names each pair that is allowed (+) or denied (-) by mistake.
  it("allow what is needed, and deny everything else", () => {
    const pairs = callers.flatMap((from) =>
      TARGETS.map((target) => ({ from, target, to: parse(target) })).filter(
        // Between two ends without policies everything is allowed, and none of ours.
        ({ to: { name } }) => ends[name] !== undefined && name !== from && (governed(from) || governed(name)),
      ),
    );
    const named = (may: (pair: (typeof pairs)[number]) => boolean) =>
      pairs.filter(may).map(({ from, target }) => `${from} to ${target}`);
    expect(
      named(({ from, to: { name, port, protocol } }) =>
        allowed(written, ends[from] as End, ends[name] as End, port, protocol),
      ),
    ).toEqual(named(({ from, target }) => table[from]?.includes(target) ?? false));
  });

  it("are all in the namespaces that the table is of, each for pods of the table", () => {
    const policies = [written.infra, written.app].flatMap((stack) =>
      stack.of("kubernetes_network_policy_v1"),
    );
    expect(policies.length).toBeGreaterThan(there.length);
    expect(namespacesOf(written).sort()).toEqual([...there].sort());
    for (const policy of policies) {
      const wanted = (policy.body["spec"].pod_selector?.match_labels ?? {}) as Record<string, string>;
      const found = Object.values(ends).filter(({ labels = {} }) =>
        Object.entries(wanted).every(([key, value]) => labels[key] === value),
      );
      expect([policy.path, found.length]).not.toEqual([policy.path, 0]);
    }
  });
});

it("admit the control plane and the load balancer from public subnets if nodes are there, and not from private ones", () => {
  const written = synth("dev", { network: { nat: "none" } });
  const tries = (from: End) =>
    WEBHOOKS.map(parse).map(({ name, port }) =>
      allowed(written, from, ENDS[name as keyof typeof ENDS], port),
    );
  expect(tries(ENDS["public subnets"])).toEqual([true, true]);
  expect(tries(ENDS["private subnets"])).toEqual([false, false]);
  expect(allowed(written, ENDS["public subnets"], TRAEFIK, 8080)).toBe(true);
  expect(allowed(written, ENDS.Reloader, ENDS["public subnets"], 443)).toBe(true);
});

it("let pods connect to Supabase and LangSmith at the ports of their URLs", () => {
  const { app } = synth("prod", {
    supabase: { url: "https://supabase.example.org:8443" },
    langsmith: { enabled: true, endpoint: "http://langsmith.example.org:1984/api/v1" },
    database: { ports: [5432] },
  });
  const outside = (name: string) =>
    (app.one("kubernetes_network_policy_v1", name).body["spec"].egress as any[])
      .filter(({ to }) => to[0]?.ip_block?.cidr === "0.0.0.0/0")
      .flatMap(({ ports }) => ports.map(({ port }: { port: string }) => port));
  expect(outside("wbot-ai")).toEqual(["443", "8443", "1984", "5432"]);
  expect(outside("wbot-web")).toEqual(["443", "8443"]);
});

it("let the controllers call the emulator at the port of its address", () => {
  const written = synth("rehearsal", { emulator: { endpoint: "http://10.9.8.7:5000" } });
  for (const name of ["External Secrets", "registrar", "autoscaler"] as const) {
    expect(allowed(written, ENDS[name], { address: "10.9.8.7" }, 5000)).toBe(true);
    expect(allowed(written, ENDS[name], { address: "10.9.8.7" }, 4566)).toBe(false);
  }
  expect(allowed(written, ENDS.Reloader, { address: "10.9.8.7" }, 5000)).toBe(false);
});

function endsOf(written: Written): Partial<Record<Name, End>> {
  const { app } = written;
  const redis = app.of("kubernetes_stateful_set_v1").length > 0;
  const namespaces = namespacesOf(written);
  const optional = ["monitoring", "alloy", "loki", "alloy-secrets", "monitoring-secrets"].filter(
    (name) => !namespaces.includes(name),
  );
  return {
    ...Object.fromEntries(
      Object.entries<End>(ENDS).filter(([, { namespace = "" }]) => !optional.includes(namespace)),
    ),
    ...Object.fromEntries(SERVICE_KEYS.map((key) => [SERVICES[key].name, pods(app, SERVICES[key].name)])),
    ...(redis ? { "wbot-redis": pods(app, "wbot-redis") } : {}),
  };
}

function namespacesOf({ infra, app }: Written): string[] {
  return [infra, app]
    .flatMap((stack) => stack.of("kubernetes_namespace_v1"))
    .map((each) => metadata(each)["name"] as string);
}

function parse(target: Target): { name: Name; port: number; protocol: "TCP" | "UDP" } {
  const [, name, port, udp] = /^(.+) (\d+)(\/UDP)?$/.exec(target) ?? [];
  return { name: name as Name, port: Number(port), protocol: udp ? "UDP" : "TCP" };
}
