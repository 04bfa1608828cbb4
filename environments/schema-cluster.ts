import { z } from "zod";
import { ADD_ON_NAMES } from "./add-ons";
import { isPrivateCidr, isPublicCidr, prefixOf } from "./cidr";
import { VERSIONS } from "./kubernetes-versions";
import {
  cidr,
  flag,
  group,
  list,
  memory,
  oneOf,
  optionalGroup,
  preferences,
  quoted,
  retention,
  text,
  whole,
} from "./schema-fields";

const principal = () =>
  text(
    /^arn:aws[a-z-]*:iam::\d{12}:((role\/(?!aws-service-role\/)|user\/)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}|root)$/,
    'the ARN of one IAM role (an SSO role with its path), such as "arn:aws:iam::111122223333:role/wbot-admin"; EKS accepts no wildcards and no service-linked roles',
  );

export const access = group({
  admins: preferences(principal(), 1, 20, "IAM ARNs").describe(
    "IAM roles that administer the cluster; must include the role that deploys. Without `account`, a destroy needs credentials of the first one's account",
  ),
  viewers: list(principal(), 0, 50, "IAM ARNs")
    .default([])
    .describe("IAM roles with read access to the cluster, including pod logs but not Secrets"),
  publicCidrs: list(
    cidr(
      'an IPv4 range of your own, /16 or narrower, such as "203.0.113.0/24"',
      (value) => prefixOf(value) >= 16 && isPublicCidr(value),
    ),
    0,
    40,
    "IPv4 ranges",
  )
    .default([])
    .describe(
      "Public address ranges that may reach the Kubernetes API; if empty, the API has no public address, and access.privateCidrs or access.securityGroups says who reaches it",
    ),
  privateCidrs: list(
    cidr('a private IPv4 range, such as "10.20.0.0/16"', isPrivateCidr),
    0,
    40,
    "private IPv4 ranges",
  )
    .default([])
    .describe("Private ranges (VPN or peered network) that may reach the Kubernetes API's private address"),
  securityGroups: list(
    text(/^sg-[0-9a-f]{8,17}$/, 'the id of a security group such as "sg-0123456789abcdef0"'),
    0,
    20,
    "security groups",
  )
    .default([])
    .describe(
      "Security groups (of a runner or bastion, in the VPC or in a peered one) that may reach the Kubernetes API's private address",
    ),
});

export const cluster = optionalGroup({
  version: z
    .enum(VERSIONS, {
      error: `one of ${quoted(VERSIONS)} (another minor version needs a row in environments/kubernetes-versions.ts)`,
    })
    .default("1.36")
    .describe("Kubernetes version, raised one minor version at a time"),
  addOns: z
    .partialRecord(
      z.enum(ADD_ON_NAMES),
      text(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, 'a version of the add-on such as "v1.21.1-eksbuild.1"'),
      { error: `an object of versions by add-on (${ADD_ON_NAMES.join(", ")})` },
    )
    .default({})
    .describe(
      "Versions of EKS add-ons by name. Default: EKS's default when an add-on is created, unchanged from then on; `npx wbot preflight` says which to set when you raise the Kubernetes version",
    ),
  logs: list(
    oneOf(["api", "audit", "authenticator", "controllerManager", "scheduler"]),
    0,
    5,
    "control-plane logs",
  )
    .default(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    .describe("Control-plane logs to keep"),
  logRetentionDays: retention().default(90).describe("Retention of the control-plane logs (days)"),
});

const nodeGroup = (about: string, defaults: { max: number }) =>
  group({
    instanceTypes: preferences(
      text(/^[a-z][a-z0-9-]*\.[a-z0-9]+(-[a-z0-9]+)?$/, 'an EC2 instance type such as "t4g.large"'),
      1,
      20,
      "EC2 instance types",
    ).describe(
      "EC2 instance types of the same size (the autoscaler assumes that a group's nodes are identical); any that the region offers",
    ),
    min: whole(0, 100, "nodes").default(0).describe("Minimum number of nodes"),
    max: whole(1, 100, "nodes").default(defaults.max).describe("Maximum number of nodes"),
    diskGiB: whole(20, 1000, "GiB").default(20).describe("Data volume of each node, gp3, encrypted (GiB)"),
  }).describe(about);

export const nodes = group({
  architecture: oneOf(["arm64", "x86_64"])
    .default("arm64")
    .describe("CPU architecture of all nodes, and so of all images; arm64 costs a fifth less"),
  ssm: flag()
    .default(false)
    .describe(
      "Lets Systems Manager open sessions on the nodes, for anyone with `ssm:StartSession`: docs/private-api.md",
    ),
  release: text(
    /^\d+\.\d+\.\d+-[0-9a-f]{8}$/,
    'a Bottlerocket release with its commit, such as "1.49.0-713f44ce"',
  )
    .optional()
    .describe(
      "Bottlerocket release: a newer one replaces the nodes, draining the old ones. Default: whichever is newest when a group is created or when the Kubernetes version, `diskGiB` or `tags` change; if you set it, raise it along with those. `npx wbot preflight` says which is the newest",
    ),
  // Room for the defaults of the workloads while a release rolls out: see capacity.ts.
  onDemand: nodeGroup(
    "The on-demand group. Outside development, everything must fit on it, because AWS may have no spot nodes",
    { max: 15 },
  ),
  spot: nodeGroup("The spot group, whose nodes AWS may reclaim with 2 minutes' notice", { max: 6 }),
});

export const platform = optionalGroup({
  replicas: whole(1, 3, "pods")
    .default(2)
    .describe("Pods of each controller; of the AWS Load Balancer Controller at least two"),
  traefikReplicas: whole(1, 20, "pods").default(2).describe("Pods of the ingress controller"),
  traefikMemory: memory()
    .default("512Mi")
    .describe(
      "Memory of each pod of the ingress controller, which limits the streams that it can hold: docs/traffic.md",
    ),
  capacity: oneOf(["on-demand", "any"])
    .default("on-demand")
    .describe("Nodes that controllers may run on (Traefik: always on-demand)"),
});
