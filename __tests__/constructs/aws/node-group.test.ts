import { synth, target } from "../../synth";

const GROUPS = ["on-demand", "spot"] as const;

describe.each(["dev", "prod"])("the nodes of %s", (name) => {
  const { infra } = synth(name);

  it.each([
    ["on-demand", "ON_DEMAND"],
    ["spot", "SPOT"],
  ])("have the capacity type of the group %s", (id, capacity) => {
    const { body } = infra.one("aws_eks_node_group", id);
    expect(body).toMatchObject({ capacity_type: capacity, labels: { "wbot/node-group": id } });
  });

  it.each(GROUPS)("run Bottlerocket for arm64 at the cluster's own version in %s", (id) => {
    const { body } = infra.one("aws_eks_node_group", id);
    expect(body["ami_type"]).toBe("BOTTLEROCKET_ARM_64");
    expect(body["version"]).toBe(infra.one("aws_eks_cluster").body["version"]);
  });

  it.each(GROUPS)("keep their credentials from pods in %s", (id) => {
    expect(infra.one("aws_launch_template", id).body["metadata_options"]).toEqual({
      http_endpoint: "enabled",
      http_tokens: "required",
      http_put_response_hop_limit: 1,
    });
  });

  it.each(GROUPS)("have encrypted gp3 disks that go with them in %s, under the default key", (id) => {
    const disks = infra.one("aws_launch_template", id).body["block_device_mappings"] as {
      device_name: string;
      ebs: object;
    }[];
    expect(disks.map(({ device_name: device }) => device)).toEqual(["/dev/xvda", "/dev/xvdb"]);
    for (const { ebs } of disks) {
      expect(ebs).toMatchObject({ volume_type: "gp3", encrypted: "true", delete_on_termination: "true" });
      expect(ebs).not.toHaveProperty("kms_key_id");
    }
    expect(disks[1]?.ebs).toMatchObject({ volume_size: 20 });
  });

  it.each(GROUPS)("pass the environment's tags on to what Auto Scaling launches in %s", (id) => {
    const specifications = infra.one("aws_launch_template", id).body["tag_specifications"] as object[];
    const tags = {
      Project: "wbot",
      Environment: name,
      ManagedBy: "cdktf",
      Stack: "infra",
      Name: `wbot-${name}-${id}`,
    };
    expect(specifications).toEqual(
      ["instance", "volume", "network-interface"].map((type) => ({ resource_type: type, tags })),
    );
  });

  it.each(GROUPS)("use their launch template's latest version in %s", (id) => {
    const template = infra.one("aws_launch_template", id);
    expect(infra.one("aws_eks_node_group", id).body["launch_template"]).toEqual({
      id: `\${${template.address}.id}`,
      version: `\${${template.address}.latest_version}`,
    });
  });

  it.each(GROUPS)(
    "are scaled by the autoscaler in %s: an apply keeps their number, within the bounds",
    (id) => {
      const { lifecycle, scaling_config: size } = infra.one("aws_eks_node_group", id).body;
      // Nothing ignored: EKS refuses a minimum above the desired number, so both change together.
      expect(lifecycle).toEqual({ create_before_destroy: true });
      expect(size.desired_size).toContain(infra.one("data.aws_eks_node_group").address);
    },
  );

  it.each(GROUPS)("are replaced a third at a time, and repaired when they fail, in %s", (id) => {
    expect(infra.one("aws_eks_node_group", id).body).toMatchObject({
      update_config: { max_unavailable_percentage: 33 },
      node_repair_config: { enabled: true },
    });
  });
});

it("takes each group's bounds from the settings", () => {
  const { infra } = synth("prod");
  expect(infra.one("aws_eks_node_group", "on-demand").body["scaling_config"]).toMatchObject({
    min_size: 3,
    max_size: 15,
  });
  expect(infra.one("aws_eks_node_group", "spot").body["scaling_config"]).toMatchObject({
    min_size: 0,
    max_size: 6,
  });
});

it("has one role for all nodes", () => {
  const { infra } = synth("prod");
  const roles = infra.of("aws_eks_node_group").map(({ body }) => target(infra, body["node_role_arn"]).path);
  expect(new Set(roles)).toEqual(new Set(["node-role/role"]));
});

it("runs Bottlerocket for x86_64 with the configured disks and types", () => {
  const { infra } = synth("dev", {
    nodes: {
      architecture: "x86_64",
      onDemand: { instanceTypes: ["m7i.large"], diskGiB: 80 },
      spot: { instanceTypes: ["m7i.large", "m7a.large"] },
    },
  });
  const spot = infra.one("aws_eks_node_group", "spot").body;
  expect(spot).toMatchObject({
    ami_type: "BOTTLEROCKET_x86_64",
    instance_types: ["m7i.large", "m7a.large"],
  });
  const [, data] = infra.one("aws_launch_template", "on-demand").body["block_device_mappings"];
  expect(data.ebs.volume_size).toBe(80);
});

it("accepts types whose size no rule here knows, with one warning", () => {
  const instanceTypes = ["g5.xlarge"];
  const { infra, warnings } = synth("dev", {
    nodes: { architecture: "x86_64", onDemand: { instanceTypes }, spot: { instanceTypes } },
  });
  expect(infra.one("aws_eks_node_group", "spot").body).toMatchObject({
    instance_types: instanceTypes,
    ami_type: "BOTTLEROCKET_x86_64",
  });
  expect(warnings).toEqual([expect.stringMatching(/^The size of g5\.xlarge /)]);
  expect(synth("dev").warnings).toEqual([]);
});

it("takes the release that the settings name, in both groups, and else the one that EKS chooses at creation", () => {
  const releases = (overrides = {}) =>
    synth("dev", overrides)
      .infra.of("aws_eks_node_group")
      .map(({ body }) => body["release_version"] as string | undefined);
  expect(releases()).toEqual([undefined, undefined]);
  expect(releases({ nodes: { release: "1.49.0-713f44ce" } })).toEqual(["1.49.0-713f44ce", "1.49.0-713f44ce"]);
  expect(() => releases({ nodes: { release: "1.49.0" } })).toThrow(
    'nodes.release is "1.49.0": it must be a Bottlerocket release with its commit, such as "1.49.0-713f44ce"',
  );
});

it("reports faults of the kernel, disks and network to the node repair, in every environment", () => {
  for (const name of ["dev", "staging", "prod"]) {
    const { infra } = synth(name);
    const agent = infra.one("aws_eks_addon", "eks-node-monitoring-agent");
    for (const group of infra.of("aws_eks_node_group")) {
      expect(group.body["node_repair_config"]).toMatchObject({ enabled: true });
      expect(infra.isAfter(agent, group)).toBe(true);
    }
  }
});
