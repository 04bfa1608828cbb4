import { DataAwsKmsAlias } from "@cdktf/provider-aws/lib/data-aws-kms-alias";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

export interface DeployedAlarmsProps {
  /** Checks that must pass before anything is looked up. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Where alarms go: the topic that `infra` created, found by name. */
export class DeployedAlarms extends Construct {
  readonly topicArn: string;
  /** The environment's KMS key, for the logs of checks. */
  readonly keyArn: string;

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: DeployedAlarmsProps) {
    super(stack, id);
    const { names } = stack;
    this.topicArn = stack.arn("sns", names.alarmTopic);
    const key = new DataAwsKmsAlias(this, "key", {
      name: `alias/${names.prefix}`,
      dependsOn: [...dependsOn],
    });
    this.keyArn = key.targetKeyArn;
  }
}
