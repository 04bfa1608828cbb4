import { VERSIONS } from "../../../environments/kubernetes-versions";
import { NEW_POD_SECONDS } from "../../../environments/stream-times";
import { helmValues, synth } from "../../synth";

const { infra } = synth("prod");
const values = helmValues(infra.one("helm_release", "cluster-autoscaler"));

describe("cluster-autoscaler", () => {
  it.each(VERSIONS)("matches the cluster's minor version %s", (version) => {
    const { infra: stack } = synth("prod", { cluster: { version } });
    const { image } = helmValues(stack.one("helm_release", "cluster-autoscaler"));
    expect(stack.one("aws_eks_cluster").body["version"]).toBe(version);
    expect(image.tag).toMatch(new RegExp(`^v${version.replace(".", "\\.")}\\.\\d+$`));
  });

  it("knows its cluster and region, without which the chart renders no pods", () => {
    expect(values).toMatchObject({
      cloudProvider: "aws",
      awsRegion: "us-east-1",
      autoDiscovery: { clusterName: infra.one("aws_eks_cluster").body["name"] as string },
    });
  });

  it("prefers spot for pods that may run on both, and uses on-demand if there is no spot capacity", () => {
    expect(values["extraArgs"]).toMatchObject({
      expander: "priority,least-waste",
      "max-node-provision-time": "5m0s",
    });
    const priorityOf = (group: string) => {
      // EKS's own name of a node group's Auto Scaling group.
      const scalingGroup = `eks-${String(infra.one("aws_eks_node_group", group).body["node_group_name_prefix"])}2026-0a1b`;
      const matching = Object.entries(values["expanderPriorities"] as Record<string, string[]>).filter(
        ([, patterns]) => patterns.some((pattern) => new RegExp(pattern).test(scalingGroup)),
      );
      return Math.max(...matching.map(([priority]) => Number(priority)));
    };
    expect(priorityOf("on-demand")).toBeGreaterThan(0);
    expect(priorityOf("spot")).toBeGreaterThan(priorityOf("on-demand"));
  });

  it("removes idle nodes even though every workload has a volume for /tmp, and every node has system pods", () => {
    expect(values["extraArgs"]).toMatchObject({
      "skip-nodes-with-local-storage": false,
      "skip-nodes-with-system-pods": false,
    });
  });

  it("goes on evicting until the last of a node's Traefik pods may go", () => {
    expect(values["extraArgs"]).toMatchObject({ "max-pod-eviction-time": "10m0s" });
    const { maxUnavailable } = helmValues(infra.one("helm_release", "traefik"))["podDisruptionBudget"];
    const turns = 100 / Number(/^(\d+)%$/.exec(maxUnavailable as string)?.[1]);
    expect((turns - 1) * NEW_POD_SECONDS).toBeLessThan(10 * 60);
  });

  it("has a spare and a budget in prod; in dev the chart's own budget is removed", () => {
    expect(values).toMatchObject({ replicaCount: 2, podDisruptionBudget: { maxUnavailable: 1 } });
    const inDev = helmValues(synth("dev").infra.one("helm_release", "cluster-autoscaler"));
    expect(inDev).toMatchObject({ replicaCount: 1, podDisruptionBudget: null });
  });
});
