import { IMAGE_ACTIONS } from "./ci-boundary";
import { actionsOf, allow, policyOf, type Policy, type CiTarget, type Statement } from "./policy";
import { eksResources, imageRepositories, ownRepositories, targetGroups } from "./resources";

/** Cluster, cache, load balancer, registry. */
export function platformPolicy(target: CiTarget): Policy {
  const { arn, names } = target;
  const { prefix } = names;
  return policyOf(
    allow(
      "Eks",
      actionsOf(
        "eks",
        "AssociateAccessPolicy",
        "AssociateEncryptionConfig",
        "CreateAccessEntry",
        "CreateAddon",
        "CreateCluster",
        "CreateNodegroup",
        "CreatePodIdentityAssociation",
        "DeleteAccessEntry",
        "DeleteAddon",
        "DeleteCluster",
        "DeleteNodegroup",
        "DeletePodIdentityAssociation",
        "DescribeUpdate",
        "DisassociateAccessPolicy",
        "TagResource",
        "UntagResource",
        "UpdateAccessEntry",
        "UpdateAddon",
        "UpdateClusterConfig",
        "UpdateClusterVersion",
        "UpdateNodegroupConfig",
        "UpdateNodegroupVersion",
        "UpdatePodIdentityAssociation",
      ),
      eksResources(target),
    ),
    allow(
      "Cache",
      actionsOf(
        "elasticache",
        "AddTagsToResource",
        "CreateCacheParameterGroup",
        "CreateCacheSubnetGroup",
        "CreateReplicationGroup",
        "CreateSnapshot",
        "CreateUser",
        "CreateUserGroup",
        "DecreaseReplicaCount",
        "DeleteCacheParameterGroup",
        "DeleteCacheSubnetGroup",
        "DeleteReplicationGroup",
        "DeleteUser",
        "DeleteUserGroup",
        "IncreaseReplicaCount",
        "ModifyCacheParameterGroup",
        "ModifyCacheSubnetGroup",
        "ModifyReplicationGroup",
        "ModifyUser",
        "ModifyUserGroup",
        "RemoveTagsFromResource",
        "ResetCacheParameterGroup",
      ),
      [arn("elasticache", `*:${prefix}`), arn("elasticache", `*:${prefix}-*`)],
    ),
    otherSnapshot(target),
    allow(
      "LoadBalancer",
      actionsOf(
        "elasticloadbalancing",
        "AddTags",
        "CreateListener",
        "CreateLoadBalancer",
        "CreateTargetGroup",
        "DeleteListener",
        "DeleteLoadBalancer",
        "DeleteTargetGroup",
        "ModifyListener",
        "ModifyListenerAttributes",
        "ModifyLoadBalancerAttributes",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "RemoveTags",
        "SetSecurityGroups",
        "SetSubnets",
      ),
      [
        arn("elasticloadbalancing", `loadbalancer/net/${prefix}/*`),
        arn("elasticloadbalancing", `listener/net/${prefix}/*`),
        targetGroups(target),
      ],
    ),
    allow(
      "Registry",
      actionsOf(
        "ecr",
        "CreateRepository",
        "DeleteLifecyclePolicy",
        "PutImageScanningConfiguration",
        "PutImageTagMutability",
        "PutLifecyclePolicy",
        "TagResource",
        "UntagResource",
      ),
      ownRepositories(target),
    ),
    // To read what an image is built for and to tag running ones, also in repositories that belong to another environment.
    allow("Images", IMAGE_ACTIONS, [
      ...ownRepositories(target),
      ...imageRepositories(target).map((each) => each.arn),
    ]),
  );
}

/**
 * Lets Redis be created from the snapshot of `redis.restoreFrom`, if its name isn't one of the environment's own. Not from any
 * other: a snapshot of another environment has that one's conversations.
 */
function otherSnapshot({ arn, environment: { redis }, names: { prefix } }: CiTarget): Statement | undefined {
  const from = redis.kind === "elasticache" ? redis.restoreFrom : undefined;
  if (from === undefined || from.startsWith(`${prefix}-`)) return undefined;
  return allow("Snapshot", actionsOf("elasticache", "CreateReplicationGroup"), [
    arn("elasticache", `snapshot:${from}`),
  ]);
}
