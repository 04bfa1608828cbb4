import type { ITerraformDependable } from "cdktf";
import { NAMESPACE } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { NODE_PORTS } from "../node-ports";
import { HelmChart } from "./helm-chart";
import { disruptionBudget, placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

const CHART = { name: "traefik", version: "41.3.0", repository: "oci://ghcr.io/traefik/helm" };

export const TRAEFIK = { namespace: "traefik", ingressClass: "traefik" };

/** How long a pod that must go still takes new connections, in seconds: the load balancer's checks need 20 to notice. */
const ACCEPT_SECONDS = 45;
/** Slack between Traefik's own graces and the kill, in seconds. */
const SLACK_SECONDS = 15;
/** Time to read a request, in seconds. It bounds slow senders; answers, and so streams, are not bounded. */
const READ_SECONDS = 60;
const IDLE_SECONDS = 180;
const MAX_HEADER_BYTES = 65_536;

/** Mozilla's "intermediate" suites for TLS 1.2; TLS 1.3 has no bad ones to choose. */
const TLS_12_CIPHERS = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

export interface TraefikProps {
  /** Host name of the load balancer in front, written into each Ingress's status. */
  readonly loadBalancerHost: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The ingress controller, behind fixed node ports. */
export class Traefik extends HelmChart {
  constructor(stack: EnvironmentStack, props: TraefikProps) {
    const { platform, streaming } = stack.environment;
    const transport = (graceSeconds: number) => ({
      respondingTimeouts: {
        readTimeout: `${READ_SECONDS}s`,
        writeTimeout: 0,
        idleTimeout: `${IDLE_SECONDS}s`,
      },
      lifeCycle: { requestAcceptGraceTimeout: `${ACCEPT_SECONDS}s`, graceTimeOut: `${graceSeconds}s` },
    });
    super(stack, "traefik", {
      chart: CHART,
      namespace: TRAEFIK.namespace,
      dependsOn: props.dependsOn,
      late: { "providers.kubernetesIngress.ingressEndpoint.hostname": props.loadBalancerHost },
      values: {
        deployment: {
          replicas: platform.traefikReplicas,
          terminationGracePeriodSeconds: ACCEPT_SECONDS + streaming.drainSeconds + SLACK_SECONDS,
        },
        podDisruptionBudget: disruptionBudget(platform.traefikReplicas),
        ...placement(podLabels("traefik", "traefik-traefik"), platform.capacity),
        priorityClassName: PRIORITY_CLASS,
        resources: resources("100m", "256Mi"),
        // Outlasts ACCEPT_SECONDS: a pod that drains must not be taken from its node port before the balancer knows.
        readinessProbe: { failureThreshold: 6, periodSeconds: 10 },
        // `Local` keeps the clients' addresses, and nodes without a Traefik out of rotation.
        service: { spec: { type: "NodePort", externalTrafficPolicy: "Local" } },
        ports: {
          traefik: {
            expose: { default: true },
            exposedPort: 8080,
            nodePort: NODE_PORTS.ping,
            transport: transport(0),
          },
          web: {
            nodePort: NODE_PORTS.http,
            allowACMEByPass: true,
            http: { redirections: { entryPoint: { to: "websecure", scheme: "https", permanent: true } } },
            // No proxy that we trust stands in front: clients can't forge their address.
            forwardedHeaders: { trustedIPs: [] },
            transport: transport(streaming.drainSeconds),
          },
          websecure: {
            nodePort: NODE_PORTS.https,
            asDefault: true,
            http: { maxHeaderBytes: MAX_HEADER_BYTES, tls: { enabled: true } },
            forwardedHeaders: { trustedIPs: [] },
            transport: transport(streaming.drainSeconds),
          },
        },
        ingressClass: { enabled: true, isDefaultClass: false, name: TRAEFIK.ingressClass },
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
          // Headers and query strings carry keys and people's words.
          fields: { headers: { defaultMode: "drop" }, queryParameters: { defaultMode: "drop" } },
        },
      },
    });
  }
}
