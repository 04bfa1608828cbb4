import type { Requests } from "../../environments/requests";
import { emulatorVariables } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { awsApis, clusterSubnets } from "../peers";
import { PodRole } from "../pod-role";
import { HelmChart, type Chart, type ControllerProps, type RoleProps } from "./helm-chart";
import { placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

/** The service account that gets the role to read Secrets Manager. */
const EXTERNAL_SECRETS = { namespace: "external-secrets", serviceAccount: "external-secrets" };

/** `webhook.port` of the chart. */
const WEBHOOK_PORT = 10250;
const RELEASE = "external-secrets";

/** Copies secrets from Secrets Manager into the cluster, and keeps them up to date. */
export class ExternalSecrets extends HelmChart {
  static readonly chart: Chart = {
    name: "external-secrets",
    version: "2.9.0",
    repository: "https://charts.external-secrets.io",
  };
  static readonly requests = {
    "external-secrets": { cpu: "25m", memory: "128Mi" },
    "external-secrets-webhook": { cpu: "10m", memory: "64Mi" },
    "external-secrets-cert-controller": { cpu: "10m", memory: "128Mi" },
  } satisfies Record<string, Requests>;

  /** Lets it read the two secrets of this environment. */
  static role(stack: EnvironmentStack, { cluster }: RoleProps): PodRole {
    const { appSecret, redisSecret } = stack.names;
    return new PodRole(stack, "external-secrets-role", {
      cluster,
      ...EXTERNAL_SECRETS,
      statements: [
        {
          sid: "ReadSecrets",
          actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
          resources: [stack.secretArn(appSecret), stack.secretArn(redisSecret)],
        },
      ],
    });
  }

  constructor(stack: EnvironmentStack, props: ControllerProps) {
    const { replicas, capacity } = stack.environment.platform;
    const pods = (name: string, requests: Requests) => ({
      replicaCount: replicas,
      podDisruptionBudget: replicas > 1 ? { enabled: true, minAvailable: 1 } : { enabled: false },
      ...placement(podLabels(name, RELEASE), capacity),
      priorityClassName: PRIORITY_CLASS,
      resources: resources(requests),
    });
    super(stack, RELEASE, {
      chart: ExternalSecrets.chart,
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
        ...pods("external-secrets", ExternalSecrets.requests["external-secrets"]),
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
        // Only one namespace has secrets, so none of the cluster-wide kinds is processed.
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
        webhook: pods("external-secrets-webhook", ExternalSecrets.requests["external-secrets-webhook"]),
        certController: pods(
          "external-secrets-cert-controller",
          ExternalSecrets.requests["external-secrets-cert-controller"],
        ),
      },
    });
  }
}
