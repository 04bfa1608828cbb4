import { DescribeUpdateCommand, EKSClient, UpdateClusterConfigCommand } from "@aws-sdk/client-eks";
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
  const all = cluster?.logging?.clusterLogging ?? [];
  const types = all.flatMap(({ enabled, types: on = [] }) => (enabled === true ? on : []));
  if (cluster?.status !== "ACTIVE" || types.length === 0) return;
  const eks = client(EKSClient);
  const name = names.cluster;
  const { update } = await eks.send(
    new UpdateClusterConfigCommand({ name, logging: { clusterLogging: [{ types, enabled: false }] } }),
  );
  const attempt = async (): Promise<Attempt> => {
    const asked = await eks.send(new DescribeUpdateCommand({ name, updateId: update?.id }));
    const { status = "unknown", errors = [] } = asked.update ?? {};
    if (status === "Successful") return pass("");
    const why = [`EKS reports their update as ${status}`, ...errors.map(({ errorMessage }) => errorMessage)];
    return { ...fail(why.filter(Boolean).join(": ")), final: status === "Failed" || status === "Cancelled" };
  };
  const { status, why } = await untilItHolds(attempt, UPDATE_MS, { pause });
  if (status === "fail") throw new CommandError(why);
}
