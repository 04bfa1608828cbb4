import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchLogStream } from "@cdktf/provider-aws/lib/cloudwatch-log-stream";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { LogSettings } from "../../environments/schema";
import type { EnvironmentStack } from "../environment-stack";
import { forgetLogBucket, LogBucket } from "./log-bucket";

const BUCKET = "bucket";

export interface LogStoreProps {
  readonly settings: LogSettings;
  /** KMS key of the stored logs. */
  readonly keyArn: string;
}

/** Where AWS stores the pods' logs: a log group, a bucket for Loki, or nowhere. */
export class LogStore extends Construct {
  /** Whatever writes to it is created after it and destroyed before it. */
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, { settings, keyArn }: LogStoreProps) {
    super(stack, id);
    if (settings.kind !== "loki" && stack.environment.protection) forgetLogBucket(this, BUCKET);
    if (settings.kind === "cloudwatch") this.ready = this.group(stack, settings.retentionDays, keyArn);
    else if (settings.kind === "loki")
      this.ready = new LogBucket(this, BUCKET, {
        retentionDays: settings.retentionDays,
        keyArn,
      }).ready;
    else this.ready = [];
  }

  /** CloudWatch's OTLP endpoint creates neither the group nor the stream. */
  private group(
    { names }: EnvironmentStack,
    retentionInDays: number,
    kmsKeyId: string,
  ): ITerraformDependable[] {
    const { group, stream } = names.podLogs;
    const logs = new CloudwatchLogGroup(this, "group", { name: group, retentionInDays, kmsKeyId });
    return [new CloudwatchLogStream(this, "stream", { name: stream, logGroupName: logs.name })];
  }
}
