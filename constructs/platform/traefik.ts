import type { Environment } from "../../environments";
import { bodySeconds, HEALTH_CHECK, NEW_POD_SECONDS, streamTimes } from "../../environments/stream-times";
import { NAMESPACE } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { selector } from "../labels";
import type { Peer } from "../network-policy";
import { ANYONE, loadBalancerSubnets } from "../peers";
import { REFUSALS, SOLVER, TRAEFIK, TRAEFIK_PORTS, type Refusals } from "../edge";
import type { Controller, TargetGroup, AllowedTraffic } from "./helm-chart";
import { awsLoadBalancerController } from "./aws-load-balancer-controller";
import { refusalsPlugin } from "./refusals";
import { disruptionBudget, placement, podLabels, PRIORITY_CLASS, resources } from "./placement";
import { trustedRanges } from "../trusted-proxies";
import { traefikAccess } from "./traefik-access";

/** Idle timeout of connections to pods, in seconds: below uvicorn's, gunicorn's and Node.js's 5, or requests would hit closed ones. */
const POD_IDLE_SECONDS = 4;
/**
 * Timeout for connecting to a pod, in milliseconds. Pods are a millisecond or two away: one that takes longer is gone, which
 * Kubernetes notices only after most of a minute. Below a second, when TCP would send its first packet again.
 */
const DIAL_MS = 500;
/**
 * Pods that a drain may evict at a time, rounded up: one of four, three of twelve. One at a time, many pods take longer than
 * EKS waits, and the rest are killed together.
 */
const MAX_UNAVAILABLE = "25%";
/** How often a starting pod is probed for its routes (seconds), and how many failures restart it. */
const STARTUP = { periodSeconds: 1, failureThreshold: 120 };
/** A route that only a pod with all its routes answers. */
const READY = { name: "ready", path: "/ready" };
const ENTRY_POINTS = ["web", "websecure"] as const;
const KIB = 1024;

/** Mozilla's "intermediate" suites for TLS 1.2; TLS 1.3 has no weak ones. */
const TLS_12_CIPHERS = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/**
 * Per router, because the 503 for a service without a ready pod is sent before Traefik counts per service. Buckets in
 * seconds: the defaults end at 5 and have nothing between 0.3 and 1.2.
 */
const METRICS = {
  prometheus: { addRoutersLabels: true, buckets: "0.05,0.1,0.3,0.5,1.0,2.5,5.0,10.0,30.0" },
};

/** The ingress controller. The load balancer connects to its pods directly. */
export const traefik: Controller = {
  name: "traefik",
  chart: {
    name: "traefik",
    version: "41.3.0",
    repository: "oci://ghcr.io/traefik/helm",
  },
  namespace: TRAEFIK.namespace,
  // No pod is ready before the load balancer has found it healthy, so no old pod stops before a new one answers.
  namespaceLabels: { "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled" },
  // The controller registers Traefik's pods with the load balancer, and deregisters them when they go.
  after: [awsLoadBalancerController],
  // Never on spot: losing the node would cut all its streams.
  pods: (settings) => ({
    traefik: { ...requestsOf(settings), count: settings.platform.traefikReplicas, onDemandOnly: true },
  }),
  traffic: traefikTraffic,
  // One pod after the other, each until the load balancer sends to it.
  seconds: ({ platform }) => platform.traefikReplicas * NEW_POD_SECONDS,
  values(stack, { loadBalancer }) {
    const { environment } = stack;
    const { platform, traffic, observability } = environment;
    const times = streamTimes(environment).traefik;
    const plugin = refusalsPlugin();
    // By default nobody: clients can't forge their address.
    const forwardedHeaders = { trustedIPs: trustedRanges(stack, environment) };
    const http = { maxHeaderBytes: traffic.maxHeaderKiB * KIB };
    const transport = (graceSeconds: number) => ({
      respondingTimeouts: {
        // Cuts off slow senders; responses, and so streams, are not limited.
        readTimeout: `${bodySeconds(traffic)}s`,
        writeTimeout: 0,
        idleTimeout: `${times.keepAlive}s`,
      },
      lifeCycle: { requestAcceptGraceTimeout: `${times.acceptGrace}s`, graceTimeOut: `${graceSeconds}s` },
    });
    return {
      deployment: {
        replicas: platform.traefikReplicas,
        terminationGracePeriodSeconds: times.termination,
        podAnnotations: plugin.podAnnotations,
      },
      rbac: { enabled: false },
      podDisruptionBudget: disruptionBudget(platform.traefikReplicas, MAX_UNAVAILABLE),
      ...placement(podLabels("traefik", "traefik-traefik"), "on-demand"),
      priorityClassName: PRIORITY_CLASS,
      // The chart tells Go to collect garbage in time: GOMEMLIMIT is 90 % of this limit.
      resources: resources(requestsOf(environment)),
      // By default, one late answer takes a pod out of the load balancer, for minutes.
      readinessProbe: { failureThreshold: HEALTH_CHECK.failures },
      // /ping answers before the routes are loaded, when a request would get 404. Only at startup: later on, a lost
      // route must not take every pod out of the load balancer.
      startupProbe: { httpGet: { path: READY.path, port: TRAEFIK_PORTS.ping }, ...STARTUP },
      service: { spec: { type: "ClusterIP" } },
      extraObjects: [
        ...ENTRY_POINTS.map((each) => targetGroupBinding(each, loadBalancer.targetGroups[each])),
        ...readyRoute(),
        ...traefikAccess(),
      ],
      ports: {
        traefik: { port: TRAEFIK_PORTS.ping, transport: transport(0) },
        // By default it closes at once, while a terminating pod still serves.
        metrics: { transport: transport(0) },
        web: {
          port: TRAEFIK_PORTS.web,
          allowACMEByPass: true,
          http: {
            ...http,
            redirections: { entryPoint: { to: "websecure", scheme: "https", permanent: true } },
          },
          forwardedHeaders,
          transport: transport(times.drain),
        },
        websecure: {
          port: TRAEFIK_PORTS.websecure,
          asDefault: true,
          http: { ...http, tls: { enabled: true } },
          forwardedHeaders,
          transport: transport(times.drain),
        },
      },
      ingressClass: { enabled: true, isDefaultClass: false, name: TRAEFIK.ingressClass },
      // Without the plugin, its routes would be gone: better to fail at startup and keep the running pods.
      experimental: { abortOnPluginFailure: true, localPlugins: { [REFUSALS.name]: plugin.values } },
      additionalArguments: [
        `--serversTransport.forwardingTimeouts.dialTimeout=${DIAL_MS}ms`,
        `--serversTransport.forwardingTimeouts.idleConnTimeout=${POD_IDLE_SECONDS}s`,
      ],
      core: { strictTLSOptions: true },
      providers: {
        kubernetesIngress: {
          enabled: true,
          ingressEndpoint: { hostname: loadBalancer.hostName },
          namespaces: [NAMESPACE, TRAEFIK.namespace],
          crossProviderNamespaces: [NAMESPACE, TRAEFIK.namespace],
          publishedService: { enabled: false },
          strictPrefixMatching: true,
          allowEmptyServices: true,
        },
        kubernetesCRD: {
          enabled: true,
          namespaces: [NAMESPACE, TRAEFIK.namespace],
          allowCrossNamespace: false,
          defaultTLSResourcesNamespace: TRAEFIK.namespace,
        },
      },
      tlsOptions: {
        default: { minVersion: "VersionTLS12", sniStrict: true, cipherSuites: TLS_12_CIPHERS },
      },
      api: { dashboard: false },
      global: { checkNewVersion: false, sendAnonymousUsage: false },
      ...(observability.metrics.kind === "none" ? {} : { metrics: METRICS }),
      log: { format: "json", level: "INFO" },
      accessLog: {
        enabled: true,
        format: "json",
        // Headers and query strings may contain keys and personal data.
        fields: { headers: { defaultMode: "drop" }, queryParameters: { defaultMode: "drop" } },
      },
    };
  },
};

function requestsOf({ platform }: Settings): Requests {
  return { cpu: "100m", memory: platform.traefikMemory };
}

/**
 * Has the pods of Traefik's Service registered in a target group, by IP address. Named after that: a binding can't change its
 * target group, so a new one needs a new binding.
 */
function targetGroupBinding(entryPoint: (typeof ENTRY_POINTS)[number], { name, arn }: TargetGroup) {
  return {
    apiVersion: "elbv2.k8s.aws/v1beta1",
    kind: "TargetGroupBinding",
    metadata: { name, namespace: TRAEFIK.namespace },
    spec: { targetGroupARN: arn, targetType: "ip", serviceRef: { name: "traefik", port: entryPoint } },
  };
}

/**
 * Answered by the plugin itself, once Traefik has loaded Ingresses, middlewares and the plugin: the product's routes are
 * loaded at the same time. The Service is named only because an Ingress must name one.
 */
function readyRoute() {
  const { name, path } = READY;
  const { namespace, ingressClass } = TRAEFIK;
  const router = "traefik.ingress.kubernetes.io/router";
  const backend = { service: { name: "traefik", port: { name: "web" } } };
  return [
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "Middleware",
      metadata: { name, namespace },
      spec: { plugin: { [REFUSALS.name]: { ready: true } satisfies Refusals } },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: {
        name,
        namespace,
        annotations: {
          [`${router}.entrypoints`]: "traefik",
          [`${router}.middlewares`]: `${namespace}-${name}@kubernetescrd`,
        },
      },
      spec: {
        ingressClassName: ingressClass,
        rules: [{ http: { paths: [{ path, pathType: "Exact", backend }] } }],
      },
    },
  ];
}

/** Traefik connects to pods directly, so the rules name pod ports, not Service ports. */
function traefikTraffic(environment: Environment): AllowedTraffic[] {
  const inNamespace = (pods: Readonly<Record<string, string>>): Peer => ({ namespace: NAMESPACE, pods });
  const routed = SERVICE_KEYS.flatMap((key) => {
    const { name, http } = SERVICES[key];
    return http?.routed === true ? [{ peers: [inNamespace(selector(name))], ports: [http.port] }] : [];
  });
  return [
    {
      name: "controller",
      ingress: [
        { peers: [ANYONE], ports: [TRAEFIK_PORTS.web, TRAEFIK_PORTS.websecure] },
        // Health checks come from the load balancer itself.
        { peers: loadBalancerSubnets(environment), ports: [TRAEFIK_PORTS.ping] },
      ],
      egress: [...routed, { peers: [inNamespace(SOLVER.pods)], ports: [SOLVER.port] }],
    },
  ];
}
