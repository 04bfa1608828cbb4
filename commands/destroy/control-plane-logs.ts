import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EKSClient, UpdateClusterConfigCommand, waitUntilClusterActive } from "@aws-sdk/client-eks";
import { logGroup } from "../../environments/names";
import { troubleOrThrow, unlessMissing } from "../cli/aws";
import type { Session } from "../session/session";

const UPDATE_SECONDS = 15 * 60;

/**
 * Switches the control plane's logs off, while the log group is still there. EKS delivers late: what it sends after a
 * destroy makes the group again, which then belongs to no stack.
 *
 * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763
 */
export async function switchLogsOff(session: Session): Promise<void> {
  const { client, names } = session;
  // As it is now: app has been destroyed in the meantime.
  session.forgetCluster();
  const cluster = await session.cluster();
  const types = (cluster?.logging?.clusterLogging ?? []).flatMap(({ enabled, types: each = [] }) =>
    enabled === true ? each : [],
  );
  if (cluster?.status !== "ACTIVE" || types.length === 0) return;
  const eks = client(EKSClient);
  await eks.send(
    new UpdateClusterConfigCommand({
      name: names.cluster,
      logging: { clusterLogging: [{ types, enabled: false }] },
    }),
  );
  await waitUntilClusterActive(
    { client: eks, maxWaitTime: UPDATE_SECONDS, minDelay: 2, maxDelay: 15 },
    { name: names.cluster },
  );
  session.forgetCluster();
}

/**
 * Deletes the log group if EKS has made it again since the cluster is gone.
 *
 * @returns What to say of it: nothing if it isn't there
 */
export async function deleteReturnedLogs(session: Session): Promise<string[]> {
  const { client, environment, names } = session;
  const name = logGroup(names.cluster);
  const logs = client(CloudWatchLogsClient);
  try {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    if (!logGroups.some(({ logGroupName }) => logGroupName === name)) return [];
    await unlessMissing(
      logs.send(new DeleteLogGroupCommand({ logGroupName: name })),
      "ResourceNotFoundException",
    );
    return [`  (the log group ${name}, which EKS had recreated, was deleted)`];
  } catch (error) {
    const { why } = troubleOrThrow(error);
    return [
      `  the log group ${name}, if EKS has recreated it: could not check (${why}): aws logs delete-log-group --log-group-name ${name} --region ${environment.region}`,
    ];
  }
}
