import { environments } from "../../../environments";
import { stateRegion } from "../../../environments/local-state";
import { SECRET_READERS } from "../../../environments/secret-copiers";
import { actionsOf, allow, policyOf, type Policy, type CiTarget, type Statement } from "./policy";
import { imageReads } from "./read";
import { logBucketArn, secretArn, stateArns } from "./resources";
import { providerArn } from "./trust";

/** The regional services that a deploy uses. */
const REGIONAL = [
  "autoscaling",
  "cloudwatch",
  "ec2",
  "ecr",
  "eks",
  "elasticache",
  "elasticloadbalancing",
  "events",
  "kms",
  "lambda",
  "logs",
  "secretsmanager",
  "servicequotas",
  "sns",
];

/** What a deploy may do in IAM. */
const IAM = [
  "AttachRolePolicy",
  "CreateRole",
  "CreateServiceLinkedRole",
  "DeleteRole",
  "DeleteRolePolicy",
  "DetachRolePolicy",
  "GetPolicy",
  "GetPolicyVersion",
  "GetRole",
  "GetRolePolicy",
  "ListAttachedRolePolicies",
  "ListInstanceProfilesForRole",
  "ListRolePolicies",
  "ListRoleTags",
  "PassRole",
  "PutRolePermissionsBoundary",
  "PutRolePolicy",
  "TagRole",
  "UntagRole",
  "UpdateAssumeRolePolicy",
  "UpdateRole",
  "UpdateRoleDescription",
];

/** Actions that grant a role permissions, and support a condition on its boundary. */
export const GRANTING = ["AttachRolePolicy", "CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy"];

/** What a deploy does with images, besides looking them up. */
export const IMAGE_ACTIONS = actionsOf("ecr", "GetDownloadUrlForLayer", "PutImage");

/**
 * EC2 requires it of whoever creates an interface endpoint that answers under its service's usual name: the hosted zone is
 * AWS's own.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html (CreateVpcEndpoint)
 */
export const ENDPOINT_NAMES = "route53:AssociateVPCWithHostedZone";

/**
 * The permissions boundary of both CI roles, the most that they may ever do, whatever is attached to them: this region and
 * these services; in IAM, this environment's roles but not CI's own.
 */
export function ciBoundary(target: CiTarget): Policy {
  const { iam, names, ci, environment } = target;
  const { prefix } = names;
  const { registry, region } = environment;
  const { bucket, objects } = stateArns(target);
  const logs = logBucketArn(target);
  return policyOf(
    allow(
      "ThisRegion",
      REGIONAL.map((service) => `${service}:*`),
      ["*"],
      {
        StringEquals: {
          "aws:RequestedRegion": [...new Set([region, stateRegion(environment), ...registry.copies])],
        },
      },
    ),
    allow("Buckets", ["s3:*"], [bucket, objects, logs, `${logs}/*`]),
    // The repositories may be in another region.
    imageReads(target, ...IMAGE_ACTIONS),
    // Budgets belong to no region.
    allow("Budgets", ["budgets:*", "ce:ListCostAllocationTags"], ["*"]),
    allow("Caller", ["sts:GetCallerIdentity"], ["*"]),
    allow(
      "Zones",
      [
        "route53:ChangeResourceRecordSets",
        "route53:GetChange",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
        ...(environment.network.endpoints.length > 0 ? [ENDPOINT_NAMES] : []),
      ],
      ["*"],
    ),
    allow("Roles", actionsOf("iam", ...IAM), [
      iam(`role/${prefix}-*`),
      iam("role/aws-service-role/*"),
      iam(`policy/${prefix}-ci-*`),
      ci.stackBoundary,
    ]),
    {
      Sid: "NoRoleOutsideItsBoundary",
      Effect: "Deny",
      Action: actionsOf("iam", ...GRANTING),
      Resource: ["*"],
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": ci.stackBoundary } },
    },
    {
      Sid: "BoundariesStay",
      Effect: "Deny",
      Action: ["iam:DeleteRolePermissionsBoundary"],
      Resource: ["*"],
    },
    {
      Sid: "NotItself",
      Effect: "Deny",
      NotAction: ["iam:Get*", "iam:List*"],
      Resource: [
        iam(`role/${prefix}-ci-*`),
        iam(`policy/${prefix}-ci-*`),
        ci.stackBoundary,
        providerArn(target),
      ],
    },
    notNamesakes(target),
    {
      // Whoever they trust can read the app secret: only an administrator's deploy may change whom they trust.
      Sid: "ReadersTrustNobodyElse",
      Effect: "Deny",
      Action: actionsOf("iam", "CreateRole", "UpdateAssumeRolePolicy"),
      Resource: SECRET_READERS.map((role) => iam(`role/${prefix}-${role}`)),
    },
    {
      Sid: "NotTheAppSecret",
      Effect: "Deny",
      NotAction: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      Resource: [secretArn(target, names.appSecret)],
    },
  );
}

/** Reads of a namesake's resources: a list of this environment's own may contain them. */
const NAMESAKES_READS = [
  "budgets:List*",
  "budgets:View*",
  ...["cloudwatch", "elasticache", "events", "logs"].flatMap((service) =>
    actionsOf(service, "Describe*", "List*"),
  ),
  ...["iam", "lambda"].flatMap((service) => actionsOf(service, "Get*", "List*")),
];

/** Keeps off the environments whose names begin with this one's, as prod-west's with prod's: its patterns match theirs. */
function notNamesakes({ arn, environment, iam, names }: CiTarget): Statement | undefined {
  const others = Object.keys(environments)
    .filter((name) => name.startsWith(`${environment.name}-`))
    .map((name) => `${names.prefix}${name.slice(environment.name.length)}`);
  if (others.length === 0) return undefined;
  return {
    Sid: "NotItsNamesakes",
    Effect: "Deny",
    NotAction: NAMESAKES_READS,
    Resource: others.flatMap((other) => [
      iam(`role/${other}-*`),
      arn("lambda", `function:${other}-*`),
      arn("elasticache", `*:${other}`),
      arn("elasticache", `*:${other}-*`),
      arn("cloudwatch", `alarm:${other}-*`),
      arn("events", `rule/${other}-*`),
      arn("logs", `log-group:/aws/lambda/${other}-*`),
      arn("budgets", `budget/${other}-*`, ""),
    ]),
  };
}
