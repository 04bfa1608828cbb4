import {
  DeploymentV1,
  type DeploymentV1SpecTemplateSpec,
} from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../environments";
import type { WorkloadSettings } from "../../environments/schema";
import { labels, selector } from "../labels";
import { literal } from "../literal";
import { NetworkPolicy, type Rule } from "../network-policy";
import { SPREAD } from "../spread";
import type { PodTimes } from "../stream-times";
import { amountsOf, resourcesOf } from "./capacity";
import { Config } from "./config";
import type { ExternalSecret } from "./external-secret";
import { imageOf, isNamed, versionOf } from "./image";
import { nodeAffinity } from "./node-affinity";
import { IGNORE_RELOAD, RELOAD_ON } from "./reload";
import { RunningImage } from "./running-image";
import { restrictedContainer, restrictedPod } from "./security-context";
import { Service } from "./service";

/** User and group of every container. */
const USER = "1000";
/** Longest wait for a rollout (seconds): nodes may have to be added, and images pulled. */
const ROLLOUT_SECONDS = 900;
/**
 * Pods that are started before as many old ones go, rounded up: of two one, of ten three. At full scale nodes must come for
 * most, a minute or two each; one at a time would take nearly as long as a rollout may. Room is held for all at once anyway.
 */
const MAX_SURGE = "25%";
const TMP_SIZE = "256Mi";
/** Pods that a drain may take at once, rounded up. */
const MAX_UNAVAILABLE = "25%";

const PROBE_PERIOD_SECONDS = 10;
const PROBE_TIMEOUT_SECONDS = 5;

/** Quick out: double, or four pods, in half a minute. */
const SCALE_OUT = { stabilizationSeconds: 0, periodSeconds: 30, percent: 100, pods: 4 };
/** Calm in, at the quickest: one pod a minute, or a tenth of many, after five quiet minutes. */
const SCALE_IN = { stabilizationSeconds: 300, periodSeconds: 60, percent: 10, pods: 1 };

/**
 * A pod that drains still bears its streams' load, but the autoscaler no longer counts it: the others seem to be enough
 * until those clients come back. So the next goes only once the last is gone, which is the period, and on what was seen
 * for as long, which is the window; a longer window alone would still let one go every minute.
 */
function scaleIn({ termination }: PodTimes) {
  return {
    ...SCALE_IN,
    stabilizationSeconds: Math.max(SCALE_IN.stabilizationSeconds, termination),
    periodSeconds: Math.max(SCALE_IN.periodSeconds, termination),
  };
}

export interface WorkloadProps {
  readonly environment: Pick<Environment, "name">;
  readonly namespace: string;
  readonly name: string;
  readonly component: string;
  readonly settings: WorkloadSettings;
  /** Image repository, where the settings name none. */
  readonly repository: string;
  /** Port of the container. */
  readonly port: number;
  /** Port of the Service. @default - the container's */
  readonly servicePort?: number;
  /** Path that both probes GET, and seconds before each asks first. */
  readonly probe: {
    readonly path: string;
    readonly livenessDelaySeconds: number;
    readonly readinessDelaySeconds: number;
  };
  /** How long its pods may take to go. */
  readonly times: PodTimes;
  /** Environment variables; the settings' own win. */
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly ExternalSecret[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  /** What must be there, and ready, before its pods start. */
  readonly dependsOn: readonly ITerraformDependable[];
}

type ImageToRun = Pick<RunningImage, "reference" | "version" | "preconditions">;

/** A hardened Deployment and all that goes with it: Service, autoscaler, disruption budget, network policy. */
export class Workload extends Construct {
  readonly name: string;
  /** Port of the container, which network policies name. */
  readonly port: number;
  /** Port of the Service. */
  readonly servicePort: number;
  /** Rolled out: what needs this workload depends on it. */
  readonly ready: ITerraformDependable;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.name = props.name;
    this.port = props.port;
    this.servicePort = props.servicePort ?? props.port;
    const image = this.image(props);
    const metadata = {
      name: props.name,
      namespace: props.namespace,
      labels: labels(props.name, props.component),
    };

    const account = new ServiceAccountV1(this, "service-account", {
      metadata,
      automountServiceAccountToken: false,
      dependsOn: [...props.dependsOn],
    });
    const config = new Config(this, "config", {
      ...props,
      variables: { ...props.variables, ...props.settings.variables },
    });
    const policy = new NetworkPolicy(this, "network-policy", { ...props, pods: selector(props.name) });
    new Service(this, "service", { ...metadata, port: this.servicePort, dependsOn: props.dependsOn });
    const deployment = new DeploymentV1(this, "deployment", {
      metadata: {
        ...metadata,
        labels: labels(props.name, props.component, image.version),
        annotations: { [RELOAD_ON]: props.secrets.map((secret) => secret.name).join(",") },
      },
      spec: {
        // The first number only: from then on the autoscaler's.
        replicas: String(props.settings.replicas.min),
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: ROLLOUT_SECONDS,
        selector: { matchLabels: selector(props.name) },
        // A new pod is ready before an old one goes.
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: MAX_SURGE, maxUnavailable: "0" },
        },
        template: {
          metadata: { labels: labels(props.name, props.component, image.version) },
          spec: podSpec(props, image.reference, account.metadata.name, config.name),
        },
      },
      waitForRollout: true,
      timeouts: { create: `${ROLLOUT_SECONDS}s`, update: `${ROLLOUT_SECONDS}s` },
      lifecycle: {
        ignoreChanges: ["spec[0].replicas", IGNORE_RELOAD],
        precondition: image.preconditions,
      },
      dependsOn: [
        ...props.dependsOn,
        config.resource,
        policy.resource,
        ...props.secrets.map((secret) => secret.resource),
      ],
    });
    this.ready = deployment;
    this.autoscale(props, deployment);
    new PodDisruptionBudgetV1(this, "disruption-budget", {
      metadata,
      // Of two pods one, of ten three: a drain can always go on, and is done before EKS gives a node up.
      spec: { maxUnavailable: MAX_UNAVAILABLE, selector: { matchLabels: selector(props.name) } },
      dependsOn: [...props.dependsOn],
    });
  }

  /** The image that the settings name, else the one that runs. */
  private image({ name, environment, settings, repository }: WorkloadProps): ImageToRun {
    if (!isNamed(settings.image)) return new RunningImage(this, "running-image", { name, environment });
    return {
      reference: imageOf(settings.image, repository),
      version: versionOf(settings.image),
      preconditions: [],
    };
  }

  private autoscale(
    { name, namespace, component, settings, times }: WorkloadProps,
    deployment: DeploymentV1,
  ): void {
    new HorizontalPodAutoscalerV2(this, "autoscaler", {
      metadata: { name, namespace, labels: labels(name, component) },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
        minReplicas: settings.replicas.min,
        maxReplicas: settings.replicas.max,
        // Of several, the autoscaler takes the one that asks for more pods.
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

/** Of a share and a number, whichever is more pods. */
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

function podSpec(
  props: WorkloadProps,
  image: string,
  serviceAccountName: string,
  configName: string,
): DeploymentV1SpecTemplateSpec {
  const { settings, probe } = props;
  const httpProbe = (initialDelaySeconds: number, failureThreshold: number) => ({
    httpGet: { path: probe.path, port: "http" },
    initialDelaySeconds,
    periodSeconds: PROBE_PERIOD_SECONDS,
    timeoutSeconds: PROBE_TIMEOUT_SECONDS,
    failureThreshold,
  });
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: props.times.termination,
    ...nodeAffinity(settings.capacity),
    topologySpreadConstraint: SPREAD.map((topology) => ({
      ...topology,
      labelSelector: [{ matchLabels: selector(props.name) }],
    })),
    securityContext: restrictedPod(USER),
    container: [
      {
        name: props.name,
        image,
        ...(settings.command === undefined ? {} : { command: settings.command.map(literal) }),
        imagePullPolicy: "IfNotPresent",
        port: [{ name: "http", containerPort: props.port, protocol: "TCP" }],
        envFrom: [
          { configMapRef: { name: configName } },
          ...props.secrets.map((secret) => ({ secretRef: { name: secret.name } })),
        ],
        resources: resourcesOf(amountsOf(settings)),
        livenessProbe: httpProbe(probe.livenessDelaySeconds, 3),
        readinessProbe: httpProbe(probe.readinessDelaySeconds, 2),
        lifecycle: { preStop: [{ exec: { command: ["sleep", String(props.times.preStop)] } }] },
        securityContext: restrictedContainer(USER),
        volumeMount: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volume: [{ name: "tmp", emptyDir: { sizeLimit: TMP_SIZE } }],
  };
}
