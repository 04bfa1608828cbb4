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

const KEY_POLICY =
  "AWS's own default key policy: the account's IAM policies decide. In a key policy \"*\" is the key itself, and without this statement nobody could manage it.";
const IMMUTABLE_TAG =
  "The repositories' tags are immutable, so a tag is as good as a digest, and a cached image the right one: pods start while the registry is away. Settings take a digest too.";
const NO_PROBE =
  "A worker answers nobody, so there is nothing to ask: one that ends is started again, and a rollout waits for pods that run.";
const AWS_MANAGED_KEY =
  "What outlives a destroy is under an AWS-managed key: with our own key destroyed, the snapshot or secret could never be read again.";

/** Functions that check something on a schedule: constructs/aws/scheduled-check.ts. */
const SCHEDULED_CHECKS = [
  "infra/certificate-alarm",
  "infra/app-secret-alarm",
  "infra/node-group-alarm",
  "app/uptime-alarm",
];
const CHECK_FUNCTION: readonly Omit<Skip, "path">[] = [
  {
    check: "CKV_AWS_116",
    reason: "A check that fails leaves its metric without data, which the alarms report: no letter is lost.",
  },
  {
    check: "CKV_AWS_117",
    reason:
      "Outside the VPC on purpose: what fails inside must not silence it, and it may reach nothing there.",
  },
  {
    check: "CKV_AWS_115",
    reason:
      "Only its schedule may call it, every few minutes or hours; reserved concurrency would be taken from others.",
  },
  {
    check: "CKV_AWS_272",
    reason:
      "Its one file is in this repository, and Terraform holds its hash: who may change one may change both.",
  },
  {
    check: "CKV_AWS_50",
    reason: "A request or two of one function: its log says all that a trace would.",
  },
];

export const SKIPS: readonly Skip[] = [
  { check: "CKV_AWS_109", path: "infra/key/policy", reason: KEY_POLICY },
  { check: "CKV_AWS_111", path: "infra/key/policy", reason: KEY_POLICY },
  { check: "CKV_AWS_356", path: "infra/key/policy", reason: KEY_POLICY },
  {
    check: "CKV_AWS_39",
    path: "infra/cluster/cluster",
    reason:
      "The public endpoint is open to the ranges of access.publicCidrs only, never to the internet; an empty list closes it.",
  },
  {
    check: "CKV_AWS_339",
    path: "infra/cluster/cluster",
    reason:
      "The check's list of versions ends before 1.36, which EKS supports as standard until August 2027.",
  },
  {
    check: "CKV_AWS_260",
    path: "infra/load-balancer/http-in",
    reason:
      "A public web site: port 80 answers with a redirect to HTTPS, and with Let's Encrypt's challenges.",
  },
  {
    check: "CKV_AWS_91",
    path: "infra/load-balancer/nlb",
    reason:
      "A network load balancer logs TLS listeners only, and these are TCP: Traefik's access log has the requests, the flow logs the connections.",
  },
  {
    check: "CKV2_AWS_20",
    path: "infra/load-balancer/nlb",
    reason: "For application load balancers: this one passes TCP on, and Traefik redirects HTTP to HTTPS.",
  },
  {
    check: "CKV_AWS_338",
    path: "infra/log-store/group",
    reason:
      "The pods' logs, which may hold personal data: observability.logs.retentionDays decides, a month by default.",
  },
  { check: "CKV_AWS_191", path: "infra/redis/group", reason: AWS_MANAGED_KEY },
  { check: "CKV_AWS_149", path: "infra/redis-secret/secret", reason: AWS_MANAGED_KEY },
  {
    check: "CKV2_AWS_57",
    path: "infra/redis-secret/secret",
    reason:
      "Rotated by the setting redis.passwordRotation, in two steps that interrupt nobody; a rotation by Lambda would change it behind Terraform's back.",
  },
  ...SERVICE_KEYS.map((key) => ({
    check: "CKV_AWS_51",
    path: `infra/${SERVICES[key].name}/repository`,
    reason:
      "Every tag but those that a deploy moves to what runs (IMMUTABLE_WITH_EXCLUSION, which the check doesn't know).",
  })),
  ...SCHEDULED_CHECKS.flatMap((path) =>
    CHECK_FUNCTION.map((skip) => ({ ...skip, path: `${path}/function` })),
  ),
  ...SERVICE_KEYS.flatMap((key) => deploymentSkips(SERVICES[key])),
];

function deploymentSkips({ name, http }: ServiceRow): Skip[] {
  const path = `app/${name}/deployment`;
  const skips = (checks: readonly string[], reason: string) =>
    checks.map((check) => ({ check, path, reason }));
  return [
    ...skips(["CKV_K8S_43", "CKV_K8S_15"], IMMUTABLE_TAG),
    // Liveness, readiness.
    ...(http ? [] : skips(["CKV_K8S_8", "CKV_K8S_9"], NO_PROBE)),
  ];
}
