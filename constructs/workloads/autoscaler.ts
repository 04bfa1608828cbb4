import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import type { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import type { PodTimes } from "../../environments/stream-times";
import { labels } from "../labels";
import type { DeployedService } from "./deployed-service";

/**
 * Scale out fast, as after a deploy that set a busy service's pods back: four times as many, or ten more, whenever the
 * autoscaler looks (every 15 s). Only replicas.max need bound it: nodes and the database's connections are there for that many.
 */
const SCALE_OUT = { stabilizationSeconds: 0, periodSeconds: 15, percent: 300, pods: 10 };
/** Scale in slowly, at the fastest: one pod or a tenth, whichever is more, a minute, after five quiet minutes. */
const SCALE_IN = { stabilizationSeconds: 300, periodSeconds: 60, percent: 10, pods: 1 };

/** Owns the replicas of a workload, within those of the settings. */
export function autoscaler(scope: Construct, { row, settings, times }: DeployedService): void {
  const { name, component } = row;
  // Waits for nothing: a rollout at the old maximum may exceed a lower quota, or the connections of the database.
  new HorizontalPodAutoscalerV2(scope, "autoscaler", {
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
