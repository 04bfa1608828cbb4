import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeClusterCommand, DescribeNodegroupCommand, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import { eks, look } from "../look";

const ec2 = mockClient(EC2Client);
beforeEach(() => {
  ec2.reset();
});

describe("the nodes' release", () => {
  const image = (release: string, day: string) => ({
    Name: `bottlerocket-aws-k8s-1.36-aarch64-v${release}`,
    CreationDate: `${day}T00:00:00.000Z`,
  });
  const running = (releaseVersion: string, version = "1.36") => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
    eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["on-demand-1", "spot-1"] });
    eks
      .on(DescribeNodegroupCommand)
      .resolves({ nodegroup: { releaseVersion: "1.50.0-aaaaaaaa", version } })
      .on(DescribeNodegroupCommand, { clusterName: "wbot-dev", nodegroupName: "spot-1" })
      .resolves({ nodegroup: { releaseVersion, version } });
  };
  beforeEach(() => {
    ec2.on(DescribeImagesCommand).resolves({
      Images: [
        image("1.49.9-713f44ce", "2026-08-01"),
        image("1.50.0-aaaaaaaa", "2026-09-01"),
        image("1.9.0-bbbbbbbb", "2026-07-01"),
      ],
    });
  });

  it("is the newest", async () => {
    running("1.50.0-aaaaaaaa");
    expect(await look("nodes")).toEqual([["pass", "Bottlerocket 1.50.0-aaaaaaaa, its newest release"]]);
    expect(ec2.commandCalls(DescribeImagesCommand)[0]?.args[0].input).toEqual({
      Owners: ["amazon"],
      Filters: [{ Name: "name", Values: ["bottlerocket-aws-k8s-1.36-aarch64-v*"] }],
      IncludeDeprecated: true,
    });
  });

  it("is older than it could be: named with the line that raises it", async () => {
    running("1.49.9-713f44ce");
    expect(await look("nodes")).toEqual([
      [
        "warn",
        "Bottlerocket 1.50.0-aaaaaaaa was released on 2026-09-01; older: spot-1 (1.49.9-713f44ce)",
        'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts, then a deploy of infra replaces the nodes, a third at a time (docs/runbooks/upgrade.md)',
      ],
    ]);
  });

  it("is the newest after a deploy that upgrades Kubernetes, if the settings name none", async () => {
    running("1.49.9-713f44ce", "1.35");
    expect((await look("nodes"))[0]?.[0]).toBe("pass");
  });

  it("is what the next deploy sets", async () => {
    running("1.49.9-713f44ce");
    expect((await look("nodes", { nodes: { release: "1.50.0-aaaaaaaa" } }))[0]?.[0]).toBe("pass");
  });

  it("is looked at before a first deploy only if the settings name one", async () => {
    expect((await look("nodes"))[0]?.[0]).toBe("pass");
    expect((await look("nodes", { nodes: { release: "1.49.9-713f44ce" } }))[0]?.[1]).toContain(
      "older: nodes.release (1.49.9-713f44ce)",
    );
  });

  it("can't go back, which EKS would refuse", async () => {
    running("1.49.9-713f44ce");
    expect(await look("nodes", { nodes: { release: "1.49.9-713f44ce" } })).toEqual([
      [
        "fail",
        "nodes.release is 1.49.9-713f44ce, but on-demand-1 runs 1.50.0-aaaaaaaa, and EKS can't downgrade a node group",
        'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts',
      ],
    ]);
  });

  it.each([
    ["1.49.9-713f44ce", "1.35", "fail"],
    // EKS takes the newest, which is this one.
    ["1.50.0-aaaaaaaa", "1.35", "pass"],
    // Nothing makes EKS choose.
    ["1.49.9-713f44ce", "1.36", "warn"],
  ])("must be raised with the Kubernetes version: %s on %s", async (release, version, status) => {
    running(release);
    eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { releaseVersion: release, version } });
    const found = await look("nodes", { nodes: { release } });
    expect(found[0]?.[0]).toBe(status);
    if (status === "fail")
      expect(found).toEqual([
        [
          "fail",
          "nodes.release stays 1.49.9-713f44ce while on-demand-1 goes from Kubernetes 1.35 to 1.36: EKS would take the newest release instead, and can't downgrade a node group",
          'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts',
        ],
      ]);
  });

  it("can't be one that this version of Kubernetes has no image of", async () => {
    expect(await look("nodes", { nodes: { release: "1.50.0-cccccccc" } })).toEqual([
      [
        "fail",
        "nodes.release is 1.50.0-cccccccc, which has no image for Kubernetes 1.36 on arm64",
        'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts',
      ],
    ]);
  });
});
