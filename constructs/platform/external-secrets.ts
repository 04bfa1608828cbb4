import type { ITerraformDependable } from "cdktf";
import { CHARTS } from "../../environments/charts";
import { CONTROLLERS, type Requests } from "../../environments/requests";
import { emulatorVariables } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { awsApis, clusterSubnets } from "../peers";
import { HelmChart } from "./helm-chart";
import { placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

/** Whom the role that reads Secrets Manager is for. */
export const EXTERNAL_SECRETS = { namespace: "external-secrets", serviceAccount: "external-secrets" };

/** `webhook.port` of the chart. */
const WEBHOOK_PORT = 10250;
const RELEASE = "external-secrets";

/** Copies secrets from Secrets Manager into the cluster, and keeps them fresh. */
export class ExternalSecrets extends HelmChart {
  constructor(stack: EnvironmentStack, props: { readonly dependsOn: readonly ITerraformDependable[] }) {
    const { replicas, capacity } = stack.environment.platform;
    const pods = (name: string, requests: Requests) => ({
      replicaCount: replicas,
      podDisruptionBudget: replicas > 1 ? { enabled: true, minAvailable: 1 } : { enabled: false },
      ...placement(podLabels(name, RELEASE), capacity),
      priorityClassName: PRIORITY_CLASS,
      resources: resources(requests),
    });
    super(stack, RELEASE, {
      chart: CHARTS.externalSecrets,
      namespace: EXTERNAL_SECRETS.namespace,
      dependsOn: props.dependsOn,
      traffic: [
        {
          name: "controller",
          pods: podLabels("external-secrets", RELEASE),
          egress: awsApis(stack.environment),
        },
        {
          name: "webhook",
          pods: podLabels("external-secrets-webhook", RELEASE),
          ingress: [{ peers: clusterSubnets(stack.environment), ports: [WEBHOOK_PORT] }],
        },
      ],
      values: {
        ...pods("external-secrets", CONTROLLERS["external-secrets"]),
        ...(stack.environment.emulator === undefined
          ? {}
          : {
              extraEnv: Object.entries(emulatorVariables(stack.environment)).map(([name, value]) => ({
                name,
                value,
              })),
            }),
        installCRDs: true,
        leaderElect: true,
        serviceAccount: { name: EXTERNAL_SECRETS.serviceAccount },
        // One namespace has secrets: nothing that reaches across namespaces is needed, so nothing is watched.
        processClusterStore: false,
        processClusterExternalSecret: false,
        processClusterPushSecret: false,
        processClusterGenerator: false,
        processPushSecret: false,
        crds: {
          createClusterExternalSecret: false,
          createClusterGenerator: false,
          createClusterPushSecret: false,
          createPushSecret: false,
        },
        webhook: pods("external-secrets-webhook", CONTROLLERS["external-secrets-webhook"]),
        certController: pods(
          "external-secrets-cert-controller",
          CONTROLLERS["external-secrets-cert-controller"],
        ),
      },
    });
  }
}
