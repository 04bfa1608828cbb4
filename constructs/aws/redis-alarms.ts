import { Construct } from "constructs";
import { podsInRollout } from "../../environments/requests";
import type { ElastiCacheSettings } from "../../environments/schema";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";
import type { Alarms } from "./alarms";

const PERIOD_SECONDS = 300;
/** A quarter of an hour: a burst of traffic or a failover pages nobody. */
const PERIODS = 3;
/** Memory in use (percent) beyond which a node is likely to evict entries that are still in use. */
const MEMORY_PERCENT = 90;
/** The most connections one pod should have: more means its pool leaks. */
const CONNECTIONS_PER_POD = 50;

export interface RedisAlarmsProps {
  readonly settings: ElastiCacheSettings;
  readonly alarms: Alarms;
}

/**
 * Alarms when a Redis node runs out of memory or has more connections than its clients can account for.
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
    const watched = [
      {
        id: "memory",
        metricName: "DatabaseMemoryUsagePercentage",
        threshold: MEMORY_PERCENT,
        meaning: `memory is ${MEMORY_PERCENT}% full, and the least recently used entries are evicted: set a larger redis.nodeType`,
      },
      {
        id: "connections",
        metricName: "CurrConnections",
        threshold: connections,
        meaning: `more than ${connections} connections, which ${pods} pods of ${users.map((key) => SERVICES[key].about).join(" and ")} don't need: one of them leaks connections`,
      },
    ];
    // ElastiCache numbers the nodes of a group from 001.
    for (let node = 1; node <= props.settings.replicas + 1; node += 1) {
      const cluster = `${names.prefix}-${String(node).padStart(3, "0")}`;
      for (const { id: what, metricName, threshold, meaning } of watched) {
        new Alarm(this, `${what}-${node}`, {
          alarms: props.alarms,
          name: `redis-${what}-${node}`,
          description: `Redis node ${cluster}: ${meaning}.`,
          namespace: "AWS/ElastiCache",
          metricName,
          dimensions: { CacheClusterId: cluster },
          statistic: "Average",
          period: PERIOD_SECONDS,
          evaluationPeriods: PERIODS,
          comparisonOperator: "GreaterThanThreshold",
          threshold,
          // A node being replaced or patched has no data for a while.
          missingData: "missing",
        });
      }
    }
  }
}
