import {
  DeploymentV1,
  type DeploymentV1SpecTemplateSpec,
} from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { Environment } from "../../environments";
import { optionalKeys } from "../../environments/app-secret-keys";
import { seconds } from "../../environments/quantity";
import { NAMESPACE, REDIS, REDIS_PORT } from "../../environments/names";
import { scrapedServices, type WorkloadSettings } from "../../environments/schema";
import { callersOf, callsOf, SERVICES, type Http, type ServiceKey } from "../../environments/services";
import { TRAEFIK_PODS } from "../edge";
import type { EnvironmentStack } from "../environment-stack";
import { labels, selector } from "../labels";
import { escapeTemplate } from "../text";
import { NetworkPolicy, type Rule } from "../network-policy";
import { cacheSubnets, DNS, HTTPS, internet, portOf, separateEndpoints } from "../peers";
import { PROMETHEUS } from "../scrapes";
import { SPREAD } from "../spread";
import { streamTimes, type PodTimes } from "../../environments/stream-times";
import { resourcesOf } from "./quota";
import { framedElsewhere } from "./browser-headers";
import { Config } from "./config";
import { imageOf, isNamed, versionOf } from "../../environments/image";
import { nodeAffinity } from "./node-affinity";
import { IGNORE_RELOAD, RELOAD_ON, type ExternalSecret } from "./external-secret";
import { preStop } from "./pre-stop";
import { RunningImage } from "./running-image";
import { restrictedContainer, restrictedPod } from "./security-context";
import { Service } from "./service";
import { TMP, tracesOf, variablesOf, type VariablesProps } from "./variables";

/** User and group ID of every container. */
const USER = "1000";
/** Longest wait for a rollout's next pod (seconds), and the least for all of them. */
const PROGRESS_SECONDS = 900;
/** For a pod's node to be added, and its image to be pulled (seconds). */
const NEW_NODE_SECONDS = 180;
/**
 * New pods started at a time before old ones stop, rounded up: one of two, three of ten. At full scale most need a new
 * node, a minute or two each. Capacity is reserved for all anyway.
 */
const MAX_SURGE = "25%";
/** The most waves of MAX_SURGE that a rollout takes, however many pods it has. */
const WAVES = 4;
/** Pods that a drain may evict at a time, rounded up. */
const MAX_UNAVAILABLE = "25%";

const PROBE_PERIOD_SECONDS = 10;
const PROBE_TIMEOUT_SECONDS = 5;
/** A pod gets no traffic until its startup probe has passed: probing often brings it sooner. */
const STARTUP_PERIOD_SECONDS = 5;
/** Generous: a page that waits for something slow still proves that the service has started. */
const STARTUP_TIMEOUT_SECONDS = 15;
/**
 * Names with at least this many dots are looked up as they are before the cluster's search domains are tried. With
 * Kubernetes' default of 5, each lookup of a provider's API takes four queries; the product's own names have no dots.
 */
const NDOTS = "2";

/**
 * Scale out fast, as after a deploy that set a busy service's pods back: four times as many, or ten more, whenever the
 * autoscaler looks (every 15 s). Only replicas.max need bound it: nodes and the database's connections are there for that many.
 */
const SCALE_OUT = { stabilizationSeconds: 0, periodSeconds: 15, percent: 300, pods: 10 };
/** Scale in slowly, at the fastest: one pod or a tenth, whichever is more, a minute, after five quiet minutes. */
const SCALE_IN = { stabilizationSeconds: 300, periodSeconds: 60, percent: 10, pods: 1 };

/**
 * A draining pod still carries its streams' load, but the autoscaler no longer counts it: the others seem to be enough
 * until those clients reconnect. So the period and the window both last at least as long as a drain: the next pod goes
 * only once the last is gone. A longer window alone would still let one go every minute.
 */
function scaleIn({ termination }: PodTimes) {
  return {
    ...SCALE_IN,
    stabilizationSeconds: Math.max(SCALE_IN.stabilizationSeconds, termination),
    periodSeconds: Math.max(SCALE_IN.periodSeconds, termination),
  };
}

/** How long a rollout may take (seconds): in each wave, pods may use up `startup`. */
function rolloutSeconds({ row, settings }: Parts): number {
  const startup = row.http ? seconds(settings.startup) : 0;
  const waves = Math.min(WAVES, settings.replicas.max);
  return Math.max(PROGRESS_SECONDS, waves * (NEW_NODE_SECONDS + startup));
}

export interface WorkloadProps {
  /** Its row in environments/services.ts. */
  readonly service: ServiceKey;
  /** Image repository, if the settings name none. */
  readonly repository: string;
  readonly secrets: readonly ExternalSecret[];
  /** What must be ready before its pods start. */
  readonly dependsOn: readonly ITerraformDependable[];
}

type ImageToRun = Pick<RunningImage, "reference" | "version" | "preconditions">;

type Parts = WorkloadProps & VariablesProps;

/**
 * A service of the product: a hardened Deployment with autoscaler, disruption budget and network policy, and a Service
 * if it serves HTTP.
 */
export class Workload extends Construct {
  /** The rollout: whatever needs this workload depends on it. */
  readonly ready: ITerraformDependable;

  constructor(stack: EnvironmentStack, id: string, props: WorkloadProps) {
    super(stack, id);
    const { environment } = stack;
    const { service, dependsOn } = props;
    const row = SERVICES[service];
    const { name, component, http } = row;
    const parts: Parts = {
      ...props,
      environment,
      row,
      settings: environment[service],
      times: streamTimes(environment).pods[service],
    };
    const image = this.image(parts);
    const metadata = { name, namespace: NAMESPACE, labels: labels(name, component) };

    const account = new ServiceAccountV1(this, "service-account", {
      metadata,
      automountServiceAccountToken: false,
      dependsOn: [...dependsOn],
    });
    const config = new Config(this, "config", { name, component, variables: variablesOf(parts) });
    const policy = new NetworkPolicy(this, "network-policy", {
      namespace: NAMESPACE,
      name,
      component,
      pods: selector(name),
      ...trafficOf(parts),
    });
    if (http) {
      const { port, servicePort = port, sticky = false } = http;
      const framed = framedElsewhere(environment);
      new Service(this, "service", { ...metadata, port: servicePort, sticky, framed, dependsOn });
    }
    const deployment = new DeploymentV1(this, "deployment", {
      metadata: {
        ...metadata,
        labels: labels(name, component, image.version),
        ...(props.secrets.length === 0
          ? {}
          : { annotations: { [RELOAD_ON]: props.secrets.map((secret) => secret.name).join(",") } }),
      },
      spec: {
        // Initial value only: after that the autoscaler sets it.
        replicas: String(parts.settings.replicas.min),
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: PROGRESS_SECONDS,
        selector: { matchLabels: selector(name) },
        // New pods must be ready before old ones stop.
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: MAX_SURGE, maxUnavailable: "0" },
        },
        template: {
          metadata: { labels: labels(name, component, image.version) },
          spec: podSpec(parts, image.reference, account.metadata.name, config.name),
        },
      },
      waitForRollout: true,
      timeouts: { create: `${PROGRESS_SECONDS}s`, update: `${rolloutSeconds(parts)}s` },
      lifecycle: {
        ignoreChanges: ["spec[0].replicas", IGNORE_RELOAD],
        precondition: image.preconditions,
      },
      dependsOn: [
        ...dependsOn,
        config.resource,
        policy.resource,
        ...props.secrets.map((secret) => secret.resource),
      ],
    });
    this.ready = deployment;
    this.autoscale(parts);
    // A manifest, since the provider's own resource lacks `unhealthyPodEvictionPolicy`.
    new Manifest(this, "disruption-budget", {
      manifest: {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        // Earlier versions have one of the provider's own type under the workload's name, and may delete it after this.
        metadata: { ...metadata, name: `${name}-pods` },
        spec: {
          // One of two pods, three of ten: a drain can always proceed, and finishes before EKS gives up on a node.
          maxUnavailable: MAX_UNAVAILABLE,
          // Pods that don't work anyway keep no node from being drained.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
          selector: { matchLabels: selector(name) },
        },
      } satisfies IPodDisruptionBudget,
      dependsOn: [...dependsOn],
    });
  }

  /** The image from the settings, else the running one. */
  private image({ row, environment, settings, repository }: Parts): ImageToRun {
    if (!isNamed(settings.image))
      return new RunningImage(this, "running-image", { name: row.name, environment });
    return {
      reference: imageOf(settings.image, repository),
      version: versionOf(settings.image),
      preconditions: [],
    };
  }

  private autoscale({ row, settings, times }: Parts): void {
    const { name, component } = row;
    // Waits for nothing: a rollout at the old maximum may exceed a lower quota, or the connections of the database.
    new HorizontalPodAutoscalerV2(this, "autoscaler", {
      metadata: { name, namespace: NAMESPACE, labels: labels(name, component) },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        minReplicas: settings.replicas.min,
        maxReplicas: settings.replicas.max,
        // The autoscaler follows the metric that requires more pods.
        metric: [
          utilization("cpu", settings.targetCpuPercent),
          ...(settings.targetMemoryPercent === undefined
            ? []
            : [utilization("memory", settings.targetMemoryPercent)]),
        ],
        behavior: {
          scaleUp: [pace(SCALE_OUT)],
          scaleDown: [pace(scaleIn(times))],
        },
      },
    });
  }
}

/** By percentage or number, whichever is more pods. */
function pace({ stabilizationSeconds, periodSeconds, percent, pods }: typeof SCALE_OUT) {
  return {
    stabilizationWindowSeconds: stabilizationSeconds,
    selectPolicy: "Max",
    policy: [
      { type: "Percent", value: percent, periodSeconds },
      { type: "Pods", value: pods, periodSeconds },
    ],
  };
}

function utilization(name: "cpu" | "memory", averageUtilization: number) {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}

/** Its network policy's rules. */
function trafficOf({ service, environment, row }: Parts): {
  readonly ingress: Rule[];
  readonly egress: Rule[];
} {
  const { http, redis } = row;
  const callers = callersOf(service).map((key) => ({ pods: selector(SERVICES[key].name) }));
  const callees = callsOf(service).flatMap((key) => {
    const { name, http: called } = SERVICES[key];
    return called ? [{ peers: [{ pods: selector(name) }], ports: [called.port] }] : [];
  });
  const scraper = scrapedServices(environment).includes(service) ? [PROMETHEUS] : [];
  const cache =
    environment.redis.kind === "in-cluster" ? [{ pods: selector(REDIS) }] : cacheSubnets(environment);
  return {
    ingress: http
      ? [{ peers: [...(http.routed ? [TRAEFIK_PODS] : []), ...callers, ...scraper], ports: [http.port] }]
      : [],
    egress: [
      DNS,
      ...(redis ? [{ peers: cache, ports: [REDIS_PORT] }] : []),
      ...callees,
      {
        peers: [internet(environment)],
        ports: outsidePorts(environment, service),
      },
      separateEndpoints(environment),
    ],
  };
}

/** Ports that a service connects to outside the cluster, by its settings. */
function outsidePorts(environment: Environment, service: ServiceKey): readonly number[] {
  const { name, database: usesDatabase } = SERVICES[service];
  const { supabase, langsmith, database } = environment;
  const tracing = optionalKeys(name, environment).includes("LANGSMITH_API_KEY");
  const traces = tracesOf(name, environment);
  return [
    ...new Set([
      HTTPS,
      portOf(supabase.url),
      ...(tracing ? [portOf(langsmith.endpoint)] : []),
      ...(usesDatabase ? database.ports : []),
      ...(traces ? [portOf(traces.endpoint)] : []),
    ]),
  ];
}

/** Port and probes of a service that serves HTTP. */
function answering({ port, probe }: Http, { healthPath, startup }: WorkloadSettings) {
  const httpProbe = (initialDelaySeconds: number, failureThreshold: number) => ({
    httpGet: { path: healthPath, port: "http" },
    initialDelaySeconds,
    periodSeconds: PROBE_PERIOD_SECONDS,
    timeoutSeconds: PROBE_TIMEOUT_SECONDS,
    failureThreshold,
  });
  return {
    port: [{ name: "http", containerPort: port, protocol: "TCP" }],
    // The other two begin only once it has passed; their delays also count from the container's start.
    startupProbe: {
      httpGet: { path: probe.startupPath ?? healthPath, port: "http" },
      periodSeconds: STARTUP_PERIOD_SECONDS,
      timeoutSeconds: STARTUP_TIMEOUT_SECONDS,
      failureThreshold: Math.ceil(seconds(startup) / STARTUP_PERIOD_SECONDS),
    },
    livenessProbe: httpProbe(probe.livenessDelaySeconds, 3),
    readinessProbe: httpProbe(probe.readinessDelaySeconds, 2),
  };
}

function podSpec(
  { row, settings, secrets, times }: Parts,
  image: string,
  serviceAccountName: string,
  configName: string,
): DeploymentV1SpecTemplateSpec {
  const { name, http } = row;
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: times.termination,
    ...nodeAffinity(settings.capacity),
    topologySpreadConstraint: SPREAD.map((topology) => ({
      ...topology,
      labelSelector: [{ matchLabels: selector(name) }],
    })),
    dnsConfig: { option: [{ name: "ndots", value: NDOTS }] },
    // Makes the pause container process 1. As process 1, a program gets no signal that it doesn't handle: SIGTERM would be
    // lost on one that is still starting, and the `preStop` hook couldn't kill one that hangs.
    shareProcessNamespace: true,
    securityContext: restrictedPod(USER),
    container: [
      {
        name,
        image,
        ...(settings.command === undefined ? {} : { command: settings.command.map(escapeTemplate) }),
        imagePullPolicy: "IfNotPresent",
        ...(http ? answering(http, settings) : {}),
        envFrom: [
          { configMapRef: { name: configName } },
          ...secrets.map(({ name: secret, optional }) => ({
            secretRef: { name: secret, ...(optional ? { optional } : {}) },
          })),
        ],
        resources: resourcesOf(settings),
        ...(http
          ? { lifecycle: { preStop: [preStop(row.runtime, settings.healthPath, times.preStop)] } }
          : {}),
        securityContext: restrictedContainer(USER),
        volumeMount: [{ name: "tmp", mountPath: TMP }],
      },
    ],
    // In memory: above its limit, writes fail. On disk, the pod would be evicted at once, with all its streams.
    volume: [{ name: "tmp", emptyDir: { medium: "Memory", sizeLimit: settings.memory.tmp } }],
  };
}
