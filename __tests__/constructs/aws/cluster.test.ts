import { CI } from "../ci/scope";
import { synth, type WrittenStack, target } from "../../synth";

describe.each(["dev", "staging", "prod"])("the cluster of %s", (name) => {
  const { infra } = synth(name);
  const { body } = infra.one("aws_eks_cluster");

  it("pays for standard support only", () => {
    expect(body["upgrade_policy"]).toEqual({ support_type: "STANDARD" });
  });

  it("has access entries for administrators, and none for whoever deploys", () => {
    expect(body["access_config"]).toEqual({
      authentication_mode: "API",
      bootstrap_cluster_creator_admin_permissions: false,
    });
  });

  it("comes without unmanaged add-ons", () => {
    expect(body["bootstrap_self_managed_addons"]).toBe(false);
  });

  it("is reached from inside the VPC, and from the listed addresses only", () => {
    expect(body["vpc_config"]).toMatchObject({
      endpoint_private_access: true,
      endpoint_public_access: true,
      public_access_cidrs: ["203.0.113.0/24"],
    });
  });

  it("encrypts its secrets and its log with the environment's key", () => {
    const key = infra.one("aws_kms_key");
    expect(body["encryption_config"].resources).toEqual(["secrets"]);
    expect(target(infra, body["encryption_config"].provider.key_arn)).toBe(key);
    const logs = infra.one("aws_cloudwatch_log_group", "cluster/logs");
    expect(target(infra, logs.body["kms_key_id"])).toBe(key);
  });

  it("runs as a role with only the cluster policy", () => {
    const role = target(infra, body["role_arn"]);
    const attached = infra
      .of("aws_iam_role_policy_attachment")
      .filter((each) => target(infra, each.body["role"]) === role);
    expect(attached.map((each) => each.body["policy_arn"])).toEqual([
      "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
    ]);
  });
});

it.each([
  ["dev", 7, ["audit", "authenticator"]],
  ["staging", 30, ["api", "audit", "authenticator", "controllerManager", "scheduler"]],
  ["prod", 365, ["api", "audit", "authenticator", "controllerManager", "scheduler"]],
])("keeps %s's logs for %i days, in the group that EKS writes to", (name, days, logs) => {
  const { infra } = synth(name);
  const { address, body: group } = infra.one("aws_cloudwatch_log_group", "cluster/logs");
  expect(group).toMatchObject({ name: `/aws/eks/wbot-${name}/cluster`, retention_in_days: days });
  expect(infra.one("aws_eks_cluster").body["enabled_cluster_log_types"]).toEqual(logs);
  // Which EKS may have made again after a destroy. Terraform takes no template for an address.
  const existing = infra.one("data.aws_cloudwatch_log_groups");
  expect(existing.body["log_group_name_prefix"]).toBe(group["name"]);
  expect(infra.json["import"]).toEqual([
    {
      for_each: `\${toset([for name in ${existing.address}.log_group_names : name if name == "/aws/eks/wbot-${name}/cluster"])}`,
      to: address,
      id: "${each.value}",
    },
  ]);
});

it.each([
  ["dev", false],
  ["staging", false],
  ["prod", true],
])("is protected from destroy as configured: %s, %p", (name, protection) => {
  const { body } = synth(name).infra.one("aws_eks_cluster");
  expect(body["deletion_protection"]).toBe(protection);
  expect(body["lifecycle"].prevent_destroy).toBe(protection);
});

it("can be taken into a state that lacks it: what AWS doesn't say of a cluster doesn't force a new one", () => {
  const { body } = synth("dev").infra.one("aws_eks_cluster");
  expect(body["lifecycle"].ignore_changes).toEqual(
    expect.arrayContaining([
      "access_config[0].bootstrap_cluster_creator_admin_permissions",
      "bootstrap_self_managed_addons",
    ]),
  );
  // At its creation they count.
  expect(body).toMatchObject({
    bootstrap_self_managed_addons: false,
    access_config: { bootstrap_cluster_creator_admin_permissions: false },
  });
});

it("keeps zonal shifts as somebody has set them, since the provider can't take that setting away", () => {
  expect(synth("dev").infra.one("aws_eks_cluster").body["lifecycle"].ignore_changes).toContain(
    "zonal_shift_config",
  );
});

describe("with several administrators and no public address", () => {
  const ADMINS = [
    "arn:aws:iam::111122223333:role/wbot-admin",
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    "arn:aws:iam::111122223333:user/break.glass",
  ];
  const withAdmins = (admins: string[]) =>
    synth("prod", { access: { admins, publicCidrs: [], privateCidrs: ["10.20.0.0/16"] } }).infra;
  const infra = withAdmins(ADMINS);
  const entries = (stack: WrittenStack) =>
    Object.fromEntries(
      stack.of("aws_eks_access_entry").map(({ address, body }) => [body["principal_arn"], address]),
    );

  it("closes the public endpoint", () => {
    const { vpc_config: config } = infra.one("aws_eks_cluster").body;
    expect(config).toMatchObject({ endpoint_private_access: true, endpoint_public_access: false });
    expect(config).not.toHaveProperty("public_access_cidrs");
  });

  it("gives each of them an entry with cluster administration", () => {
    expect(Object.keys(entries(infra)).sort()).toEqual(ADMINS.toSorted());
    const associations = infra.of("aws_eks_access_policy_association");
    const principals = associations.map(({ body }) => target(infra, body["principal_arn"]).body);
    expect(principals.map((body) => body["principal_arn"]).sort()).toEqual(ADMINS.toSorted());
    for (const { body } of associations) {
      expect(body).toMatchObject({
        policy_arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        access_scope: { type: "cluster" },
      });
    }
  });

  it("replaces no entry when the list's order changes", () => {
    const reversed = withAdmins(ADMINS.toReversed());
    expect(entries(reversed)).toEqual(entries(infra));
    const associations = (stack: WrittenStack) =>
      stack.of("aws_eks_access_policy_association").map(({ address }) => address);
    expect(associations(reversed).sort()).toEqual(associations(infra).sort());
  });
});

describe("with continuous integration", () => {
  const PLAN = "arn:aws:iam::111122223333:role/wbot-prod-ci-plan";
  const DEPLOY = "arn:aws:iam::111122223333:role/wbot-prod-ci-deploy";
  const principals = (stack: WrittenStack, type: string) =>
    stack.of(type).map(({ body }) => {
      const arn = String(body["principal_arn"]);
      return arn.startsWith("$") ? (target(stack, arn).body["principal_arn"] as string) : arn;
    });
  const { infra } = synth("prod", CI);

  it("lets the deploy role administer, and gives the plan role only its group", () => {
    expect(principals(infra, "aws_eks_access_policy_association").sort()).toEqual(
      ["arn:aws:iam::111122223333:role/wbot-admin", DEPLOY].sort(),
    );
    const plan = infra.of("aws_eks_access_entry").filter(({ body }) => body["principal_arn"] === PLAN);
    expect(plan.map(({ body }) => body["kubernetes_groups"])).toEqual([["wbot:plan"]]);
  });

  it("accepts the deploy role in access.admins, where it adds nothing", () => {
    const admins = ["arn:aws:iam::111122223333:role/wbot-admin", DEPLOY];
    const named = synth("prod", { ...CI, access: { admins } }).infra;
    expect(principals(named, "aws_eks_access_policy_association").sort()).toEqual(
      principals(infra, "aws_eks_access_policy_association").sort(),
    );
  });

  it("has neither role without CI", () => {
    expect(JSON.stringify(synth("prod").infra.json)).not.toMatch(/-ci-|wbot:plan|permissions_boundary/);
  });
});

describe("a private API", () => {
  const access = {
    publicCidrs: [],
    privateCidrs: ["10.20.0.0/16", "192.168.7.0/24"],
    securityGroups: ["sg-0123456789abcdef0"],
  };
  const { infra } = synth("prod", { access });
  const rules = (stack: WrittenStack) =>
    stack
      .of("aws_vpc_security_group_ingress_rule")
      .filter(({ body }) => String(body["description"]).startsWith("Kubernetes API"));

  it("lets in the VPN's ranges and the bastion's group, on port 443 of the group that EKS makes", () => {
    const cluster = infra.one("aws_eks_cluster");
    for (const { body } of rules(infra)) {
      expect(body).toMatchObject({ ip_protocol: "tcp", from_port: 443, to_port: 443 });
      expect(target(infra, body["security_group_id"])).toBe(cluster);
    }
    const sources = rules(infra).map(({ body }) =>
      String(body["cidr_ipv4"] ?? body["referenced_security_group_id"]),
    );
    expect(sources.sort()).toEqual(["10.20.0.0/16", "192.168.7.0/24", "sg-0123456789abcdef0"]);
  });

  it("is open to them before the first chart needs it, and until the last one is gone", () => {
    for (const release of infra.of("helm_release"))
      for (const rule of rules(infra)) expect(infra.isAfter(release, rule)).toBe(true);
  });

  it("keeps its rules when the lists' order changes", () => {
    const reversed = { ...access, privateCidrs: access.privateCidrs.toReversed() };
    const addresses = (stack: WrittenStack) => rules(stack).map(({ address }) => address);
    expect(addresses(synth("prod", { access: reversed }).infra).sort()).toEqual(addresses(infra).sort());
  });

  it("lets in nobody else without these settings", () => {
    expect(rules(synth("prod").infra)).toEqual([]);
  });
});

it("lets the rest of the team look, but not at Secrets", () => {
  const viewer = "arn:aws:iam::111122223333:role/wbot-team";
  const { infra } = synth("prod", { access: { viewers: [viewer] } });
  const [entry] = infra.of("aws_eks_access_entry").filter(({ body }) => body["principal_arn"] === viewer);
  const granted = infra
    .of("aws_eks_access_policy_association")
    .filter(({ body }) => target(infra, body["principal_arn"]) === entry);
  // Kubernetes' role view, which has no Secrets; EKS's AdminView policy has them.
  expect(granted.map(({ body }) => body["policy_arn"])).toEqual([
    "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
  ]);
  expect(entry?.body).not.toHaveProperty("kubernetes_groups");
});
