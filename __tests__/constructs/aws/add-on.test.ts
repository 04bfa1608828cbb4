import type { Overrides } from "../../../environments";
import { synth } from "../../synth";

const configuration = (environment: string, id: string, overrides: Overrides = {}) =>
  JSON.parse(
    synth(environment, overrides).infra.one("aws_eks_addon", id).body["configuration_values"],
  ) as object;

it("gives small nodes many pod addresses, and enforces network policies", () => {
  expect(configuration("dev", "vpc-cni")).toEqual({
    enableNetworkPolicy: "true",
    env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" },
  });
});

it("leaves network and DNS in the cluster when their add-ons are removed, and the volume driver where there are volumes", () => {
  const kept = (environment: string) =>
    synth(environment)
      .infra.of("aws_eks_addon")
      .filter(({ body }) => body["preserve"] === true)
      .map(({ body }) => body["addon_name"] as string)
      .sort();
  expect(kept("staging")).toEqual(["coredns", "vpc-cni"]);
  expect(kept("prod")).toEqual(["aws-ebs-csi-driver", "coredns", "vpc-cni"]);
});

it("manages each of EKS's add-ons, under its own name", () => {
  const names = synth("prod")
    .infra.of("aws_eks_addon")
    .map(({ body }) => body["addon_name"] as string);
  expect(names.sort()).toEqual([
    "aws-ebs-csi-driver",
    "coredns",
    "eks-node-monitoring-agent",
    "eks-pod-identity-agent",
    "kube-proxy",
    "metrics-server",
    "vpc-cni",
  ]);
});

it("takes over what already exists, so that no deploy fails on a conflict", () => {
  for (const { body } of synth("prod").infra.of("aws_eks_addon")) {
    expect(body).toMatchObject({
      resolve_conflicts_on_create: "OVERWRITE",
      resolve_conflicts_on_update: "OVERWRITE",
    });
  }
});

it("runs as many of each as configured, but never a single DNS server", () => {
  expect(configuration("dev", "coredns")).toEqual({ replicaCount: 2 });
  expect(configuration("dev", "metrics-server")).toEqual({ replicas: 1 });
  expect(configuration("dev", "aws-ebs-csi-driver")).toMatchObject({ controller: { replicaCount: 1 } });
  expect(configuration("prod", "metrics-server")).toEqual({ replicas: 2 });
});

it("tags pods' volumes like everything else, but for keys that the driver refuses or splits", () => {
  const tags = {
    Team: "chat",
    "kubernetes.io/cluster/x": "owned",
    "ebs.csi.aws.com/cluster": "true",
    CSIVolumeName: "x",
    CSIVolumeSnapshotName: "x",
    "a=b": "c",
  };
  const stack = { Project: "wbot", Environment: "dev", ManagedBy: "cdktf", Stack: "infra" };
  expect(configuration("dev", "aws-ebs-csi-driver", { tags })).toEqual({
    controller: { replicaCount: 1, extraVolumeTags: { ...stack, Team: "chat" } },
  });
});

it("uses the versions in the settings, and leaves the others to EKS", () => {
  const { infra } = synth("prod", { cluster: { addOns: { "vpc-cni": "v1.99.0-eksbuild.1" } } });
  const versions = infra
    .of("aws_eks_addon")
    .map(({ body }) => [body["addon_name"], body["addon_version"]] as const)
    .filter(([, version]) => version !== undefined);
  expect(versions).toEqual([["vpc-cni", "v1.99.0-eksbuild.1"]]);
});
