import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE, REDIS, REDIS_PORT } from "../../environments/names";
import { IN_CLUSTER_REDIS } from "../../environments/requests";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { gp3Class } from "../gp3-class";
import { labels, selector } from "../labels";
import { NetworkPolicy } from "../network-policy";
import { REDIS_RIGHTS } from "../redis-rights";
import { amountsOf, resourcesOf, type Demand } from "./quota";
import { nodeAffinity } from "./node-affinity";
import { IGNORE_RELOAD, RELOAD_ON, type ExternalSecret } from "./external-secret";
import { restrictedContainer, restrictedPod } from "./security-context";

const IMAGE = "docker.io/valkey/valkey:8.0.6-alpine";
const COMPONENT = "cache";
/** The image's user. */
const USER = "999";
const AMOUNTS = amountsOf(IN_CLUSTER_REDIS);
/** Share of the pod's memory limit (percent) above which Redis evicts entries, instead of being OOM-killed. */
const MAX_MEMORY_PERCENT = 75;
const MAX_MEMORY_MIB = Math.floor((AMOUNTS.limits.memory * MAX_MEMORY_PERCENT) / 100);
const CONFIG_FOLDER = "/run/redis";

const SERVE = [
  // ElastiCache's users may use every channel by default, Valkey's own none. Letters and digits need no escaping.
  `printf 'user default >%s &* ${REDIS_RIGHTS}\\nmaxmemory ${MAX_MEMORY_MIB}mb\\nmaxmemory-policy allkeys-lru\\ndir /data\\n' "$REDIS_PASSWORD" > ${CONFIG_FOLDER}/redis.conf`,
  // exec, so that Redis gets SIGTERM, and saves.
  `exec redis-server ${CONFIG_FOLDER}/redis.conf`,
].join(" && ");

/** Its share of the namespace's quota. */
export const IN_CLUSTER_REDIS_DEMAND: Demand = { pods: 2, ...AMOUNTS };

export interface InClusterRedisProps {
  readonly storageGiB: number;
  /** Its password, under REDIS_PASSWORD. */
  readonly secret: ExternalSecret;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** One Redis pod with a volume, for development: no failover, no TLS, no cost beyond its node. */
export class InClusterRedis extends Construct {
  readonly ready: ITerraformDependable;

  constructor(scope: Construct, id: string, props: InClusterRedisProps) {
    super(scope, id);
    const users = SERVICE_KEYS.filter((key) => SERVICES[key].redis);
    const metadata = { name: REDIS, namespace: NAMESPACE, labels: labels(REDIS, COMPONENT) };
    // Its own class, destroyed with it: the cluster's default may change.
    const storage = gp3Class(this, "storage", { name: "gp3", component: COMPONENT });
    const account = new ServiceAccountV1(this, "service-account", {
      metadata,
      automountServiceAccountToken: false,
      dependsOn: [...props.dependsOn],
    });
    const policy = new NetworkPolicy(this, "network-policy", {
      namespace: NAMESPACE,
      name: REDIS,
      component: COMPONENT,
      pods: selector(REDIS),
      ingress: [{ peers: users.map((key) => ({ pods: selector(SERVICES[key].name) })), ports: [REDIS_PORT] }],
    });
    const service = new ServiceV1(this, "service", {
      metadata,
      spec: {
        clusterIp: "None",
        selector: selector(REDIS),
        port: [{ name: "redis", port: REDIS_PORT, targetPort: "redis" }],
      },
      dependsOn: [...props.dependsOn],
    });
    const probe = {
      // Passed in the environment, to keep the password out of process lists.
      exec: { command: ["sh", "-c", 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli ping | grep -q PONG'] },
      initialDelaySeconds: 5,
      periodSeconds: 10,
      timeoutSeconds: 5,
    };
    const volume = `data-${props.storageGiB}gib`;
    this.ready = new StatefulSetV1(this, "stateful-set", {
      metadata: { ...metadata, annotations: { [RELOAD_ON]: props.secret.name } },
      spec: {
        serviceName: service.metadata.name,
        replicas: "1",
        selector: { matchLabels: selector(REDIS) },
        template: {
          metadata: { labels: labels(REDIS, COMPONENT) },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            // It holds state: spot could interrupt it, and move its volume to another node, at any time.
            ...nodeAffinity("on-demand"),
            securityContext: restrictedPod(USER),
            container: [
              {
                name: REDIS,
                image: IMAGE,
                // The password goes into a file in memory, to keep it out of process lists and off disk.
                command: ["sh", "-c", SERVE],
                port: [{ name: "redis", containerPort: REDIS_PORT }],
                envFrom: [{ secretRef: { name: props.secret.name } }],
                resources: resourcesOf(IN_CLUSTER_REDIS),
                livenessProbe: probe,
                readinessProbe: probe,
                securityContext: restrictedContainer(USER),
                volumeMount: [
                  { name: volume, mountPath: "/data" },
                  { name: "config", mountPath: CONFIG_FOLDER },
                ],
              },
            ],
            volume: [{ name: "config", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }],
          },
        },
        volumeClaimTemplate: [
          {
            // Terraform replaces the StatefulSet for another name, and ignores any other change here.
            metadata: { name: volume, labels: selector(REDIS) },
            spec: {
              accessModes: ["ReadWriteOnce"],
              storageClassName: storage.metadata.name,
              resources: { requests: { storage: `${props.storageGiB}Gi` } },
            },
          },
        ],
        // Deleted with Redis: a cache isn't worth keeping, and an orphaned volume is billed.
        persistentVolumeClaimRetentionPolicy: [{ whenDeleted: "Delete", whenScaled: "Delete" }],
      },
      waitForRollout: true,
      lifecycle: {
        ignoreChanges: [IGNORE_RELOAD],
      },
      dependsOn: [...props.dependsOn, policy.resource, props.secret.resource],
    });
  }
}
