import { join } from "node:path";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { functionLogGroup, type SCHEDULED_CHECKS } from "../../environments/names";
import { PROJECT } from "../../project";
import type { EnvironmentStack } from "../environment-stack";
import { FunctionCode } from "./function-code";
import { serviceRole } from "../service-role";

/**
 * Lambda's runtime. Until 2027-04-30 Lambda patches it, until 2027-06-01 it creates functions with it,
 * and a month later it updates none. Its successor is nodejs24.x, which Terraform's AWS provider accepts from version 6.19 on.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
const FUNCTION_RUNTIME = "nodejs22.x";

/** A few lines per check: a year of them costs next to nothing. */
const LOG_RETENTION_DAYS = 365;

export interface ScheduledCheckProps {
  /** Folder next to this file whose index.mjs exports `handler`; after the environment's prefix, its name in AWS. */
  readonly name: (typeof SCHEDULED_CHECKS)[number];
  /** The function's description. */
  readonly description: string;
  /** What it checks, for the schedule's description. */
  readonly subject: string;
  /** EventBridge requires the singular for 1. */
  readonly every: "1 minute" | `${number} minutes`;
  /** Metric it writes, in the environment's namespace. */
  readonly metricName: string;
  /** Input of the function, besides the metric's `namespace` and `metricName`. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What it may read in AWS. @default - nothing: what it checks is public */
  readonly reads?: readonly DataAwsIamPolicyDocumentStatement[];
  /** KMS key of its log. */
  readonly logKeyArn: string;
  /** What must exist before the first check. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A Lambda function that checks something on a schedule and writes a metric for alarms. It runs outside the cluster and
 * the VPC, so that a failure there can't silence it.
 *
 * At least one of its alarms notifies when data stops: a check that died must not look like one that found nothing.
 */
export abstract class ScheduledCheck extends Construct {
  /** CloudWatch namespace of the metric, the only one the check may write to. */
  protected readonly namespace: string;
  /** Command that shows its log; append `--since`. */
  protected readonly showLog: string;
  /** Name of the function, its role and its schedule. */
  private readonly name: string;

  constructor(stack: EnvironmentStack, id: string, props: ScheduledCheckProps) {
    super(stack, id);
    this.name = `${stack.names.prefix}-${props.name}`;
    this.namespace = stack.names.metrics;
    const logGroup = functionLogGroup(this.name);
    this.showLog = `aws logs tail ${logGroup} --region ${stack.environment.region}`;
    const log = new CloudwatchLogGroup(this, "log", {
      name: logGroup,
      retentionInDays: LOG_RETENTION_DAYS,
      kmsKeyId: props.logKeyArn,
    });
    this.schedule(this.check(log, props), props);
  }

  private check(log: CloudwatchLogGroup, props: ScheduledCheckProps): LambdaFunction {
    const role = serviceRole(this, {
      name: props.name,
      service: "lambda.amazonaws.com",
      source: "account",
    });
    const code = new FunctionCode(this, "code", join(PROJECT, "constructs", "aws", props.name, "index.mjs"));
    return new LambdaFunction(this, "function", {
      functionName: this.name,
      description: props.description,
      role: role.arn,
      runtime: FUNCTION_RUNTIME,
      architectures: ["arm64"],
      handler: "index.handler",
      filename: code.file,
      sourceCodeHash: code.hash,
      // Lambda's minimum.
      memorySize: 128,
      timeout: 30,
      loggingConfig: { logFormat: "Text", logGroup: log.name },
      dependsOn: this.rights(role, log, props),
    });
  }

  private rights(role: IamRole, log: CloudwatchLogGroup, { reads }: ScheduledCheckProps): IamRolePolicy[] {
    const allow = (id: string, name: string, statement: DataAwsIamPolicyDocumentStatement[]) => {
      const policy = new DataAwsIamPolicyDocument(this, id, { statement });
      return new IamRolePolicy(this, `role-${id}`, { name, role: role.name, policy: policy.json });
    };
    const write = allow("policy", "write-log-and-metric", [
      {
        sid: "WriteLog",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`${log.arn}:*`],
      },
      {
        sid: "WriteMetric",
        actions: ["cloudwatch:PutMetricData"],
        // Metrics have no ARNs: the namespace is the only way to restrict this.
        resources: ["*"],
        condition: [{ test: "StringEquals", variable: "cloudwatch:namespace", values: [this.namespace] }],
      },
    ]);
    return reads ? [write, allow("read-policy", "read", [...reads])] : [write];
  }

  private schedule(check: LambdaFunction, props: ScheduledCheckProps): void {
    const { subject, every, input, metricName, dependsOn } = props;
    const rule = new CloudwatchEventRule(this, "schedule", {
      name: this.name,
      description: `Checks ${subject} every ${every}`,
      scheduleExpression: `rate(${every})`,
      ...(dependsOn ? { dependsOn: [...dependsOn] } : {}),
    });
    const permission = new LambdaPermission(this, "permission", {
      statementId: "schedule",
      action: "lambda:InvokeFunction",
      functionName: check.functionName,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      arn: check.arn,
      input: Fn.jsonencode({ ...input, namespace: this.namespace, metricName }),
      dependsOn: [permission],
    });
  }
}
