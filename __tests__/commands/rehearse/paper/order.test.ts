import { orderOf } from "../../../../commands/rehearse/paper/order";
import { EnvironmentError } from "../../../../environments";
import type { StackJson } from "../../../../stacks/stack-json";
import { synth } from "../../../synth";

const noted = (path: string) => ({ "//": { metadata: { path: `infra/${path}` } } });

/** A cluster that waits for its subnet through a data source, and a release that waits for the cluster by its provider. */
const STACK = {
  provider: { helm: [{ kubernetes: { host: "${aws_eks_cluster.c.endpoint}" } }] },
  data: { aws_subnets: { s: { depends_on: ["aws_subnet.s"] } } },
  resource: {
    aws_vpc: { v: noted("vpc") },
    aws_subnet: { s: { ...noted("subnet"), vpc_id: "${aws_vpc.v.id}" } },
    aws_eks_cluster: { c: { ...noted("cluster"), subnets: "${data.aws_subnets.s.ids}" } },
    aws_ecr_repository: { r: { ...noted("images"), description: "not aws_vpc.v, which no template names" } },
    helm_release: { h: noted("release") },
  },
} as unknown as StackJson;

describe("the order in which a stack is created", () => {
  const { all, critical, seconds } = orderOf("infra", STACK);
  const begins = Object.fromEntries(all.map((made) => [made.path, made.start]));
  const takes = Object.fromEntries(all.map((made) => [made.path, made.duration]));

  it("starts each resource when the last one that it waits for is ready", () => {
    const { vpc = 0, subnet = 0, cluster = 0, release = 0 } = takes;
    expect(begins).toEqual({
      vpc: 0,
      images: 0,
      subnet: vpc,
      cluster: vpc + subnet,
      release: vpc + subnet + cluster,
    });
    expect(seconds).toBe(vpc + subnet + cluster + release);
  });

  it("follows the longest chain, through data sources and what providers need", () => {
    expect(critical.map(({ path, waitsFor }) => [path, ...waitsFor])).toEqual([
      ["vpc"],
      ["subnet", "vpc"],
      ["cluster", "subnet"],
      ["release", "cluster"],
    ]);
  });

  it("names the cycle if resources wait for one another", () => {
    const ring = {
      resource: { aws_a: { x: { depends_on: ["aws_b.y"] } }, aws_b: { y: { z: "${aws_a.x.id}" } } },
    };
    expect(() => orderOf("infra", ring as unknown as StackJson)).toThrow(
      new EnvironmentError("infra has a dependency cycle: aws_a.x → aws_b.y → aws_a.x"),
    );
  });
});

it("lists nothing before what it waits for, even where that takes no time", () => {
  const { all } = orderOf("infra", synth("prod").infra.json);
  const paths = all.map(({ path }) => path);
  for (const { path, waitsFor } of all)
    for (const each of waitsFor) expect(paths.indexOf(each)).toBeLessThan(paths.indexOf(path));
});

it("has the control plane, the nodes and a chart on the critical path of infra", () => {
  const { critical } = orderOf("infra", synth("prod").infra.json);
  const types = critical.map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(["aws_eks_cluster", "aws_eks_node_group", "helm_release"]));
  expect(types.indexOf("aws_eks_cluster")).toBeLessThan(types.indexOf("aws_eks_node_group"));
});
