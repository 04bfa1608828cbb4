import type { Environment } from "../environments";
import { SERVICE_KEYS, SERVICES, type ServiceRow } from "../environments/services";

/** A check that prod fails on purpose, at one construct and for a reason. */
export interface Skip {
  readonly check: string;
  /** Construct path, "<stack>/<path>"; everything below it too. */
  readonly path: string;
  readonly reason: string;
  /** Last day on which it holds, such as "2027-05-31". @default - as long as the check fails */
  readonly until?: string;
}

/** By check. */
type Reasons = Readonly<Record<string, string>>;

export function skips(path: string, reasons: Reasons): Skip[] {
  return Object.entries(reasons).map(([check, reason]) => ({ check, path, reason }));
}

const KEY_POLICY =
  "AWS's own default key policy: the account's IAM policies decide. In a key policy \"*\" is the key itself, and without this statement nobody could manage it.";
const IMMUTABLE_TAG =
  "The repositories' tags are immutable, so a tag is as good as a digest, and a cached image the right one: pods start while the registry is away. Settings take a digest too.";
const NO_PROBE =
  "A worker answers nobody, so there is nothing to ask: one that ends is started again, and a rollout waits for pods that run.";
const AWS_MANAGED_KEY =
  "What outlives a destroy is under an AWS-managed key: with our own key destroyed, the snapshot or secret could never be read again.";

/** Functions that check something on a schedule: constructs/aws/scheduled-check.ts. */
const SCHEDULED_CHECKS = ["infra/node-group-alarm", "app/uptime-alarm"];
const CHECK_FUNCTION: Reasons = {
  CKV_AWS_116:
    "A check that fails leaves its metric without data, which the alarms report: no letter is lost.",
  CKV_AWS_117:
    "Outside the VPC on purpose: what fails inside must not silence it, and it may reach nothing there.",
  CKV_AWS_115:
    "Only its schedule may call it, every few minutes or hours; reserved concurrency would be taken from others.",
  CKV_AWS_272:
    "Its one file is in this repository, and Terraform holds its hash: who may change one may change both.",
  CKV_AWS_50: "A request or two of one function: its log says all that a trace would.",
};

const OF_PROD: Readonly<Record<string, Reasons>> = {
  "infra/key/policy": {
    CKV_AWS_109: KEY_POLICY,
    CKV_AWS_111: KEY_POLICY,
    CKV_AWS_356: KEY_POLICY,
  },
  "infra/cluster/cluster": {
    CKV_AWS_39:
      "The public endpoint is open to the ranges of access.publicCidrs only, never to the internet; an empty list closes it.",
    CKV_AWS_339:
      "The check's list of versions ends before 1.36, which EKS supports as standard until August 2027.",
  },
  "infra/load-balancer/http-in": {
    CKV_AWS_260:
      "A public web site: port 80 answers with a redirect to HTTPS, and with Let's Encrypt's challenges.",
  },
  "infra/load-balancer/nlb": {
    CKV_AWS_91:
      "A network load balancer logs TLS listeners only, and these are TCP: Traefik's access log has the requests, the flow logs the connections.",
    CKV2_AWS_20:
      "For application load balancers: this one passes TCP on, and Traefik redirects HTTP to HTTPS.",
  },
  "infra/log-store/group": {
    CKV_AWS_338:
      "The pods' logs, which may hold personal data: observability.logs.retentionDays decides, a month by default.",
  },
  "infra/redis/group": { CKV_AWS_191: AWS_MANAGED_KEY },
  "infra/redis-secret/secret": {
    CKV_AWS_149: AWS_MANAGED_KEY,
    CKV2_AWS_57:
      "Rotated by the setting redis.passwordRotation, in two steps that interrupt nobody; a rotation by Lambda would change it behind Terraform's back.",
  },
};

/** CKV_AWS_338 wants logs to be kept for so many days, and CKV_AWS_37 so many kinds of them. */
const LOGS = { days: 365, kinds: 5 };
const RETENTION: Reasons = {
  CKV_AWS_338: "The owner has set how long these logs are kept: shipped, prod keeps them for a year.",
};
const LOKI_BUCKET: Reasons = {
  CKV_AWS_18: "Only Loki uses it: an access log would be a log of logs, in a further bucket.",
  CKV_AWS_21: "Versions would only keep what Loki's retention has deleted.",
  CKV_AWS_144: "Logs may hold personal data, and stay in their region; nothing is restored from them.",
  CKV2_AWS_62: "Nothing acts on an object of Loki's, so nobody would listen to its events.",
};

/** The skips for prod with these settings. */
export function skipsOf(prod: Environment): readonly Skip[] {
  return [
    ...[...Object.entries(OF_PROD), ...ofSettings(prod)].flatMap(([path, reasons]) => skips(path, reasons)),
    ...SCHEDULED_CHECKS.flatMap((path) => skips(`${path}/function`, CHECK_FUNCTION)),
    ...SERVICE_KEYS.flatMap((key) => ofService(SERVICES[key], prod.registry.copies)),
  ];
}

/** What an owner decides in prod's settings. */
function ofSettings(prod: Environment): readonly (readonly [string, Reasons])[] {
  const { protection, cluster, network, redis, observability } = prod;
  const decided: readonly (readonly [boolean, string, Reasons])[] = [
    [
      !protection,
      "infra/load-balancer/nlb",
      { CKV_AWS_150: "The owner has turned protection off: with it, nothing could be destroyed." },
    ],
    [
      cluster.logs.length < LOGS.kinds,
      "infra/cluster/cluster",
      { CKV_AWS_37: "The owner has chosen the control plane's logs: cluster.logs, by default all." },
    ],
    [cluster.logRetentionDays < LOGS.days, "infra/cluster/logs", RETENTION],
    [network.flowLogRetentionDays < LOGS.days, "infra/network/flow-log-group", RETENTION],
    [redis.kind === "elasticache" && redis.logRetentionDays < LOGS.days, "infra/redis/slow-log", RETENTION],
    [observability.logs.kind === "loki", "infra/log-store/bucket/bucket", LOKI_BUCKET],
  ];
  return decided.filter(([applies]) => applies).map(([, path, reasons]) => [path, reasons]);
}

function ofService({ name, http }: ServiceRow, copies: readonly string[]): Skip[] {
  const repositories = [name, ...copies.map((region) => `${name}-${region}`)];
  return [
    ...repositories.flatMap((id) =>
      skips(`infra/${id}/repository`, {
        CKV_AWS_51:
          "Every tag but those that a deploy moves to what runs (IMMUTABLE_WITH_EXCLUSION, which the check doesn't know).",
      }),
    ),
    ...skips(`app/${name}/deployment`, {
      CKV_K8S_43: IMMUTABLE_TAG,
      CKV_K8S_15: IMMUTABLE_TAG,
      // Liveness, readiness.
      ...(http ? {} : { CKV_K8S_8: NO_PROBE, CKV_K8S_9: NO_PROBE }),
    }),
  ];
}
