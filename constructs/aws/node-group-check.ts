import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";
import type { NodeGroup } from "./node-group";
import { ScheduledCheck } from "./scheduled-check";

/** Minutes between two checks. */
const CHECK_MINUTES = 10;
/**
 * The alarm takes the better of two checks: what fails once pages nobody, what lasts does, and so does a check that doesn't
 * run. With five minutes of slack: a check that comes late must not leave only one.
 */
const PERIOD_SECONDS = (2 * CHECK_MINUTES + 5) * 60;

const METRIC = "NodeGroupIssues";

export interface NodeGroupCheckProps {
  readonly nodeGroups: readonly NodeGroup[];
  /** Where its alarms notify. */
  readonly topicArn: string;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
}

/**
 * Alarms when EKS reports an issue with a node group: nodes that can't be launched, don't join or can't be deleted. EKS has
 * neither a metric nor an event for it (EventBridge gets only EKS's API calls), so a check polls it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html
 */
export class NodeGroupCheck extends ScheduledCheck {
  constructor(stack: EnvironmentStack, id: string, props: NodeGroupCheckProps) {
    const { cluster } = stack.names;
    super(stack, id, {
      name: "node-groups-check",
      description: "Counts the health issues that EKS reports for the node groups",
      subject: "the node groups",
      every: `${CHECK_MINUTES} minutes`,
      metricName: METRIC,
      input: { cluster, nodeGroups: props.nodeGroups.map(({ resource }) => resource.nodeGroupName) },
      reads: [
        {
          sid: "DescribeNodeGroups",
          actions: ["eks:DescribeNodegroup"],
          resources: [stack.arn("eks", `nodegroup/${cluster}/*`)],
        },
      ],
      logKeyArn: props.logKeyArn,
    });
    new Alarm(this, "issues", {
      topicArn: props.topicArn,
      name: "node-groups",
      description:
        "EKS reports an issue with a node group: nodes are not launched, don't join, or can't be deleted. Pods keep running " +
        `where they are; new ones may stay pending. First run: ${this.showLog} --since 1h. Then: kubectl get nodes. ` +
        "With no data, the check itself doesn't run.",
      runbook: "node-group-stuck",
      namespace: this.namespace,
      metricName: METRIC,
      statistic: "Minimum",
      period: PERIOD_SECONDS,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      missingData: "notify",
    });
  }
}
