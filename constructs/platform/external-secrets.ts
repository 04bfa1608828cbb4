import { NAMESPACE } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import { emulatorEnv } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { awsApis } from "../peers";
import { PodRole } from "../pod-role";
import { HelmChart, type Chart, type ControllerProps, type RoleProps } from "./helm-chart";
import { placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

/** The service account that gets the role to read Secrets Manager. */
const EXTERNAL_SECRETS = { namespace: "external-secrets", serviceAccount: "external-secrets" };

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
      ],
      values: {
        replicaCount: replicas,
        podDisruptionBudget: replicas > 1 ? { enabled: true, minAvailable: 1 } : { enabled: false },
        ...placement(podLabels("external-secrets", RELEASE), capacity),
        priorityClassName: PRIORITY_CLASS,
        resources: resources(ExternalSecrets.requests["external-secrets"]),
        ...(stack.environment.emulator === undefined
          ? {}
          : {
              extraEnv: emulatorEnv(stack.environment),
            }),
        installCRDs: true,
        leaderElect: true,
        serviceAccount: { name: EXTERNAL_SECRETS.serviceAccount },
        // A Role in the product's namespace instead of a ClusterRole: a SecretStore elsewhere reads nothing.
        scopedNamespace: NAMESPACE,
        scopedRBAC: true,
        rbac: {
          serviceAccountTokenCreate: false,
          servicebindings: { create: false },
          aggregateToView: false,
          aggregateToEdit: false,
          aggregateToAdmin: false,
        },
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
        // The controller for the webhook's certificate reads every Secret in the cluster. The webhook itself would only
        // validate what the types already check, and reject everything while it is down.
        webhook: { create: false },
        certController: { create: false },
      },
    });
  }
}
