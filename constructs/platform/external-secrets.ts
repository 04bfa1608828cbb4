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
import { podsOf, type Chart, type Context, type Controller, type RoleProps } from "./helm-chart";
import { placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

const CHART: Chart = {
  name: "external-secrets",
  version: "2.9.0",
  repository: "https://charts.external-secrets.io",
};
const REQUESTS: Requests = { cpu: "25m", memory: "128Mi" };

/** Copies secrets from Secrets Manager into the product's namespace, and keeps them up to date. */
export const externalSecrets: Controller = {
  ...operator("external-secrets", NAMESPACE, { first: true }),
  // The two secrets of this environment.
  role: (stack, props) =>
    reader(stack, "external-secrets-role", props, "external-secrets", [
      stack.names.appSecret,
      stack.names.redisSecret,
    ]),
};

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
  const served = ({ installed }: Context) => {
    const chart = installed.get(serves);
    if (chart === undefined)
      throw new Error(`${copier.name} has to come after ${serves.name}, whose namespace it serves`);
    return chart;
  };
  return {
    ...operator(copier.name, copier.to, { first: false }),
    isUsed: copier.isUsed,
    after: [externalSecrets],
    role: (stack, props) => reader(stack, roleOf(copier), props, copier.name, [stack.names.appSecret]),
    needs: (_, context) => [served(context).namespace],
    // A release of its own, deleted before the controller, which alone removes an ExternalSecret's finalizer. Not Terraform
    // resources, since custom resources can't be planned before their CRDs exist.
    installed(stack, chart, context) {
      const copies = chart.install("copies", {
        name: `${copier.name}-copies`,
        chart: CHART,
        values: {
          createOperator: false,
          installCRDs: false,
          rbac: { create: false },
          serviceAccount: { create: false },
          webhook: { create: false },
          certController: { create: false },
          extraObjects: objects(stack, copy),
        },
        dependsOn: [chart.release],
      });
      served(context).startAfter(copies);
    },
  };
}

/** The role of a release's pods; its service account and its namespace are named after it. */
function reader(
  stack: EnvironmentStack,
  id: string,
  { cluster }: RoleProps,
  release: string,
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

/** An operator that sees the Secrets of one namespace. Only the first installs the CRDs, and has replicas. */
function operator(name: string, namespace: string, { first }: { readonly first: boolean }): Controller {
  const labels = podLabels("external-secrets", name);
  const replicasOf = ({ platform }: Settings) => (first ? platform.replicas : 1);
  return {
    name,
    chart: CHART,
    pods: (settings) => podsOf({ [name]: REQUESTS }, settings, replicasOf(settings)),
    traffic: (environment) => [{ name: "controller", pods: labels, egress: awsApis(environment) }],
    values({ environment }) {
      const replicas = replicasOf(environment);
      return {
        replicaCount: replicas,
        podDisruptionBudget: replicas > 1 ? { enabled: true, minAvailable: 1 } : { enabled: false },
        ...placement(labels, environment.platform.capacity),
        priorityClassName: PRIORITY_CLASS,
        resources: resources(REQUESTS),
        ...emulatorEnv(environment),
        installCRDs: first,
        leaderElect: true,
        serviceAccount: { name },
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
      };
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
