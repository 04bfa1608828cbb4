import type { Environment } from "../../environments";
import { bodySeconds } from "../../environments/body-time";
import { NAMESPACE } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { selector } from "../labels";
import type { Peer } from "../network-policy";
import { NODE_PORTS } from "../node-ports";
import { ANYONE, loadBalancerSubnets } from "../peers";
import { streamTimes } from "../../environments/stream-times";
import { REFUSALS, SOLVER, TRAEFIK } from "../edge";
import { HelmChart, type Chart, type ControllerProps, type Traffic } from "./helm-chart";
import { refusalsPlugin } from "./refusals";
import { disruptionBudget, placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

/** The chart's container ports. */
const PORTS = { web: 8000, websecure: 8443, ping: 8080 };

/** Idle timeout of connections to pods, in seconds: below uvicorn's and Node.js's 5, or requests meet closed ones. */
const POD_IDLE_SECONDS = 4;
const READINESS_PERIOD_SECONDS = 10;
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

/** The ingress controller, behind fixed node ports. */
export class Traefik extends HelmChart {
  static readonly chart: Chart = {
    name: "traefik",
    version: "41.3.0",
    repository: "oci://ghcr.io/traefik/helm",
  };
  static readonly requests = {
    traefik: { cpu: "100m", memory: "256Mi" },
  } satisfies Record<string, Requests>;

  /** Never on spot: losing the node would cut all its streams. */
  static override pods({ traefikReplicas }: Settings["platform"]) {
    return { count: traefikReplicas, onDemandOnly: true };
  }

  constructor(stack: EnvironmentStack, props: ControllerProps) {
    const { platform, traffic } = stack.environment;
    const times = streamTimes(stack.environment).traefik;
    const plugin = refusalsPlugin();
    const http = { maxHeaderBytes: traffic.maxHeaderKiB * KIB };
    const transport = (graceSeconds: number) => ({
      respondingTimeouts: {
        // Limits slow senders; responses, and so streams, are not limited.
        readTimeout: `${bodySeconds(traffic)}s`,
        writeTimeout: 0,
        idleTimeout: `${times.keepAlive}s`,
      },
      lifeCycle: { requestAcceptGraceTimeout: `${times.acceptGrace}s`, graceTimeOut: `${graceSeconds}s` },
    });
    super(stack, "traefik", {
      chart: Traefik.chart,
      namespace: TRAEFIK.namespace,
      dependsOn: props.dependsOn,
      traffic: [traefikTraffic(stack.environment)],
      late: { "providers.kubernetesIngress.ingressEndpoint.hostname": props.loadBalancerHost },
      values: {
        deployment: {
          replicas: platform.traefikReplicas,
          terminationGracePeriodSeconds: times.termination,
          podAnnotations: plugin.podAnnotations,
        },
        podDisruptionBudget: disruptionBudget(platform.traefikReplicas),
        // Never on spot: losing the node would cut all its streams.
        ...placement(podLabels("traefik", "traefik-traefik"), "on-demand"),
        priorityClassName: PRIORITY_CLASS,
        resources: resources(Traefik.requests.traefik),
        // Longer than the grace period: a draining pod must stay on its node port until the load balancer has noticed.
        readinessProbe: {
          failureThreshold: Math.ceil(times.acceptGrace / READINESS_PERIOD_SECONDS) + 1,
          periodSeconds: READINESS_PERIOD_SECONDS,
        },
        // `Local` preserves client addresses, and keeps nodes without a Traefik pod out of rotation.
        service: { spec: { type: "NodePort", externalTrafficPolicy: "Local" } },
        ports: {
          traefik: {
            expose: { default: true },
            exposedPort: PORTS.ping,
            nodePort: NODE_PORTS.ping,
            transport: transport(0),
          },
          web: {
            nodePort: NODE_PORTS.http,
            allowACMEByPass: true,
            http: {
              ...http,
              redirections: { entryPoint: { to: "websecure", scheme: "https", permanent: true } },
            },
            // There is no trusted proxy in front, so clients can't forge their address.
            forwardedHeaders: { trustedIPs: [] },
            transport: transport(times.drain),
          },
          websecure: {
            nodePort: NODE_PORTS.https,
            asDefault: true,
            http: { ...http, tls: { enabled: true } },
            forwardedHeaders: { trustedIPs: [] },
            transport: transport(times.drain),
          },
        },
        ingressClass: { enabled: true, isDefaultClass: false, name: TRAEFIK.ingressClass },
        // Without its plugin a route is gone: better to fail the start and keep the running pods.
        experimental: { abortOnPluginFailure: true, localPlugins: { [REFUSALS.name]: plugin.values } },
        additionalArguments: [`--serversTransport.forwardingTimeouts.idleConnTimeout=${POD_IDLE_SECONDS}s`],
        core: { strictTLSOptions: true },
        providers: {
          kubernetesIngress: {
            enabled: true,
            namespaces: [NAMESPACE],
            crossProviderNamespaces: [NAMESPACE],
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
        log: { format: "json", level: "INFO" },
        accessLog: {
          enabled: true,
          format: "json",
          // Headers and query strings may contain keys and personal data.
          fields: { headers: { defaultMode: "drop" }, queryParameters: { defaultMode: "drop" } },
        },
      },
    });
  }
}

/** Traefik connects to pods directly, so the rules name pod ports, not Service ports. */
function traefikTraffic(environment: Environment): Traffic {
  const inNamespace = (pods: Readonly<Record<string, string>>): Peer => ({ namespace: NAMESPACE, pods });
  return {
    name: "controller",
    ingress: [
      { peers: [ANYONE], ports: [PORTS.web, PORTS.websecure] },
      { peers: loadBalancerSubnets(environment), ports: [PORTS.ping] },
    ],
    egress: [
      ...SERVICE_KEYS.flatMap((key) => {
        const { name, http } = SERVICES[key];
        return http?.routed === true ? [{ peers: [inNamespace(selector(name))], ports: [http.port] }] : [];
      }),
      { peers: [inNamespace(SOLVER.pods)], ports: [SOLVER.port] },
    ],
  };
}
