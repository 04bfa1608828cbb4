import { GRANTING } from "./ci-boundary";
import { actionsOf, allow, policyOf, type Policy, type CiTarget } from "./policy";

/** Services that the stacks' roles are passed to. */
const PASSED_TO = [
  "ec2.amazonaws.com",
  "eks.amazonaws.com",
  "lambda.amazonaws.com",
  "pods.eks.amazonaws.com",
  "vpc-flow-logs.amazonaws.com",
];

/** Services that create their service-linked role on first use. */
const LINKED = [
  "autoscaling.amazonaws.com",
  "eks-nodegroup.amazonaws.com",
  "eks.amazonaws.com",
  "elasticache.amazonaws.com",
  "elasticloadbalancing.amazonaws.com",
  "spot.amazonaws.com",
];

/** The stacks' roles, only with the stacks' boundary. */
export function rolesPolicy(target: CiTarget): Policy {
  const { iam, names, ci } = target;
  const roles = [iam(`role/${names.prefix}-*`)];
  return policyOf(
    allow("WithinTheBoundary", actionsOf("iam", ...GRANTING), roles, {
      StringEquals: { "iam:PermissionsBoundary": ci.stackBoundary },
    }),
    allow(
      "Roles",
      actionsOf(
        "iam",
        "DeleteRole",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "ListInstanceProfilesForRole",
        "TagRole",
        "UntagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
      ),
      roles,
    ),
    allow("PassRoles", actionsOf("iam", "PassRole"), roles, {
      StringEquals: { "iam:PassedToService": PASSED_TO },
    }),
    allow("ServiceRoles", actionsOf("iam", "CreateServiceLinkedRole"), [iam("role/aws-service-role/*")], {
      StringEquals: { "iam:AWSServiceName": LINKED },
    }),
    // EKS looks at its role for node groups with the caller's rights, and refuses to create one if it can't, even if the role exists.
    allow("LookAtServiceRoles", ["iam:GetRole"], [iam("role/aws-service-role/*")]),
  );
}
