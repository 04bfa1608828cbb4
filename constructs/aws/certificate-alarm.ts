import { join } from "node:path";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import type { Alarms } from "./alarms";
import { FunctionCode } from "./function-code";
import { serviceTrust } from "./trust";

/** Its handler is `index.handler`. */
const SOURCE = join(__dirname, "certificate-check", "index.mjs");

/** Hours between two checks: the shortest certificates that Let's Encrypt gives live 160. */
const CHECK_HOURS = 6;
/**
 * An alarm looks at two checks, and at the better one: a handshake that fails once, while Traefik moves, wakes nobody;
 * one that fails twice does, and so does a check that is not made.
 */
const ALARM_SECONDS = 2 * CHECK_HOURS * 3600;

/** Four lines a day: the renewals of a whole year, for next to nothing. */
const LOG_RETENTION_DAYS = 365;

const METRIC = "CertificateLifeLeft";

/** Lowest per cent of its life that a certificate may have left, and what it means if it has less. */
const ALARMS = [
  {
    id: "renewal",
    percent: 25,
    // A third is cert-manager's own choice where a Certificate says nothing else, as here.
    meaning: "cert-manager, which renews it when a third is left, did not",
  },
  { id: "expiry", percent: 10, meaning: "browsers are about to refuse it, or do so already" },
] as const;

export interface CertificateAlarmProps {
  /** Host names that the load balancer serves, each with a certificate that names it. */
  readonly hosts: readonly string[];
  /** Name that is connected to: the hosts' own DNS may point elsewhere still. */
  readonly loadBalancerHost: string;
  readonly alarms: Alarms;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
}

/**
 * Tells when a certificate is not renewed, and again before it ends, as seen from outside the cluster: what fails inside
 * (cert-manager, the issuer, the ingress) can't keep it from being told.
 */
export class CertificateAlarm extends Construct {
  private readonly stack: EnvironmentStack;
  private readonly name: string;
  /** Of the metric, and the only one that the check may write to. */
  private readonly namespace: string;

  constructor(stack: EnvironmentStack, id: string, props: CertificateAlarmProps) {
    super(stack, id);
    this.stack = stack;
    this.name = `${stack.names.prefix}-certificate-check`;
    this.namespace = `wbot/${stack.environment.name}`;
    const log = new CloudwatchLogGroup(this, "log", {
      name: `/aws/lambda/${this.name}`,
      retentionInDays: LOG_RETENTION_DAYS,
      kmsKeyId: props.logKeyArn,
    });
    this.schedule(this.check(log), props);
    for (const host of props.hosts) this.watch(host, props.alarms);
  }

  private check(log: CloudwatchLogGroup): LambdaFunction {
    const role = new IamRole(this, "role", {
      name: this.name,
      assumeRolePolicy: serviceTrust(this, "trust", "lambda.amazonaws.com"),
    });
    const policy = new DataAwsIamPolicyDocument(this, "policy", {
      statement: [
        {
          sid: "WriteLog",
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [`${log.arn}:*`],
        },
        {
          sid: "WriteMetric",
          actions: ["cloudwatch:PutMetricData"],
          // Metrics have no ARNs; the namespace is what AWS lets it be limited to.
          resources: ["*"],
          condition: [{ test: "StringEquals", variable: "cloudwatch:namespace", values: [this.namespace] }],
        },
      ],
    });
    const rolePolicy = new IamRolePolicy(this, "role-policy", {
      name: "write-log-and-metric",
      role: role.name,
      policy: policy.json,
    });
    const code = new FunctionCode(this, "code", this.stack, SOURCE);
    return new LambdaFunction(this, "function", {
      functionName: this.name,
      description: "Writes how much of its life each certificate has left",
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      filename: code.file,
      sourceCodeHash: code.hash,
      // The least there is.
      memorySize: 128,
      timeout: 30,
      loggingConfig: { logFormat: "Text", logGroup: log.name },
      dependsOn: [rolePolicy],
    });
  }

  private schedule(check: LambdaFunction, { loadBalancerHost, hosts }: CertificateAlarmProps): void {
    const rule = new CloudwatchEventRule(this, "schedule", {
      name: this.name,
      description: `Looks at the certificates every ${CHECK_HOURS} hours`,
      scheduleExpression: `rate(${CHECK_HOURS} hours)`,
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
      input: Fn.jsonencode({
        loadBalancerHost,
        hosts: [...hosts],
        namespace: this.namespace,
        metricName: METRIC,
      }),
      dependsOn: [permission],
    });
  }

  private watch(host: string, alarms: Alarms): void {
    for (const { id, percent, meaning } of ALARMS) {
      new CloudwatchMetricAlarm(this, `${id}-${host.replaceAll(".", "_")}`, {
        alarmName: `${this.stack.names.prefix}-certificate-${id}-${host}`,
        alarmDescription:
          `The certificate of ${host} has less than ${percent} % of its life left: ${meaning}. ` +
          `See why: kubectl describe certificate,certificaterequest,order,challenge -n ${NAMESPACE}. ` +
          `At 0, or without data, ${host} is served no certificate of its own, or nobody looked: ` +
          `aws logs tail /aws/lambda/${this.name} --since 1d`,
        namespace: this.namespace,
        metricName: METRIC,
        dimensions: { Host: host },
        statistic: "Maximum",
        period: ALARM_SECONDS,
        evaluationPeriods: 1,
        comparisonOperator: "LessThanThreshold",
        threshold: percent,
        // A check that died must not look like a certificate that is well.
        treatMissingData: "breaching",
        alarmActions: [alarms.topicArn],
        okActions: [alarms.topicArn],
      });
    }
  }
}
