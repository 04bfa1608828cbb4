import { EKSClient, UpdateClusterConfigCommand, type Cluster, type LogType } from "@aws-sdk/client-eks";
import { CommandError } from "../cli/exit-codes";
import { fail, pass } from "../cli/finding";
import { untilItHolds, type Attempt } from "../cli/wait";
import type { Session } from "../session/session";

const UPDATE_MS = 15 * 60_000;
const PAUSE_MS = 10_000;

/**
 * Switches the control plane's logs off, while the log group is still there. EKS delivers late: what it sends after a
 * destroy makes the group again, which then belongs to no stack.
 *
 * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763
 */
export async function switchLogsOff(session: Session, pause = PAUSE_MS): Promise<void> {
  const { client, names } = session;
  // As it is now: app has been destroyed in the meantime.
  session.forgetCluster();
  const cluster = await session.cluster();
  const types = enabledLogs(cluster);
  if (cluster?.status !== "ACTIVE" || types.length === 0) return;
  const eks = client(EKSClient);
  await eks.send(
    new UpdateClusterConfigCommand({
      name: names.cluster,
      logging: { clusterLogging: [{ types, enabled: false }] },
    }),
  );
  await untilOff(session, pause);
}

function enabledLogs(cluster: Cluster | undefined): LogType[] {
  return (cluster?.logging?.clusterLogging ?? []).flatMap(({ enabled, types = [] }) =>
    enabled === true ? types : [],
  );
}

/** Not only until the cluster is active, which it may still be for a moment after the update was accepted. */
async function untilOff(session: Session, pause: number): Promise<void> {
  const attempt = async (): Promise<Attempt> => {
    session.forgetCluster();
    const cluster = await session.cluster();
    const status = cluster?.status ?? "gone";
    if (status !== "ACTIVE")
      return { ...fail(`the cluster is ${status} instead of ACTIVE`), final: status !== "UPDATING" };
    return enabledLogs(cluster).length === 0 ? pass("") : fail("the control plane's logs are still on");
  };
  const { status, why } = await untilItHolds(attempt, UPDATE_MS, { pause });
  if (status === "fail") throw new CommandError(why);
}
