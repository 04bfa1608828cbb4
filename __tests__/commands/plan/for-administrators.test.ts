import { isForAdministrators } from "../../../commands/plan/for-administrators";
import { policiesOf, rolesOf } from "../../../constructs/ci/ci-roles";
import type { Overrides } from "../../../environments";
import { CI, scope } from "../../constructs/ci/scope";
import { resource, update } from "./plans";
import { BOTH_ELSEWHERE, WITH_EVERY_TYPE } from "../../shapes";
import { synth } from "../../synth";

/** By type, what Terraform's AWS provider calls to create a resource, and to delete one. */
const CALLS: Readonly<Record<string, readonly [create: string, destroy: string]>> = {
  aws_budgets_budget: ["budgets:ModifyBudget", "budgets:ModifyBudget"],
  aws_cloudwatch_event_rule: ["events:PutRule", "events:DeleteRule"],
  aws_cloudwatch_event_target: ["events:PutTargets", "events:RemoveTargets"],
  aws_cloudwatch_log_group: ["logs:CreateLogGroup logs:PutRetentionPolicy", "logs:DeleteLogGroup"],
  aws_cloudwatch_log_stream: ["logs:CreateLogStream", "logs:DeleteLogStream"],
  aws_cloudwatch_metric_alarm: ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
  aws_default_security_group: ["ec2:RevokeSecurityGroupEgress ec2:RevokeSecurityGroupIngress", ""],
  aws_ecr_lifecycle_policy: ["ecr:PutLifecyclePolicy", "ecr:DeleteLifecyclePolicy"],
  aws_ecr_repository: ["ecr:CreateRepository", "ecr:DeleteRepository"],
  aws_eip: ["ec2:AllocateAddress", "ec2:ReleaseAddress"],
  aws_eks_access_entry: ["eks:CreateAccessEntry", "eks:DeleteAccessEntry"],
  aws_eks_access_policy_association: ["eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy"],
  aws_eks_addon: ["eks:CreateAddon", "eks:DeleteAddon"],
  aws_eks_cluster: ["eks:CreateCluster iam:PassRole", "eks:DeleteCluster"],
  aws_eks_node_group: ["eks:CreateNodegroup iam:PassRole", "eks:DeleteNodegroup"],
  aws_eks_pod_identity_association: [
    "eks:CreatePodIdentityAssociation iam:PassRole",
    "eks:DeletePodIdentityAssociation",
  ],
  aws_elasticache_parameter_group: [
    "elasticache:CreateCacheParameterGroup elasticache:ModifyCacheParameterGroup",
    "elasticache:DeleteCacheParameterGroup",
  ],
  aws_elasticache_replication_group: [
    "elasticache:CreateReplicationGroup",
    "elasticache:CreateSnapshot elasticache:DeleteReplicationGroup",
  ],
  aws_elasticache_subnet_group: ["elasticache:CreateCacheSubnetGroup", "elasticache:DeleteCacheSubnetGroup"],
  aws_elasticache_user: ["elasticache:CreateUser", "elasticache:DeleteUser"],
  aws_elasticache_user_group: ["elasticache:CreateUserGroup", "elasticache:DeleteUserGroup"],
  aws_flow_log: ["ec2:CreateFlowLogs iam:PassRole", "ec2:DeleteFlowLogs"],
  aws_iam_role: ["iam:CreateRole", "iam:DeleteRole"],
  aws_iam_role_policy: ["iam:PutRolePolicy", "iam:DeleteRolePolicy"],
  aws_iam_role_policy_attachment: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
  aws_internet_gateway: [
    "ec2:AttachInternetGateway ec2:CreateInternetGateway",
    "ec2:DeleteInternetGateway ec2:DetachInternetGateway",
  ],
  aws_kms_alias: ["kms:CreateAlias", "kms:DeleteAlias"],
  aws_kms_key: ["kms:CreateKey kms:EnableKeyRotation", "kms:ScheduleKeyDeletion"],
  aws_lambda_function: ["iam:PassRole lambda:CreateFunction", "lambda:DeleteFunction"],
  aws_lambda_permission: ["lambda:AddPermission", "lambda:RemovePermission"],
  aws_launch_template: ["ec2:CreateLaunchTemplate", "ec2:DeleteLaunchTemplate"],
  aws_lb: [
    "elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:DeleteLoadBalancer",
  ],
  aws_lb_listener: [
    "elasticloadbalancing:CreateListener elasticloadbalancing:ModifyListenerAttributes",
    "elasticloadbalancing:DeleteListener",
  ],
  aws_lb_target_group: [
    "elasticloadbalancing:CreateTargetGroup elasticloadbalancing:ModifyTargetGroupAttributes",
    "elasticloadbalancing:DeleteTargetGroup",
  ],
  aws_nat_gateway: ["ec2:CreateNatGateway", "ec2:DeleteNatGateway"],
  aws_route: ["ec2:CreateRoute", "ec2:DeleteRoute"],
  aws_route53_record: ["route53:ChangeResourceRecordSets", "route53:ChangeResourceRecordSets"],
  aws_route_table: ["ec2:CreateRouteTable", "ec2:DeleteRouteTable"],
  aws_route_table_association: ["ec2:AssociateRouteTable", "ec2:DisassociateRouteTable"],
  aws_s3_bucket: ["s3:CreateBucket", "s3:DeleteBucket s3:DeleteObjectVersion s3:ListBucketVersions"],
  aws_s3_bucket_lifecycle_configuration: ["s3:PutLifecycleConfiguration", "s3:PutLifecycleConfiguration"],
  aws_s3_bucket_ownership_controls: ["s3:PutBucketOwnershipControls", "s3:PutBucketOwnershipControls"],
  aws_s3_bucket_policy: ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
  aws_s3_bucket_public_access_block: ["s3:PutBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"],
  aws_s3_bucket_server_side_encryption_configuration: [
    "s3:PutEncryptionConfiguration",
    "s3:PutEncryptionConfiguration",
  ],
  aws_secretsmanager_secret: ["secretsmanager:CreateSecret", "secretsmanager:DeleteSecret"],
  aws_secretsmanager_secret_version: [
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
  ],
  aws_security_group: ["ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup"],
  aws_sns_topic: ["sns:CreateTopic", "sns:DeleteTopic"],
  aws_sns_topic_policy: ["sns:SetTopicAttributes", "sns:SetTopicAttributes"],
  aws_sns_topic_subscription: ["sns:Subscribe", "sns:Unsubscribe"],
  aws_subnet: ["ec2:CreateSubnet", "ec2:DeleteSubnet"],
  aws_vpc: ["ec2:CreateVpc ec2:ModifyVpcAttribute", "ec2:DeleteVpc"],
  aws_vpc_endpoint: ["ec2:CreateVpcEndpoint route53:AssociateVPCWithHostedZone", "ec2:DeleteVpcEndpoints"],
  aws_vpc_security_group_egress_rule: ["ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress"],
  aws_vpc_security_group_ingress_rule: [
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:RevokeSecurityGroupIngress",
  ],
};

const from = scope({
  budget: { monthlyUsd: 500 },
  domain: { hostedZoneId: "Z0000000000EXAMPLE" },
  network: { endpoints: ["sts"] },
});
const policies = policiesOf(from);
const attached = rolesOf(from).find(({ arn }) => arn === from.ci.deployRole)?.policies ?? [];
const given = new Set(
  policies
    .filter(({ arn }) => attached.includes(arn))
    .flatMap(({ document }) => document.Statement)
    .flatMap(({ Effect, Action = [] }) => (Effect === "Allow" ? Action : [])),
);
const stacksOf = (name: string, overrides: Overrides) => {
  const { infra, app } = synth(name, overrides);
  return [...infra.all, ...app.all];
};
const types = new Set(
  WITH_EVERY_TYPE.flatMap(([name, overrides]) => stacksOf(name, overrides))
    .map(({ type }) => type)
    .filter((type) => type.startsWith("aws_")),
);

it.each([...types].sort())("is what the deploy role has no right to, of %s", (type) => {
  const calls = CALLS[type];
  if (calls === undefined) throw new Error(`${type} is new: add what the provider calls to the table above`);
  for (const [at, action] of (["create", "delete"] as const).entries()) {
    const needs = (calls[at] ?? "").split(" ").filter((each) => each !== "");
    const found = isForAdministrators(from.environment, resource(`${type}.x`, [action], {}, {}));
    expect([action, found]).toEqual([action, needs.some((each) => !given.has(each))]);
  }
});

it("is each role that the boundary keeps it from creating, and no other", () => {
  const denied = policies
    .flatMap(({ document }) => document.Statement)
    .filter(({ Effect, Action = [] }) => Effect === "Deny" && Action.includes("iam:UpdateAssumeRolePolicy"))
    .flatMap(({ Resource = [] }) => Resource);
  const names = stacksOf("prod", { ...CI, ...BOTH_ELSEWHERE })
    .filter(({ type }) => type === "aws_iam_role")
    .map(({ body }) => String(body["name"]));
  expect(names.length).toBeGreaterThan(denied.length);
  for (const name of names) {
    const isDenied = denied.includes(from.iam(`role/${name}`));
    const trusting = (policy: string) => ({ name, assume_role_policy: policy });
    const changes = [
      resource("aws_iam_role.x", ["create"], null, { name }),
      update("aws_iam_role.x", trusting("a"), trusting("b")),
    ];
    for (const change of changes)
      expect([name, isForAdministrators(from.environment, change)]).toEqual([name, isDenied]);
    const tagged = update("aws_iam_role.x", { name, tags: {} }, { name, tags: { a: "b" } });
    const removed = resource("aws_iam_role.x", ["delete"], { name }, null);
    for (const change of [tagged, removed]) expect(isForAdministrators(from.environment, change)).toBe(false);
  }
});

it("is a replacement of a key or a repository", () => {
  for (const type of ["aws_kms_key", "aws_ecr_repository"])
    expect(isForAdministrators(from.environment, resource(`${type}.x`, ["delete", "create"], {}, {}))).toBe(
      true,
    );
});
