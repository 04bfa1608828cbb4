import type { DeploymentV1SpecTemplateSpec } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { seconds } from "../../environments/quantity";
import type { WorkloadSettings } from "../../environments/schema";
import type { Http } from "../../environments/services";
import { selector } from "../labels";
import { SPREAD } from "../spread";
import { escapeTemplate } from "../text";
import type { DeployedService } from "./deployed-service";
import type { ExternalSecret } from "./external-secret";
import { nodeAffinity } from "./node-affinity";
import { preStop } from "./pre-stop";
import { resourcesOf } from "./quota";
import { restrictedContainer, restrictedPod } from "./security-context";
import { TMP } from "./variables";

/** User and group ID of every container. */
const USER = "1000";
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

export interface PodProps extends DeployedService {
  readonly image: string;
  readonly serviceAccountName: string;
  /** The ConfigMap with its variables. */
  readonly configName: string;
  readonly secrets: readonly ExternalSecret[];
}

/** A hardened pod, on the nodes that the settings name, with probes and time to drain if it serves HTTP. */
export function podSpec(props: PodProps): DeploymentV1SpecTemplateSpec {
  const { row, settings, secrets, times } = props;
  const { name, http } = row;
  return {
    serviceAccountName: props.serviceAccountName,
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
        image: props.image,
        ...(settings.command === undefined ? {} : { command: settings.command.map(escapeTemplate) }),
        imagePullPolicy: "IfNotPresent",
        ...(http ? answering(http, settings) : {}),
        envFrom: [
          { configMapRef: { name: props.configName } },
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
