/**
 * Lambda function: writes the number of issues that EKS reports for the node groups to CloudWatch. No dependencies other
 * than the runtime's SDK.
 */

/**
 * @typedef {object} Check The schedule's input.
 * @property {string} cluster
 * @property {readonly string[]} nodeGroups
 * @property {string} namespace The metric's.
 * @property {string} metricName
 */

/** States from which a group doesn't recover by itself. */
const STUCK = ["CREATE_FAILED", "DEGRADED", "DELETE_FAILED"];

/**
 * Runs on the schedule. Fails if a group can't be described or the metric can't be written: missing data is reported, too.
 *
 * @param {Check} check
 * @returns {Promise<string[]>}
 */
export async function handler({ cluster, nodeGroups, namespace, metricName }) {
  // Imported here, since only Lambda's runtime has it.
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
 * A group's issues: those that EKS reports, else a state that implies one.
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
