/**
 * Lambda function: counts what EKS says is wrong with the node groups, and writes it to CloudWatch. It has no
 * dependencies but the SDK that the runtime brings.
 */

/**
 * @typedef {object} Check What the schedule sends.
 * @property {string} cluster
 * @property {readonly string[]} nodeGroups
 * @property {string} namespace Of the metric.
 * @property {string} metricName
 */

/** States that a group doesn't leave by itself. */
const STUCK = ["CREATE_FAILED", "DEGRADED", "DELETE_FAILED"];

/**
 * Runs on the schedule. A group that can't be asked for, and a metric that can't be written, are errors: the absence of
 * the metric is reported, too.
 *
 * @param {Check} check
 * @returns {Promise<string[]>}
 */
export async function handler({ cluster, nodeGroups, namespace, metricName }) {
  // Loaded here, since it is nowhere but in the runtime.
  const { DescribeNodegroupCommand, EKSClient } = await import("@aws-sdk/client-eks");
  const client = new EKSClient({});
  const groups = await Promise.all(
    nodeGroups.map(async (nodegroupName) => {
      const { nodegroup } = await client.send(
        new DescribeNodegroupCommand({ clusterName: cluster, nodegroupName }),
      );
      return issuesOf({ nodegroupName, ...nodegroup });
    }),
  );
  const issues = groups.flat();
  console.log(issues.length === 0 ? `no issue of ${nodeGroups.join(", ")}` : issues.join("\n"));
  // @ts-ignore
  const { CloudWatchClient, PutMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  await new CloudWatchClient({}).send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: [{ MetricName: metricName, Unit: "Count", Value: issues.length }],
    }),
  );
  return issues;
}

/**
 * What is wrong with a group: EKS's own issues, or else a state that tells of one.
 *
 * @param {import("@aws-sdk/client-eks").Nodegroup} group
 * @returns {string[]}
 */
export function issuesOf({ nodegroupName, status, health }) {
  const issues = (health?.issues ?? []).map(
    ({ code, message, resourceIds = [] }) => `${nodegroupName}: ${code} ${resourceIds.join(" ")}: ${message}`,
  );
  return issues.length === 0 && status !== undefined && STUCK.includes(status)
    ? [`${nodegroupName}: ${status}`]
    : issues;
}
