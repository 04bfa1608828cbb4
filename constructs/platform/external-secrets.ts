import type { Release } from "@cdktf/provider-helm/lib/release";
import type { Environment } from "../../environments";
import type { AppSecretKeyName } from "../../environments/app-secret-keys";
import { NAMESPACE } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import { roleOf, type SecretCopier } from "../../environments/secret-copiers";
import { emulatorEnv } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { escapeGoTemplate } from "../text";
import { externalSecret, secretStore } from "../external-secret-manifests";
import { awsApis } from "../peers";
import { PodRole } from "../pod-role";
import { HelmChart, type Chart, type Controller, type ControllerProps, type RoleProps } from "./helm-chart";
import { placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

const RELEASE = "external-secrets";
const REQUESTS: Requests = { cpu: "25m", memory: "128Mi" };

/** Copies secrets from Secrets Manager into the product's namespace, and keeps them up to date. */
export class ExternalSecrets extends HelmChart {
  static readonly chart: Chart = {
    name: "external-secrets",
    version: "2.9.0",
    repository: "https://charts.external-secrets.io",
  };
  static readonly requests = { [RELEASE]: REQUESTS } satisfies Record<string, Requests>;

  /** Lets it read the two secrets of this environment. */
  static role(stack: EnvironmentStack, { cluster }: RoleProps): PodRole {
    const { appSecret, redisSecret } = stack.names;
    return reader(stack, "external-secrets-role", { cluster, release: RELEASE }, [appSecret, redisSecret]);
  }

  constructor(stack: EnvironmentStack, { dependsOn }: ControllerProps) {
    const { replicas } = stack.environment.platform;
    super(stack, RELEASE, {
      ...controller(stack, { release: RELEASE, namespace: NAMESPACE, replicas, installCRDs: true }),
      dependsOn,
    });
  }
}

/** A Secret in a namespace of the platform. */
export interface Copy {
  readonly copier: SecretCopier;
  /** The controller in that namespace. Its pods wait for the Secret, so they start after the copier. */
  readonly serves: Controller;
  /** Name of the Secret. */
  readonly name: string;
  /** Key of the Secret that gets the value. */
  readonly key: string;
  /** Key of the app secret that has the value. */
  readonly property: AppSecretKeyName;
  /** The Secret's other keys. @default - none */
  readonly texts?: (environment: Environment) => Readonly<Record<string, string>>;
}

/** A further External Secrets for another namespace, since each sees the Secrets of one namespace only. It copies one key. */
export function secretCopier(copy: Copy): Controller {
  const { copier, serves } = copy;
  const release = copier.name;
  return class Copier extends HelmChart {
    static readonly chart = ExternalSecrets.chart;
    static readonly after = [ExternalSecrets];
    static readonly requests = { [release]: REQUESTS };
    static readonly isUsed = copier.isUsed;

    static override pods(settings: Settings) {
      return { ...HelmChart.pods(settings), count: 1 };
    }

    /** Lets it read the app secret. */
    static role(stack: EnvironmentStack, { cluster }: RoleProps): PodRole {
      return reader(stack, roleOf(copier), { cluster, release }, [stack.names.appSecret]);
    }

    constructor(stack: EnvironmentStack, { installed, dependsOn }: ControllerProps) {
      const served = installed.get(serves);
      if (served === undefined)
        throw new Error(`${release} has to come after ${serves.name}, whose namespace it serves`);
      super(stack, release, {
        ...controller(stack, { release, namespace: copier.to, replicas: 1, installCRDs: false }),
        dependsOn: [...dependsOn, served.namespaceResource],
      });
      served.startAfter(this.copies(stack));
    }

    /**
     * A release of its own, deleted before the controller, which alone removes an ExternalSecret's finalizer. Not Terraform
     * resources, since custom resources can't be planned before their CRDs exist.
     */
    private copies(stack: EnvironmentStack): Release {
      return this.install(stack, "copies", {
        name: `${release}-copies`,
        chart: ExternalSecrets.chart,
        values: {
          createOperator: false,
          installCRDs: false,
          rbac: { create: false },
          serviceAccount: { create: false },
          webhook: { create: false },
          certController: { create: false },
          extraObjects: objects(stack, copy),
        },
        dependsOn: [this.release],
      });
    }
  };
}

/** The role of a release's pods; its service account and its namespace are named after it. */
function reader(
  stack: EnvironmentStack,
  id: string,
  { cluster, release }: Pick<RoleProps, "cluster"> & { readonly release: string },
  secrets: readonly string[],
): PodRole {
  return new PodRole(stack, id, {
    cluster,
    namespace: release,
    serviceAccount: release,
    statements: [
      {
        sid: "ReadSecrets",
        actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        resources: secrets.map((secret) => stack.secretArn(secret)),
      },
    ],
  });
}

interface Scope {
  readonly release: string;
  /** The namespace whose Secrets it sees. */
  readonly namespace: string;
  readonly replicas: number;
  readonly installCRDs: boolean;
}

function controller({ environment }: EnvironmentStack, { release, namespace, replicas, installCRDs }: Scope) {
  const pods = podLabels("external-secrets", release);
  return {
    chart: ExternalSecrets.chart,
    namespace: release,
    traffic: [{ name: "controller", pods, egress: awsApis(environment) }],
    values: {
      replicaCount: replicas,
      podDisruptionBudget: replicas > 1 ? { enabled: true, minAvailable: 1 } : { enabled: false },
      ...placement(pods, environment.platform.capacity),
      priorityClassName: PRIORITY_CLASS,
      resources: resources(REQUESTS),
      ...(environment.emulator === undefined
        ? {}
        : {
            extraEnv: emulatorEnv(environment),
          }),
      installCRDs,
      leaderElect: true,
      serviceAccount: { name: release },
      // A Role in that namespace instead of a ClusterRole: a SecretStore elsewhere reads nothing.
      scopedNamespace: namespace,
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
  };
}

function objects(
  { environment, names }: EnvironmentStack,
  { copier, name, key, property, texts }: Copy,
): object[] {
  // Templates of External Secrets, in a template of Helm's.
  const others = Object.entries(texts?.(environment) ?? {}).map(([other, text]) => [
    other,
    escapeGoTemplate(escapeGoTemplate(text)),
  ]);
  return [
    secretStore(copier.to, environment.region),
    externalSecret({
      namespace: copier.to,
      name,
      data: { [key]: { secret: names.appSecret, property } },
      template:
        others.length === 0
          ? undefined
          : { mergePolicy: "Merge", data: Object.fromEntries(others) as Record<string, string> },
    }),
  ];
}
