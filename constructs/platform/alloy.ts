import type { Environment } from "../../environments";
import type { Requests } from "../../environments/requests";
import { ALLOY_SECRETS } from "../../environments/secret-copiers";
import { emulatorEnv } from "../emulator";
import { escapeGoTemplate } from "../text";
import type { Rule } from "../network-policy";
import { awsApis, internet, portOf } from "../peers";
import { PodRole } from "../pod-role";
import { externalSecrets, secretCopier } from "./external-secrets";
import { podsOf, type Controller } from "./helm-chart";
import { logPipeline, OTLP_KEY } from "./log-pipeline";
import { loki, LOKI } from "./loki";
import {
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

/** Namespace, release and service account. */
const NAME = "alloy";
const PODS = podLabels("alloy", NAME);
const REQUESTS: Requests = { cpu: "50m", memory: "256Mi" };
/** Two would each send every line. */
const REPLICAS = 1;
/** The Secret with the key of a vendor's endpoint. */
const KEY_SECRET = "alloy-otlp";
/** Where Alloy records what it has read: a restarted container continues from there, a new pod starts over. */
const STORAGE = { path: "/var/lib/alloy", size: "256Mi" };

/** Reads the pods' logs through the Kubernetes API, and sends them to the environment's log store. */
export const alloy: Controller = {
  name: NAME,
  chart: {
    name: "alloy",
    version: "1.11.1",
    repository: "https://grafana.github.io/helm-charts",
  },
  after: [externalSecrets, loki],
  isUsed: ({ observability }) => observability.logs.kind !== "none",
  pods: (settings) => podsOf({ alloy: REQUESTS }, settings, REPLICAS),
  traffic: (environment) => [{ name: "shipper", pods: PODS, egress: sinkOf(environment) }],
  needs: (_, { logStore }) => logStore,

  /** Lets it write to the one stream of the pods' log group. */
  role(stack, { cluster }) {
    const { group, stream } = stack.names.podLogs;
    if (stack.environment.observability.logs.kind !== "cloudwatch") return undefined;
    return new PodRole(stack, "alloy-role", {
      cluster,
      namespace: NAME,
      serviceAccount: NAME,
      statements: [
        {
          sid: "WriteLogs",
          actions: ["logs:PutLogEvents"],
          resources: [stack.arn("logs", `log-group:${group}:log-stream:${stream}`)],
        },
      ],
    });
  },

  values({ environment }) {
    const { logs } = environment.observability;
    return {
      crds: { create: false },
      // A configuration change replaces the pod, so no container has to watch for one.
      configReloader: { enabled: false },
      service: { enabled: false },
      serviceAccount: { name: NAME },
      // Both lists, as the chart prints both: an empty one makes its manifest invalid.
      rbac: {
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
        clusterRules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }],
      },
      global: { podSecurityContext: RESTRICTED_POD },
      alloy: {
        configMap: {
          // The chart runs it through Helm's templates.
          content: escapeGoTemplate(logPipeline(environment, NAME)),
        },
        enableReporting: false,
        storagePath: STORAGE.path,
        securityContext: RESTRICTED_CONTAINER,
        resources: resources(REQUESTS),
        mounts: {
          extra: [
            { name: "storage", mountPath: STORAGE.path },
            ...(logs.kind === "otlp" ? [{ name: "otlp", mountPath: OTLP_KEY.folder, readOnly: true }] : []),
          ],
        },
        ...(logs.kind === "cloudwatch" ? emulatorEnv(environment) : {}),
      },
      controller: {
        type: "deployment",
        replicas: REPLICAS,
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
    };
  },
};

/** The vendor's key: until it is there, Alloy's pod waits for it. */
export const alloySecrets = secretCopier({
  copier: ALLOY_SECRETS,
  serves: alloy,
  name: KEY_SECRET,
  key: OTLP_KEY.file,
  property: "OTLP_LOGS_KEY",
});

/** Where its pods may send logs. */
function sinkOf(environment: Environment): Rule[] {
  const { logs } = environment.observability;
  if (logs.kind === "loki")
    return [{ peers: [{ namespace: LOKI.namespace, pods: LOKI.pods }], ports: [LOKI.port] }];
  if (logs.kind === "otlp") return [{ peers: [internet(environment)], ports: [portOf(logs.endpoint)] }];
  return awsApis(environment);
}
