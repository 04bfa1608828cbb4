import { ADDRESSES_OF_A_NODE, addressesIn, CACHE_BITS, redisNodesInZone, roomForNodes } from "./address-plan";
import { needsPassword } from "./amp";
import { overlap, prefixOf, subnet } from "./cidr";
import { seconds, mebibytes, milliCpu } from "./quantity";
import { CLOUDFLARE, CLOUDFRONT, CLOUDFRONT_RULES, rangesOf, RULES_OF_A_GROUP } from "./edge-ranges";
import { EMULATED_ACCOUNT } from "./emulator";
import { admitsProxy, answersHttp, hostsOf, hostsWithZone, recordsBypassProxy } from "./hosts";
import { isArm, sizeOf } from "./instance-types";
import { stateRegion } from "./local-state";
import { namesOf, SERVICE_CIDR } from "./names";
import { partitionOf } from "./region";
import { quoted } from "./schema-fields";
import { REDIS_VERSIONS } from "./schema-redis";
import { podsInRollout } from "./requests";
import { scrapedServices, type Settings } from "./schema";
import { SERVICE_KEYS, SERVICES } from "./services";
import { windowProblems } from "./windows";

/** A setting that contradicts another: what its error names, and what follows "must be" there. */
export interface Contradiction {
  readonly path: string;
  readonly allowed: string;
}

/** An environment's settings, with its name. */
type Named = Settings & { readonly name: string };

/** Notes a contradiction unless something holds. */
type Must = (holds: boolean, path: string, allowed: string) => void;

/** What no single setting's schema can check: settings that contradict one another. */
export function contradictions(s: Named): Contradiction[] {
  const found: Contradiction[] = [];
  const must: Must = (holds, path, allowed) => {
    if (!holds) found.push({ path, allowed });
  };
  for (const check of CHECKS) check(s, must);
  return found;
}

const CHECKS: readonly ((s: Named, must: Must) => void)[] = [
  production,
  outsideDevelopment,
  zones,
  network,
  existingNetwork,
  access,
  tags,
  account,
  traffic,
  hosts,
  edge,
  streaming,
  mail,
  registry,
  metrics,
  redis,
  nodes,
  database,
  workloads,
];

/** How much of the 2 minutes' notice a spot pod has left for its streams. */
const SPOT_DRAIN_SECONDS = 90;

/** IAM Identity Center's roles; outside us-east-1 their path has its region. */
const SSO_ROLE = /:role\/aws-reserved\/sso\.amazonaws\.com\/([a-z0-9-]+\/)?AWSReservedSSO_/;

/** Rules of the cluster's security group besides those of `access`: EKS's own, and three of the load balancer. */
const CLUSTER_RULES = 4;

/** Tags that each resource has from this project. */
const OWN_TAGS = ["Project", "Environment", "ManagedBy", "Stack", "Name"];

const A_WINDOW = "a window of 60 minutes to 24 hours";

const DRAINING = SERVICE_KEYS.filter((key) => SERVICES[key].drains);

const distinct = (list: readonly string[]) => new Set(list).size === list.length;
const namesIn = (hosts: readonly { readonly host: string }[]) => hosts.map(({ host }) => host).join(", ");

/** What must survive the loss of a node or zone, and serve the public. */
function production(s: Settings, must: Must): void {
  if (s.tier !== "production") return;
  const { metrics } = s.observability;
  must(
    s.network.nat === "per-zone" || s.network.existing !== undefined,
    "network.nat",
    '"per-zone" (tier "production" must survive the loss of a zone)',
  );
  must(s.tls.issuer === "letsencrypt", "tls.issuer", '"letsencrypt" in tier "production"');
  must(s.alarms.emails.length > 0, "alarms.emails", 'at least one e-mail address in tier "production"');
  must(
    metrics.kind !== "in-cluster" || (metrics.replicas === 2 && metrics.volumeGiB !== undefined),
    "observability.metrics",
    'kind "in-cluster" with replicas 2 and volumeGiB, or another kind, in tier "production": a single pod is lost with its node or zone',
  );
  const onDemand = '"on-demand" in tier "production"';
  must(s.platform.capacity === "on-demand", "platform.capacity", onDemand);
  for (const key of DRAINING) must(s[key].capacity === "on-demand", `${key}.capacity`, onDemand);
  const replicas = 'at least 2 in tier "production"';
  must(s.platform.replicas >= 2, "platform.replicas", replicas);
  must(s.platform.traefikReplicas >= 2, "platform.traefikReplicas", replicas);
  for (const key of SERVICE_KEYS) must(s[key].replicas.min >= 2, `${key}.replicas.min`, replicas);
  must(
    s.nodes.onDemand.min >= s.zones.length,
    "nodes.onDemand.min",
    `${s.zones.length} or more, one node per zone, in tier "production"`,
  );
}

function outsideDevelopment(s: Settings, must: Must): void {
  if (s.tier === "development") return;
  must(s.zones.length === 3, "zones", `three zones (tier "${s.tier}" must survive the loss of one)`);
  must(s.network.nat !== "none", "network.nat", '"single" or "per-zone" outside tier "development"');
  must(s.redis.kind === "elasticache", "redis.kind", '"elasticache" outside tier "development"');
  must(
    s.redis.kind !== "elasticache" || s.redis.replicas >= 1,
    "redis.replicas",
    `at least 1 in tier "${s.tier}"`,
  );
}

function zones(s: Settings, must: Must): void {
  must(
    s.zones.every((zone) => zone.slice(0, -1) === s.region),
    "zones",
    `zones of the region "${s.region}"`,
  );
}

function network(s: Settings, must: Must): void {
  must(
    !overlap(s.network.existing?.cidr ?? s.network.cidr, SERVICE_CIDR),
    s.network.existing === undefined ? "network.cidr" : "network.existing.cidr",
    `a range that doesn't overlap the cluster's Service range (${SERVICE_CIDR})`,
  );
  must(
    s.network.nat !== "none" || prefixOf(s.network.cidr) <= 18,
    "network.cidr",
    '/18 or wider with network.nat "none": nodes and pods are then in the small public subnets',
  );
  const { onDemand, spot } = s.nodes;
  const { range, free, nodes: most } = roomForNodes(s);
  // A group's maximum is at least one.
  const [path, limit] =
    spot.max < most
      ? ["nodes.onDemand.max", `at most ${most - spot.max} on top of nodes.spot.max (${spot.max})`]
      : ["nodes.spot.max", `at most ${most} together with nodes.onDemand.max (${onDemand.max})`];
  // For an existing network, only preflight says so: the settings of what runs there must stay readable.
  must(
    s.network.existing !== undefined || onDemand.max + spot.max <= most,
    path,
    `${limit}: each zone's subnet, such as ${range}, has ${free} addresses, and a node and its pods take ${ADDRESSES_OF_A_NODE}. network.cidr can be widened only before the first deploy`,
  );
  const room = addressesIn(subnet(s.network.cidr, CACHE_BITS, 0)) - redisNodesInZone(s);
  must(
    s.network.existing !== undefined || s.network.endpoints.length <= room,
    "network.endpoints",
    `at most ${room} services, or network.cidr wider than ${s.network.cidr}: each takes an address in every cache subnet, which is a 256th of that range`,
  );
}

function existingNetwork(s: Settings, must: Must): void {
  const { existing } = s.network;
  if (existing === undefined) return;
  must(
    s.network.nat !== "none",
    "network.nat",
    "omitted with network.existing, whose routes belong to its owner",
  );
  must(
    Object.keys(existing.subnets).sort().join() === s.zones.join(),
    "network.existing.subnets",
    `exactly one entry per zone (${s.zones.join(", ")})`,
  );
  const tiers = Object.values(existing.subnets);
  must(
    s.loadBalancer.internal || tiers.every((tier) => tier.public !== undefined),
    "network.existing.subnets",
    "subnets with a public one in each zone, unless loadBalancer.internal is true",
  );
  const all = tiers.flatMap((tier) => [tier.public, tier.private, tier.cache].flatMap((each) => each ?? []));
  must(
    distinct(all.map(({ id }) => id)) &&
      all.every((one, at) => all.slice(at + 1).every((other) => !overlap(one.cidr, other.cidr))),
    "network.existing.subnets",
    "distinct subnets whose ranges don't overlap (omit cache where it is the private one)",
  );
  must(
    all.every((each) => !overlap(each.cidr, SERVICE_CIDR)),
    "network.existing.subnets",
    `ranges that don't overlap the cluster's Service range (${SERVICE_CIDR})`,
  );
}

function access(s: Named, must: Must): void {
  const { prefix } = namesOf(s);
  const taken = `:role/${prefix}-`;
  const partition = partitionOf(s.region);
  // CI's deploy role may be among the admins: it is one of them anyway.
  for (const [key, ciRoles] of [
    ["admins", /:role\/wbot-.+-ci-plan$/],
    ["viewers", /:role\/wbot-.+-ci-(plan|deploy)$/],
  ] as const) {
    const arns = s.access[key];
    must(
      // It can't change its own kind: constructs/ci/policies/ci-boundary.ts.
      s.ci === undefined || !arns.some((arn) => arn.includes(taken) && !arn.includes(`${taken}ci-`)),
      `access.${key}`,
      `a list without roles named ${prefix}-… while ci is set: CI's deploy role can change the trust policy of any role so named`,
    );
    must(
      arns.every((arn) => arn.split(":")[1] === partition),
      `access.${key}`,
      `ARNs of the partition "${partition}", which ${s.region} is in`,
    );
    must(
      arns.every((arn) => !/\/AWSReservedSSO_[^/]*$/.test(arn) || SSO_ROLE.test(arn)),
      `access.${key}`,
      "ARNs with their paths, without which EKS finds no SSO role: role/aws-reserved/sso.amazonaws.com/… (aws iam get-role --role-name <name>)",
    );
    must(
      !arns.some((arn) => ciRoles.test(arn)),
      `access.${key}`,
      "a list without CI's roles, which get their access from the setting ci: EKS allows one access entry per principal",
    );
  }
  must(
    !s.access.viewers.some((arn) => s.access.admins.includes(arn)),
    "access.viewers",
    "different from access.admins, who can read everything anyway: EKS allows one access entry per principal",
  );
  must(
    s.account === undefined || s.access.admins.every((arn) => arn.split(":")[4] === s.account),
    "access.admins",
    `ARNs of the account ${s.account ?? ""}`,
  );
  must(
    s.access.publicCidrs.length + s.access.privateCidrs.length + s.access.securityGroups.length > 0,
    "access.publicCidrs",
    "at least one range, unless access.privateCidrs or access.securityGroups is set: otherwise nobody can reach the Kubernetes API",
  );
  const most = RULES_OF_A_GROUP - CLUSTER_RULES;
  must(
    s.access.privateCidrs.length + s.access.securityGroups.length <= most,
    "access.privateCidrs",
    `at most ${most} ranges, counting the groups in access.securityGroups: each is a rule of the cluster's security group, which can have ${RULES_OF_A_GROUP}`,
  );
}

function tags(s: Settings, must: Must): void {
  const tags = Object.keys(s.tags).map((key) => key.toLowerCase());
  const own = OWN_TAGS.find((key) => tags.includes(key.toLowerCase()));
  must(own === undefined, "tags", `without ${own ?? ""}, however it is capitalized: this project sets it`);
  must(distinct(tags), "tags", "keys that differ in more than their case, which IAM ignores");
  const { keys, prefixes } = s.ignoreTags;
  const ignored = [...OWN_TAGS, ...Object.keys(s.tags)].find(
    (key) => keys.includes(key) || prefixes.some((prefix) => key.startsWith(prefix)),
  );
  must(
    ignored === undefined,
    "ignoreTags",
    `without ${ignored ?? ""}, which this project sets: every plan would show it as a change`,
  );
}

function account(s: Settings, must: Must): void {
  must(
    s.emulator === undefined || (s.account === EMULATED_ACCOUNT && s.tier === "development"),
    "emulator",
    `omitted, unless account is "${EMULATED_ACCOUNT}" and tier is "development"`,
  );
  must(
    s.ci === undefined || s.account !== undefined,
    "account",
    "set if ci is set, since the roles' ARNs contain it",
  );
  must(
    s.ci === undefined || s.state.kind === "s3",
    "state.kind",
    '"s3" if ci is set: runners keep no files (npx wbot bootstrap)',
  );
  const region = stateRegion(s);
  const keys = `arn:${partitionOf(region)}:kms:${region}:`;
  const key = s.state.kind === "s3" ? s.state.kmsKeyId : undefined;
  must(
    key?.startsWith("arn:") !== true || key.startsWith(keys),
    "state.kmsKeyId",
    `a key of the bucket's region (${keys}…), as S3 requires`,
  );
}

function traffic(s: Settings, must: Must): void {
  const { cors } = s.traffic;
  must(
    !cors.credentials || cors.origins?.includes("*") !== true,
    "traffic.cors.origins",
    'without "*" while traffic.cors.credentials is true: otherwise any page could act as the signed-in user',
  );
  for (const headers of ["allowedHeaders", "exposedHeaders"] as const)
    must(
      !cors.credentials || !cors[headers].includes("*"),
      `traffic.cors.${headers}`,
      'without "*" while traffic.cors.credentials is true: browsers then treat it as the literal name of a header',
    );
}

function hosts(s: Settings, must: Must): void {
  const hosts = [s.domain.host, ...s.domain.others.map((other) => other.host)];
  must(distinct(hosts), "domain.others", "hosts distinct from one another and from domain.host");
}

function edge(s: Settings, must: Must): void {
  const { allowedCidrs, allowedPrefixLists } = s.loadBalancer;
  // A range counts once for each port; only AWS knows the size of a list, except for CloudFront's.
  const listed = allowedPrefixLists.includes(CLOUDFRONT) ? CLOUDFRONT_RULES : 0;
  must(
    2 * rangesOf(allowedCidrs).length + listed <= RULES_OF_A_GROUP,
    "loadBalancer.allowedCidrs",
    `a shorter list: at two rules each${listed > 0 ? `, plus the ${listed} of CloudFront's list` : ""}, these ranges exceed the ${RULES_OF_A_GROUP} rules of a security group`,
  );
  const { trustedProxies } = s.traffic;
  const networks = [CLOUDFRONT, CLOUDFLARE] as const;
  for (const network of networks)
    must(
      ![...allowedCidrs, ...allowedPrefixLists].includes(network) || trustedProxies.includes(network),
      "traffic.trustedProxies",
      `a list that includes "${network}", which loadBalancer admits: otherwise everyone who comes through it shares the rate limits of its addresses`,
    );
  must(
    trustedProxies.length === 0 || admitsProxy(s),
    "traffic.trustedProxies",
    "a list that includes a proxy that loadBalancer admits (loadBalancer.allowedCidrs, loadBalancer.allowedPrefixLists)",
  );
  // A company's own range may be both: its proxy's, and that of users who go by the record.
  must(
    !recordsBypassProxy(s) || !networks.some((network) => trustedProxies.includes(network)),
    "domain.records",
    `false while loadBalancer admits the internet only through traffic.trustedProxies: the records of ${namesIn(hostsWithZone(s))} must point at those proxies`,
  );
  const withoutZone = hostsOf(s).filter(({ hostedZoneId }) => hostedZoneId === undefined);
  must(
    s.tls.issuer === "selfsigned" || answersHttp(s) || withoutZone.length === 0,
    "domain.hostedZoneId",
    `set for every host (${namesIn(withoutZone)}) while loadBalancer closes port 80 to the internet: Let's Encrypt can then validate them only over DNS`,
  );
}

function streaming(s: Settings, must: Must): void {
  const { maxDuration, drain, heartbeat } = s.streaming;
  must(
    2 * seconds(heartbeat) <= seconds(maxDuration),
    "streaming.heartbeat",
    `at most half of streaming.maxDuration ("${maxDuration}"), or a single late heartbeat ends the stream`,
  );
  must(
    seconds(heartbeat) < seconds(drain),
    "streaming.heartbeat",
    `shorter than streaming.drain ("${drain}"), so that an idle stream still shows that it is alive`,
  );
  for (const key of DRAINING) {
    const { capacity } = s[key];
    must(
      capacity === "on-demand" || seconds(drain) <= SPOT_DRAIN_SECONDS,
      "streaming.drain",
      `at most "${SPOT_DRAIN_SECONDS}s" while ${key}.capacity is "${capacity}": spot gives a pod 2 minutes to stop`,
    );
  }
}

function mail(s: Settings, must: Must): void {
  must(
    s.budget.monthlyUsd === undefined || s.alarms.emails.length > 0,
    "alarms.emails",
    "at least one e-mail address if budget.monthlyUsd is set",
  );
  must(
    s.budget.monthlyUsd === undefined || partitionOf(s.region) === "aws",
    "budget.monthlyUsd",
    "omitted in GovCloud, which is billed through a standard account",
  );
}

function registry(s: Settings, must: Must): void {
  const { copies } = s.registry;
  const partition = partitionOf(s.region);
  must(distinct([s.region, ...copies]), "registry.copies", `distinct regions other than "${s.region}"`);
  must(
    copies.every((region) => partitionOf(region) === partition),
    "registry.copies",
    `regions of the partition "${partition}", which ${s.region} is in`,
  );
  must(
    s.registry.create || copies.length === 0,
    "registry.copies",
    "empty while registry.create is false: the environment that creates the repositories copies them",
  );
}

function metrics(s: Settings, must: Must): void {
  const { metrics } = s.observability;
  must(
    metrics.kind !== "remote-write" || metrics.username === undefined || needsPassword(metrics),
    "observability.metrics.username",
    "omitted with a url of Amazon Managed Prometheus, which authenticates with IAM",
  );
  for (const key of scrapedServices(s))
    must(
      SERVICES[key].http !== undefined,
      "observability.metrics.scrape",
      `without "${key}", which serves no HTTP`,
    );
}

function redis({ redis }: Settings, must: Must): void {
  if (redis.kind === "in-cluster") return;
  const { snapshotWindow, maintenanceWindow, engine, version } = redis;
  const problems = windowProblems(snapshotWindow, maintenanceWindow);
  must(!problems.daily, "redis.snapshotWindow", A_WINDOW);
  must(!problems.weekly, "redis.maintenanceWindow", A_WINDOW);
  must(
    !problems.overlap,
    "redis.snapshotWindow",
    `a window that does not overlap redis.maintenanceWindow (${maintenanceWindow})`,
  );
  const offered: readonly string[] = REDIS_VERSIONS[engine];
  must(
    version === undefined || offered.includes(version),
    "redis.version",
    `one of ElastiCache's versions of redis.engine "${engine}": ${quoted(offered)}`,
  );
}

function nodes(s: Settings, must: Must): void {
  for (const key of ["onDemand", "spot"] as const) {
    must(
      s.nodes[key].min <= s.nodes[key].max,
      `nodes.${key}.min`,
      `at most nodes.${key}.max (${s.nodes[key].max})`,
    );
    const fitting = s.nodes[key].instanceTypes.filter(
      (type) => isArm(type) === (s.nodes.architecture === "arm64"),
    );
    must(
      fitting.length === s.nodes[key].instanceTypes.length,
      `nodes.${key}.instanceTypes`,
      `instance types of nodes.architecture "${s.nodes.architecture}"`,
    );
    const sizes = fitting.flatMap((type) => sizeOf(type) ?? []).map(({ cpu, memory }) => `${cpu}/${memory}`);
    must(
      new Set(sizes).size <= 1,
      `nodes.${key}.instanceTypes`,
      "types with the same CPU and memory: the autoscaler assumes that all are like the first one it sees",
    );
  }
  must(
    s.nodes.onDemand.min >= 1,
    "nodes.onDemand.min",
    "1 or more: Traefik never runs on spot, where a reclaimed node would cut its streams",
  );
}

function database(s: Settings, must: Must): void {
  const { connections, poolSize } = s.database;
  const clients = SERVICE_KEYS.filter((key) => SERVICES[key].database);
  const pods = clients.reduce((sum, key) => sum + podsInRollout(s[key].replicas.max), 0);
  const fewer = `a lower ${clients.map((key) => `${key}.replicas.max`).join(" and ")}`;
  must(
    pods <= connections,
    "database.connections",
    `at least ${pods}, or ${fewer}: that many pods share them during a rollout, and each opens at least one`,
  );
  must(
    pods > connections || poolSize * pods <= connections,
    "database.poolSize",
    `at most ${Math.floor(connections / pods)}, or ${fewer}: ` +
      `up to ${pods} pods share database.connections (${connections}) during a rollout`,
  );
}

function workloads(s: Settings, must: Must): void {
  for (const key of SERVICE_KEYS) {
    const w = s[key];
    must(
      w.replicas.min <= w.replicas.max,
      `${key}.replicas.min`,
      `at most ${key}.replicas.max (${w.replicas.max})`,
    );
    must(
      milliCpu(w.cpu.request) <= milliCpu(w.cpu.limit),
      `${key}.cpu.request`,
      `at most ${key}.cpu.limit (${w.cpu.limit})`,
    );
    must(
      mebibytes(w.memory.request) <= mebibytes(w.memory.limit),
      `${key}.memory.request`,
      `at most ${key}.memory.limit (${w.memory.limit})`,
    );
    must(
      2 * mebibytes(w.memory.tmp) <= mebibytes(w.memory.limit),
      `${key}.memory.tmp`,
      `at most half of ${key}.memory.limit (${w.memory.limit}), which it counts towards`,
    );
  }
}
