import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { unlessNoEntity } from "../../cli/aws";
import { many, pass, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Service-linked roles. Each service creates its own on first use, if the caller may; EC2 Spot does not. */
const ROLES = [
  { role: "AWSServiceRoleForAmazonEKS", service: "eks.amazonaws.com" },
  { role: "AWSServiceRoleForAmazonEKSNodegroup", service: "eks-nodegroup.amazonaws.com" },
  { role: "AWSServiceRoleForAutoScaling", service: "autoscaling.amazonaws.com" },
  { role: "AWSServiceRoleForElasticLoadBalancing", service: "elasticloadbalancing.amazonaws.com" },
  { role: "AWSServiceRoleForElastiCache", service: "elasticache.amazonaws.com" },
  { role: "AWSServiceRoleForEC2Spot", service: "spot.amazonaws.com" },
] as const;

/** Whether the service-linked roles exist; an account that never used these services lacks them. */
export const serviceLinkedRoles: Check = async ({ session: { client, environment } }) => {
  const iam = client(IAMClient);
  const needed = ROLES.filter(
    ({ role }) => role !== "AWSServiceRoleForElastiCache" || environment.redis.kind === "elasticache",
  );
  const missing = (
    await Promise.all(
      needed.map(async (each) => {
        const found = await unlessNoEntity(iam.send(new GetRoleCommand({ RoleName: each.role })));
        return found === undefined ? [each] : [];
      }),
    )
  ).flat();
  if (missing.length === 0) return pass(`${many(needed.length, "service-linked role")} exist`);
  return warn(
    `${missing.map(({ role }) => role).join(", ")} ${missing.length === 1 ? "does" : "do"} not exist yet: a first deploy creates those it is allowed to (iam:CreateServiceLinkedRole), and spot nodes don't start without theirs`,
    missing
      .map(({ service }) => `aws iam create-service-linked-role --aws-service-name ${service}`)
      .join("\n"),
  );
};
