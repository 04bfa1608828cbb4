import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { imageOf, isNamed, versionOf, type Image } from "../../environments/image";
import { NAMESPACE } from "../../environments/names";
import { seconds } from "../../environments/quantity";
import type { ServiceKey } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { labels, selector } from "../labels";
import { NetworkPolicy } from "../network-policy";
import { autoscaler } from "./autoscaler";
import { framedElsewhere } from "./browser-headers";
import { Config } from "./config";
import { deployedService, type DeployedService } from "./deployed-service";
import { IGNORE_RELOAD, RELOAD_ON, type ExternalSecret } from "./external-secret";
import { podSpec } from "./pod-spec";
import { runningImage, type ImageToRun } from "./running-image";
import { Service } from "./service";
import { variablesOf } from "./variables";
import { workloadTraffic } from "./workload-traffic";

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

export interface WorkloadProps {
  /** Its row in environments/services.ts. */
  readonly service: ServiceKey;
  /** Image repository, if the settings name none. */
  readonly repository: string;
  readonly secrets: readonly ExternalSecret[];
  /** What must be ready before its pods start. */
  readonly dependsOn: readonly ITerraformDependable[];
}

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
    const { service, repository, secrets, dependsOn } = props;
    const deployed = deployedService(environment, service);
    const { row, settings } = deployed;
    const { name, component, http } = row;
    const image = isNamed(settings.image)
      ? namedImage(settings.image, repository)
      : runningImage(this, { name, environment });
    const metadata = { name, namespace: NAMESPACE, labels: labels(name, component) };

    const account = new ServiceAccountV1(this, "service-account", {
      metadata,
      automountServiceAccountToken: false,
      dependsOn: [...dependsOn],
    });
    const config = new Config(this, "config", { name, component, variables: variablesOf(deployed) });
    const policy = new NetworkPolicy(this, "network-policy", {
      namespace: NAMESPACE,
      name,
      component,
      pods: selector(name),
      ...workloadTraffic(deployed),
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
        ...(secrets.length === 0
          ? {}
          : { annotations: { [RELOAD_ON]: secrets.map((secret) => secret.name).join(",") } }),
      },
      spec: {
        // Initial value only: after that the autoscaler sets it.
        replicas: String(settings.replicas.min),
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
          spec: podSpec({
            ...deployed,
            image: image.reference,
            serviceAccountName: account.metadata.name,
            configName: config.name,
            secrets,
          }),
        },
      },
      waitForRollout: true,
      timeouts: { create: `${PROGRESS_SECONDS}s`, update: `${rolloutSeconds(deployed)}s` },
      lifecycle: {
        ignoreChanges: ["spec[0].replicas", IGNORE_RELOAD],
        precondition: image.preconditions,
      },
      dependsOn: [
        ...dependsOn,
        config.resource,
        policy.resource,
        ...secrets.map((secret) => secret.resource),
      ],
    });
    this.ready = deployment;
    autoscaler(this, deployed);
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
}

function namedImage(image: Image, repository: string): ImageToRun {
  return { reference: imageOf(image, repository), version: versionOf(image), preconditions: [] };
}

/** How long a rollout may take (seconds): in each wave, pods may use up `startup`. */
function rolloutSeconds({ row, settings }: DeployedService): number {
  const startup = row.http ? seconds(settings.startup) : 0;
  const waves = Math.min(WAVES, settings.replicas.max);
  return Math.max(PROGRESS_SECONDS, waves * (NEW_NODE_SECONDS + startup));
}
