import type { ElasticacheReplicationGroup } from "@cdktf/provider-aws/lib/elasticache-replication-group";
import { Fn, Token } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import { podsInRollout } from "../../environments/requests";
import type { ElastiCacheSettings } from "../../environments/schema";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm, UNTIL_MISSING } from "./alarm";

const PERIOD_SECONDS = 300;
/** A quarter of an hour: a burst of traffic or a failover pages nobody. */
const PERIODS = 3;
/**
 * Memory in use (percent), shortly before a node evicts entries. If they don't expire, the alarm goes off once and stays on;
 * but how many evictions or misses are too many depends on the product, and either would only tell afterwards.
 */
const MEMORY_PERCENT = 90;
/** The most connections one pod should have: more means its pool leaks. */
const CONNECTIONS_PER_POD = 50;

/** How busy one thread, which answers all commands, may be (percent). */
const CPU_PERCENT = 90;
/** CPU credits of a burstable node: a new one starts with none, and earns at least 12 an hour. */
const CREDITS = 3;
const ONE_CPU = ["cache.t2.micro", "cache.t2.small"];

export interface RedisAlarmsProps {
  readonly settings: ElastiCacheSettings;
  /** Before its nodes run, all of them look lost. */
  readonly group: ElasticacheReplicationGroup;
  /** Where its alarms notify. */
  readonly topicArn: string;
}

/**
 * Alarms when a Redis node runs out of memory or CPU, has more connections than its clients can account for, or is lost (only if
 * there is somebody to mail).
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
 */
export class RedisAlarms extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: RedisAlarmsProps) {
    super(stack, id);
    const { names, environment } = stack;
    const users = SERVICE_KEYS.filter((key) => SERVICES[key].redis);
    const pods = users.reduce((all, key) => all + environment[key].replicas.max, 0);
    const connections = podsInRollout(pods) * CONNECTIONS_PER_POD;
    const show = `aws elasticache describe-replication-groups --replication-group-id ${names.prefix} --region ${environment.region}`;
    const slowest = `aws logs tail /aws/elasticache/${names.prefix}/slow-log --since 1h --region ${environment.region}`;
    const clients = users.map((key) => SERVICES[key].name).join(", ");
    const without =
      props.settings.replicas > 0
        ? "The others serve its data, and ElastiCache replaces it."
        : `It is the only one: ${clients} runs without a cache until ElastiCache has replaced it.`;
    const watched = [
      {
        id: "memory",
        metricName: "DatabaseMemoryUsagePercentage",
        threshold: MEMORY_PERCENT,
        first: show,
        meaning: `memory is ${MEMORY_PERCENT}% full. At 100% the least recently used entries are evicted, which is normal if they don't expire: set a larger redis.nodeType only if the hit rate falls`,
      },
      ...cpuOf(props.settings.nodeType).map((each) => ({ ...each, first: slowest })),
      {
        id: "connections",
        metricName: "CurrConnections",
        threshold: connections,
        first: `kubectl logs -n ${NAMESPACE} -l 'app.kubernetes.io/name in (${clients})' --since 15m --tail=-1`,
        meaning: `more than ${connections} connections, which ${pods} pods of ${users.map((key) => SERVICES[key].about).join(" and ")} don't need: one of them leaks connections`,
      },
    ];
    // Not <prefix>-001, -002: ElastiCache may have removed any replica, which leaves gaps.
    const clusters = Fn.sort(props.group.memberClusters);
    for (let node = 1; node <= props.settings.replicas + 1; node += 1) {
      const cluster = Token.asString(Fn.element(clusters, node - 1));
      const common = {
        topicArn: props.topicArn,
        runbook: "redis",
        namespace: "AWS/ElastiCache",
        dimensions: { CacheClusterId: cluster },
        period: PERIOD_SECONDS,
        evaluationPeriods: PERIODS,
      } as const;
      for (const { id: what, meaning, first, ...metric } of watched) {
        new Alarm(this, `${what}-${node}`, {
          ...common,
          statistic: "Average",
          comparisonOperator: "GreaterThanThreshold",
          ...metric,
          name: `redis-${what}-${node}`,
          description: `Redis node ${cluster}: ${meaning}. First run: ${first}.`,
          // A node being replaced or patched has no data for a while.
          missingData: "missing",
        });
      }
      if (environment.alarms.emails.length > 0)
        new Alarm(this, `lost-${node}`, {
          ...common,
          name: `redis-lost-${node}`,
          description:
            `Redis node ${cluster} has not answered for about ${((PERIODS + UNTIL_MISSING) * PERIOD_SECONDS) / 60} minutes. ${without} ` +
            `First run: ${show}.`,
          // Any metric that every node always reports.
          metricName: "CurrConnections",
          statistic: "SampleCount",
          comparisonOperator: "LessThanThreshold",
          threshold: 1,
        });
    }
  }
}

/**
 * On nodes with two vCPUs, ElastiCache's own processes take much of the second one: what counts is the whole node, of which
 * that thread is half. Types with more end in xlarge. A burstable node without credits looks idle, since it gets no more
 * than its baseline.
 */
function cpuOf(nodeType: string) {
  const busy = {
    id: "cpu",
    ...(nodeType.endsWith("xlarge")
      ? { metricName: "EngineCPUUtilization", threshold: CPU_PERCENT }
      : { metricName: "CPUUtilization", threshold: CPU_PERCENT / (ONE_CPU.includes(nodeType) ? 1 : 2) }),
    meaning:
      "the thread that answers all commands is nearly always busy, so answers wait. If no command is slow, set a redis.nodeType of a newer family (larger t types are no faster: cache.m7g.large is)",
  };
  const credits = {
    id: "credits",
    metricName: "CPUCreditBalance",
    comparisonOperator: "LessThanThreshold",
    threshold: CREDITS,
    period: 3600,
    evaluationPeriods: 2,
    meaning: `its CPU credits are used up, so it gets 10 to 20% of its vCPUs until it is used less. If that lasts, set another redis.nodeType: ${nodeType.endsWith("micro") ? "a small one gets twice as much" : "one that isn't burstable, such as cache.m7g.large"}`,
  };
  // AWS has no such metric of t2.
  return /^cache\.t(3|4g)\./.test(nodeType) ? [busy, credits] : [busy];
}
