import type { Requests } from "../../environments/requests";
import { emulatorEnv } from "../emulator";
import { awsApis } from "../peers";
import type { Peer } from "../network-policy";
import { PodRole } from "../pod-role";
import { GRAFANA } from "../scrapes";
import type { Controller } from "./helm-chart";
import { placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

/** Namespace, release and service account. */
const NAME = "loki";
const PORTS = { http: 3100, grpc: 9095, memberlist: 7946 };

/** Loki's pod, for the network policies of whatever writes to it or reads from it. */
export const LOKI = {
  namespace: NAME,
  pods: podLabels("loki", NAME),
  port: PORTS.http,
  url: `http://loki.loki.svc.cluster.local:${PORTS.http}`,
};

/** The only pods that write to it. */
const ALLOY_PODS: Peer = { namespace: "alloy", pods: podLabels("alloy", "alloy") };

/** For an index and a few minutes of logs. */
const STORAGE = "5Gi";
const REQUESTS: Requests = { cpu: "100m", memory: "1Gi" };

/**
 * Keeps logs in S3. One pod without a volume, and so not tied to a zone: it writes chunks to the bucket once they are a
 * quarter of an hour old, their index up to 17 minutes later, and all of it when it stops. So logs are lost only if its node
 * dies, and at most half an hour of them.
 */
export const loki: Controller = {
  name: NAME,
  chart: {
    name: "loki",
    version: "18.11.0",
    repository: "https://grafana-community.github.io/helm-charts",
  },
  isUsed: ({ observability }) => observability.logs.kind === "loki",
  // One, on on-demand nodes: it holds the newest logs.
  pods: () => ({ loki: { ...REQUESTS, count: 1, onDemandOnly: true } }),
  needs: (_, { logStore }) => logStore,

  /** Lets it use the bucket, and, only through S3, the key that the bucket is encrypted with. */
  role(stack, { cluster }) {
    const { names, partition, account, environment } = stack;
    const bucket = `arn:${partition}:s3:::${names.logBucket(account)}`;
    return new PodRole(stack, "loki-role", {
      cluster,
      namespace: NAME,
      serviceAccount: NAME,
      statements: [
        { sid: "ListBucket", actions: ["s3:ListBucket"], resources: [bucket] },
        {
          sid: "UseObjects",
          actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          resources: [`${bucket}/*`],
        },
        {
          sid: "UseKey",
          actions: ["kms:Decrypt", "kms:GenerateDataKey"],
          // The environment's key is known only after apply: the conditions exclude any other bucket's.
          resources: [stack.arn("kms", "key/*")],
          condition: [
            {
              test: "StringEquals",
              variable: "kms:ViaService",
              values: [`s3.${environment.region}.amazonaws.com`],
            },
            {
              test: "StringLike",
              variable: "kms:EncryptionContext:aws:s3:arn",
              values: [bucket, `${bucket}/*`],
            },
          ],
        },
      ],
    });
  },

  traffic(environment) {
    // Without Grafana, people read by `kubectl port-forward`, which network policies don't apply to.
    const hasGrafana = environment.observability.metrics.kind === "in-cluster";
    const own = { namespace: NAME, pods: LOKI.pods };
    return [
      {
        name: "server",
        pods: LOKI.pods,
        ingress: [
          { peers: [ALLOY_PODS, ...(hasGrafana ? [GRAFANA] : [])], ports: [PORTS.http] },
          { peers: [own], ports: Object.values(PORTS) },
        ],
        // Its components connect to one another through its own Service.
        egress: [...awsApis(environment), { peers: [own], ports: Object.values(PORTS) }],
      },
    ];
  },

  values({ environment, names, account }) {
    const { region, emulator } = environment;
    const { logs } = environment.observability;
    if (logs.kind !== "loki") throw new Error("Loki is installed only for logs of kind loki");
    const bucket = names.logBucket(account);
    return {
      deploymentMode: "Monolithic",
      // These take precedence over `loki` and the service account.
      defaults: { enableServiceLinks: false, automountServiceAccountToken: false },
      loki: {
        auth_enabled: false,
        analytics: { reporting_enabled: false },
        commonConfig: { replication_factor: 1 },
        storage: {
          type: "s3",
          bucketNames: { chunks: bucket, ruler: bucket, admin: bucket },
          s3: {
            region,
            ...(emulator === undefined
              ? {}
              : { endpoint: emulator.endpoint, s3ForcePathStyle: true, insecure: true }),
          },
        },
        schemaConfig: {
          configs: [
            {
              from: "2026-01-01",
              store: "tsdb",
              object_store: "s3",
              schema: "v13",
              index: { prefix: "index_", period: "24h" },
            },
          ],
        },
        ingester: {
          chunk_idle_period: "5m",
          max_chunk_age: "15m",
          wal: { flush_on_shutdown: true },
        },
        // Without both, Loki keeps everything: the bucket's own rule is only for what Loki loses track of.
        compactor: { retention_enabled: true, delete_request_store: "s3" },
        limits_config: { retention_period: `${logs.retentionDays * 24}h`, max_line_size_truncate: true },
      },
      serviceAccount: { name: NAME, automountServiceAccountToken: false },
      singleBinary: {
        replicas: 1,
        resources: resources(REQUESTS),
        ...placement(LOKI.pods, "on-demand"),
        priorityClassName: PRIORITY_CLASS,
        terminationGracePeriodSeconds: 300,
        podDisruptionBudget: { enabled: false },
        persistence: { enabled: false, dataVolumeParameters: { emptyDir: { sizeLimit: STORAGE } } },
        ...emulatorEnv(environment),
      },
      // What the chart would also run, such as memcacheds of 10 GiB and of 1 GiB, a proxy, and a pod on each node.
      chunksCache: { enabled: false },
      resultsCache: { enabled: false },
      gateway: { enabled: false },
      lokiCanary: { enabled: false },
      test: { enabled: false },
      ruler: { enabled: false },
      sidecar: { rules: { enabled: false } },
      backend: { replicas: 0 },
      read: { replicas: 0 },
      write: { replicas: 0 },
    };
  },
};
