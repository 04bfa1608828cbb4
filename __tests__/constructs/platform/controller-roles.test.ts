import { helmValues, metadata, synth, target, type Body } from "../../synth";

const ZONE = "Z0000000000EXAMPLE";
const ACCOUNT = "111122223333";
const { infra } = synth("prod", { account: ACCOUNT, domain: { hostedZoneId: ZONE } });

/** Statements of a role's only policy. */
const statements = (id: string): unknown => {
  const policy = infra.one("aws_iam_role_policy", id);
  expect(target(infra, policy.body["role"])).toBe(infra.one("aws_iam_role", id));
  expect(managed(id)).toEqual([]);
  return target(infra, policy.body["policy"]).body["statement"];
};

/** AWS's own policies of a role. */
const managed = (id: string) =>
  infra
    .of("aws_iam_role_policy_attachment")
    .filter(({ body }) => target(infra, body["role"]) === infra.one("aws_iam_role", id))
    .map(({ body }) => body["policy_arn"] as string);

it.each([
  ["vpc-cni-role", "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"],
  ["ebs-csi-role", "arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2"],
])("gives %s the policy that AWS maintains for it, and no other", (id, policy) => {
  expect(managed(id)).toEqual([policy]);
  expect(infra.of("aws_iam_role_policy").filter(({ path }) => path.startsWith(id))).toEqual([]);
});

it.each([
  ["alloy-role", "alloy/", ({ serviceAccount }: Body) => serviceAccount],
  ["cert-manager-role", "cert-manager", ({ serviceAccount }: Body) => serviceAccount],
  ["cluster-autoscaler-role", "cluster-autoscaler", ({ rbac }: Body) => rbac.serviceAccount],
  ["external-secrets-role", "external-secrets", ({ serviceAccount }: Body) => serviceAccount],
  [
    "load-balancer-controller-role",
    "aws-load-balancer-controller",
    ({ serviceAccount }: Body) => serviceAccount,
  ],
] satisfies [string, string, (values: Body) => Body][])(
  "gives %s to the service account that %s runs as",
  (id, path, accountOf) => {
    const release = infra.one("helm_release", path);
    expect(infra.one("aws_eks_pod_identity_association", id).body).toMatchObject({
      namespace: metadata(target(infra, release.body["namespace"]))["name"] as string,
      service_account: accountOf(helmValues(release))["name"] as string,
    });
  },
);

it("lets External Secrets read the environment's two secrets, and no other", () => {
  expect(statements("external-secrets-role")).toEqual([
    {
      sid: "ReadSecrets",
      actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      resources: [
        `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:wbot/prod/app-??????`,
        `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:wbot/prod/redis-??????`,
      ],
    },
  ]);
});

it("lets the autoscaler describe all groups, but resize only those of its own cluster", () => {
  expect(statements("cluster-autoscaler-role")).toEqual([
    {
      sid: "Describe",
      actions: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ],
      resources: ["*"],
    },
    {
      sid: "DescribeNodeGroups",
      actions: ["eks:DescribeNodegroup"],
      resources: [`arn:aws:eks:us-east-1:${ACCOUNT}:nodegroup/wbot-prod/*`],
    },
    {
      sid: "Resize",
      actions: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
      resources: [`arn:aws:autoscaling:us-east-1:${ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/eks-*`],
      condition: [
        {
          test: "StringEquals",
          variable: "aws:ResourceTag/k8s.io/cluster-autoscaler/wbot-prod",
          values: ["owned"],
        },
      ],
    },
  ]);
});

it("lets the load balancer controller register pods in the environment's own target groups, and change nothing else", () => {
  const groups = infra.of("aws_lb_target_group").map(({ address }) => `\${${address}.arn}`);
  expect(groups).toHaveLength(2);
  expect(statements("load-balancer-controller-role")).toEqual([
    {
      sid: "Describe",
      actions: [
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcs",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
      ],
      resources: ["*"],
    },
    {
      sid: "Register",
      actions: ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
      resources: groups,
    },
  ]);
});

it("lets cert-manager write only the domain's challenge record in its zone", () => {
  const zone = [`arn:aws:route53:::hostedzone/${ZONE}`];
  expect(statements("cert-manager-role")).toEqual([
    { sid: "WatchChange", actions: ["route53:GetChange"], resources: ["arn:aws:route53:::change/*"] },
    { sid: "ReadRecords", actions: ["route53:ListResourceRecordSets"], resources: zone },
    {
      sid: "WriteChallenge",
      actions: ["route53:ChangeResourceRecordSets"],
      resources: zone,
      condition: [
        {
          test: "ForAllValues:StringEquals",
          variable: "route53:ChangeResourceRecordSetsRecordTypes",
          values: ["TXT"],
        },
        {
          test: "ForAllValues:StringLike",
          variable: "route53:ChangeResourceRecordSetsNormalizedRecordNames",
          values: ["_acme-challenge.chat.example.com"],
        },
      ],
    },
  ]);
});

it("lets cert-manager write to the zones of all hosts that have one, for their challenges only", () => {
  const { infra: several } = synth("prod", {
    domain: {
      others: [{ host: "chat.example.org", hostedZoneId: "Z0000000000ANOTHER" }, { host: "x.example.net" }],
    },
  });
  const policy = JSON.stringify(
    several
      .of("data.aws_iam_policy_document")
      .find(({ path }) => path.startsWith("cert-manager-role") && !path.includes("trust"))?.body ??
      several.all.filter(({ path }) => path.startsWith("cert-manager-role")),
  );
  expect(policy).toContain("hostedzone/Z0000000000ANOTHER");
  expect(policy).toContain("_acme-challenge.chat.example.org");
  expect(policy).not.toContain("x.example.net");
});

it("gives cert-manager no role without a zone", () => {
  for (const name of ["dev", "staging", "prod"]) {
    const found = synth(name).infra.all.filter(({ path }) => path.startsWith("cert-manager-role"));
    expect(found).toEqual([]);
  }
});

it("names resources wherever AWS supports it", () => {
  const everywhere = infra
    .of("data.aws_iam_policy_document")
    .flatMap(({ path, body }) =>
      (body["statement"] as { sid?: string; resources?: string[] }[])
        .filter(({ resources }) => resources?.includes("*"))
        .map(({ sid }) => `${path}: ${sid ?? ""}`),
    );
  // In a key's own policy, "*" is that key.
  expect(everywhere.sort()).toEqual([
    "cluster-autoscaler-role/policy: Describe",
    "key/policy: Account",
    "key/policy: Alarms",
    "key/policy: Logs",
    "load-balancer-controller-role/policy: Describe",
    "node-group-alarm/policy: WriteMetric",
  ]);
});
