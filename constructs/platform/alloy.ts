import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import { ALLOY_SECRETS } from "../../environments/secret-copiers";
import { emulatorEnv } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { escapeGoTemplate } from "../text";
import type { Rule } from "../network-policy";
import { awsApis, internet, portOf } from "../peers";
import { PodRole } from "../pod-role";
import { ExternalSecrets, secretCopier } from "./external-secrets";
import { HelmChart, type Chart, type Controller, type ControllerProps, type RoleProps } from "./helm-chart";
import { logPipeline, OTLP_KEY } from "./log-pipeline";
import { Loki, LOKI } from "./loki";
import {
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

const ALLOY = { namespace: "alloy", serviceAccount: "alloy" };
const PODS = podLabels("alloy", "alloy");
/** The Secret with the key of a vendor's endpoint. */
const KEY_SECRET = "alloy-otlp";
/** Where Alloy records what it has read: a restarted container continues from there, a new pod starts over. */
const STORAGE = { path: "/var/lib/alloy", size: "256Mi" };

/** Reads the pods' logs through the Kubernetes API, and sends them to the environment's log store. */
export class Alloy extends HelmChart {
  static readonly chart: Chart = {
    name: "alloy",
    version: "1.11.1",
    repository: "https://grafana.github.io/helm-charts",
  };
  static readonly requests = { alloy: { cpu: "50m", memory: "256Mi" } } satisfies Record<string, Requests>;
  static readonly after: readonly Controller[] = [ExternalSecrets, Loki];

  static isUsed({ observability }: Settings): boolean {
    return observability.logs.kind !== "none";
  }

  /** One: two would each send every line. */
  static override pods({ platform: { capacity } }: Settings) {
    return { count: 1, onDemandOnly: capacity === "on-demand" };
  }

  /** Lets it write to the one stream of the pods' log group. */
  static role(stack: EnvironmentStack, { cluster }: RoleProps): PodRole | undefined {
    const { group, stream } = stack.names.podLogs;
    if (stack.environment.observability.logs.kind !== "cloudwatch") return undefined;
    return new PodRole(stack, "alloy-role", {
      cluster,
      ...ALLOY,
      statements: [
        {
          sid: "WriteLogs",
          actions: ["logs:PutLogEvents"],
          resources: [stack.arn("logs", `log-group:${group}:log-stream:${stream}`)],
        },
      ],
    });
  }

  constructor(stack: EnvironmentStack, props: ControllerProps) {
    const { environment } = stack;
    const { logs } = environment.observability;
    const emulated = logs.kind === "cloudwatch" && environment.emulator !== undefined;
    super(stack, "alloy", {
      chart: Alloy.chart,
      namespace: ALLOY.namespace,
      dependsOn: [...props.dependsOn, ...props.logStore],
      traffic: [{ name: "shipper", pods: PODS, egress: sinkOf(stack) }],
      values: {
        crds: { create: false },
        // A configuration change replaces the pod, so no container has to watch for one.
        configReloader: { enabled: false },
        service: { enabled: false },
        serviceAccount: { name: ALLOY.serviceAccount },
        // Both lists, as the chart prints both: an empty one makes its manifest invalid.
        rbac: {
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
          clusterRules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }],
        },
        global: { podSecurityContext: RESTRICTED_POD },
        alloy: {
          configMap: {
            // The chart runs it through Helm's templates.
            content: escapeGoTemplate(
              logPipeline(environment, ALLOY.namespace, `${LOKI.url}/loki/api/v1/push`),
            ),
          },
          enableReporting: false,
          storagePath: STORAGE.path,
          securityContext: RESTRICTED_CONTAINER,
          resources: resources(Alloy.requests.alloy),
          mounts: {
            extra: [
              { name: "storage", mountPath: STORAGE.path },
              ...(logs.kind === "otlp" ? [{ name: "otlp", mountPath: OTLP_KEY.folder, readOnly: true }] : []),
            ],
          },
          ...(emulated
            ? {
                extraEnv: emulatorEnv(environment),
              }
            : {}),
        },
        controller: {
          type: "deployment",
          replicas: Alloy.pods(environment).count,
          // During a rolling update, two pods would both send every line.
          updateStrategy: { type: "Recreate" },
          ...placement(PODS, environment.platform.capacity),
          priorityClassName: PRIORITY_CLASS,
          volumes: {
            extra: [
              { name: "storage", emptyDir: { sizeLimit: STORAGE.size } },
              ...(logs.kind === "otlp" ? [{ name: "otlp", secret: { secretName: KEY_SECRET } }] : []),
            ],
          },
        },
      },
    });
  }
}

/** The vendor's key: until it is there, Alloy's pod waits for it. */
export const AlloySecrets = secretCopier({
  copier: ALLOY_SECRETS,
  serves: Alloy,
  name: KEY_SECRET,
  key: OTLP_KEY.file,
  property: "OTLP_LOGS_KEY",
});

/** Where its pods may send logs. */
function sinkOf({ environment }: EnvironmentStack): Rule[] {
  const { logs } = environment.observability;
  if (logs.kind === "loki")
    return [{ peers: [{ namespace: LOKI.namespace, pods: LOKI.pods }], ports: [LOKI.port] }];
  if (logs.kind === "otlp") return [{ peers: [internet(environment)], ports: [portOf(logs.endpoint)] }];
  return awsApis(environment);
}
