import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { loadEnvironment } from "../../../environments";
import { addressPlan } from "../../../environments/address-plan";
import { describeWith, TERRAFORM } from "../../programs";
import { EXISTING } from "../../existing-network";
import { synth, type WrittenStack } from "../../synth";

const { infra } = synth("prod");
const { infra: of136 } = synth("prod", { cluster: { version: "1.36" } });
const template = (expression: string) => expression.replace(/^\$\{(.*)\}$/s, "$1");

it("is only looked at where it exists, by the names in the account", () => {
  const all = infra.one("data.aws_eks_clusters").address;
  const existing = `\${toset([for name in ${all}.names : name if name == "wbot-prod"])}`;
  expect(infra.one("data.aws_eks_cluster").body).toMatchObject({ for_each: existing, name: "${each.key}" });
  expect(infra.one("data.aws_eks_node_groups").body).toMatchObject({
    for_each: existing,
    cluster_name: "${each.key}",
  });
});

const range = (subnet: string) => String(infra.one("aws_subnet", `network/${subnet}`).body["cidr_block"]);

/** What a data source has read, by its address. */
type Read = Readonly<Record<string, unknown>>;

const precondition = (index: number, stack = infra) =>
  (
    stack.one("aws_eks_cluster").body["lifecycle"].precondition as {
      condition: string;
      error_message: string;
    }[]
  )[index] ?? { condition: "", error_message: "" };

describeWith([TERRAFORM], "its expressions, as Terraform evaluates them", () => {
  /** Expressions of all tests, for each of their cases: one start of Terraform evaluates them. */
  const asked: string[] = [];
  const reads: unknown[][] = [];
  let values: unknown[];
  beforeAll(() => {
    const cwd = mkdtempSync(join(tmpdir(), "wbot-live-"));
    writeFileSync(join(cwd, "main.tf.json"), JSON.stringify({ locals: { reads } }));
    const input = `jsonencode([${asked.join(", ")}])\n`;
    const { stdout, stderr } = spawnSync("terraform", ["console"], { cwd, input, encoding: "utf8" });
    if (stdout === "") throw new Error(stderr);
    values = JSON.parse(JSON.parse(stdout) as string) as unknown[];
  });

  /** A test of the expressions' values for each of several cases. */
  function give(
    name: string,
    expressions: readonly string[],
    cases: readonly (readonly [read: Read, values: readonly unknown[]])[],
  ): void {
    const start = asked.length;
    for (const [read] of cases) {
      const text = Object.keys(read).reduce(
        (written, address, at) => written.replaceAll(address, `local.reads[${reads.length}][${at}]`),
        `[${expressions.join(", ")}]`,
      );
      reads.push(Object.values(read));
      asked.push(text);
    }
    it(name, () => {
      expect(values.slice(start, start + cases.length)).toEqual(cases.map(([, expected]) => expected));
    });
  }

  const groups = (...sizes: [name: string, desired: number, type?: string][]) => ({
    [infra.one("data.aws_eks_node_group").address]: Object.fromEntries(
      sizes.map(([name, desired, type = "m7g.large"], index) => [
        index,
        {
          node_group_name: `${name}-2026${index}`,
          scaling_config: [{ desired_size: desired }],
          instance_types: type === "" ? [] : [type],
        },
      ]),
    ),
  });
  const sizes = Object.fromEntries(
    Object.entries({
      "m7g.large": [2, 8],
      "m7g.xlarge": [4, 16],
      "m7g.2xlarge": [8, 32],
      "m7g.4xlarge": [16, 64],
      "r7g.large": [2, 16],
    }).map(([type, [vcpus, gib = 0]]) => [type, { default_vcpus: vcpus, memory_size: gib * 1024 }]),
  );
  const typesToRead = (stack = infra) =>
    template(stack.one("data.aws_ec2_instance_type").body["for_each"] as string);
  /** A group's size, with the sizes of just those types that the stack reads. */
  const size = (id: string, stack = infra) =>
    template(stack.one("aws_eks_node_group", id).body["scaling_config"].desired_size as string).replaceAll(
      stack.one("data.aws_ec2_instance_type").address,
      `{for type in ${typesToRead(stack)} : type => ${JSON.stringify(sizes)}[type]}`,
    );
  // prod: 3 to 15 on demand, 0 to 6 spot.
  give(
    "give a new group its minimum, and a living one the autoscaler's number within the bounds",
    [size("on-demand"), size("spot")],
    [
      [groups(), [3, 0]],
      [groups(["on-demand", 7], ["spot", 4]), [7, 4]],
      [groups(["on-demand", 2], ["spot", 9]), [3, 6]],
      // While a group is being replaced.
      [groups(["on-demand", 5], ["on-demand", 8]), [8, 0]],
    ],
  );

  give(
    "start a group of another size with the CPU and the memory of the one that it replaces",
    [size("on-demand")],
    [
      [groups(["on-demand", 3, "m7g.2xlarge"]), [12]],
      [groups(["on-demand", 4, "r7g.large"]), [8]],
      [groups(["on-demand", 4, "m7g.4xlarge"]), [15]],
      // Halfway, with both groups there.
      [groups(["on-demand", 3, "m7g.2xlarge"], ["on-demand", 12]), [12]],
      // The other group has that type already.
      [groups(["on-demand", 3, "m7g.2xlarge"], ["spot", 1]), [12]],
    ],
  );
  const large = synth("prod", { nodes: { onDemand: { instanceTypes: ["m7g.xlarge"] } } }).infra;
  give(
    "start fewer nodes of a larger type, also if the other group keeps the smaller one",
    [size("on-demand", large), size("spot", large)],
    [
      [groups(["on-demand", 12], ["spot", 4]), [6, 4]],
      [groups(["on-demand", 13], ["spot", 4]), [7, 4]],
    ],
  );
  give(
    "ask for sizes only while a group's type changes",
    [typesToRead(), typesToRead(large)],
    [
      [groups(), [[], []]],
      [groups(["on-demand", 3], ["spot", 1]), [[], ["m7g.large", "m7g.xlarge"]]],
      [groups(["on-demand", 3, "m7g.xlarge"], ["spot", 1]), [["m7g.large", "m7g.xlarge"], []]],
      // A group that isn't of this project, whose type is in its launch template.
      [groups(["gpu", 1, ""], ["on-demand", 3, "m7g.xlarge"]), [["m7g.large", "m7g.xlarge"], []]],
    ],
  );

  const subnets = (key: string, all: readonly string[]) => ({
    [infra.one("data.aws_subnet").address]: Object.fromEntries(
      all.map((value, index) => [index, { [key]: value }]),
    ),
  });
  const zones = (letters: string) =>
    subnets(
      "availability_zone",
      Array.from(letters, (letter) => `us-east-1${letter}`),
    );
  give(
    "accept a cluster in the environment's zones, in any order, and no other",
    [template(precondition(0).condition)],
    [
      [zones(""), [true]],
      [zones("caba"), [true]],
      [zones("ab"), [false]],
      [zones("abd"), [false]],
    ],
  );

  const ranges = (...cidrs: string[]) => subnets("cidr_block", cidrs);
  const own = ["private-a", "private-b", "private-c"].map(range);
  give(
    "accept a cluster in the environment's own VPC, with nodes in private or public subnets, and in no other",
    [template(precondition(1).condition)],
    [
      [ranges(), [true]],
      [ranges(...own), [true]],
      [ranges(range("public-a")), [true]],
      // Other zones of it are refused as zones, with advice of their own.
      [ranges(...addressPlan(loadEnvironment("prod").network.cidr, ["us-east-1f"]).private), [true]],
      [ranges("10.99.0.0/19", ...own), [false]],
    ],
  );

  const there = synth("dev", { network: { existing: EXISTING } }).infra;
  const clusters = (stack: WrittenStack, ...all: object[]) => ({
    [stack.one("data.aws_eks_cluster").address]: Object.fromEntries(Object.entries(all)),
  });
  const inVpc = (vpc_id: string) => clusters(there, { vpc_config: [{ vpc_id }] });
  give(
    "accept a cluster in the VPC that is named, and in no other",
    [template(precondition(1, there).condition)],
    [
      [clusters(there), [true]],
      [inVpc(EXISTING.vpcId), [true]],
      [inVpc("vpc-00000000"), [false]],
    ],
  );

  const { condition, error_message } = precondition(2, of136);
  const [, version = ""] = /\$\{(.*)\}/.exec(error_message) ?? [];
  const running = (text: string) => clusters(infra, { version: text });
  give(
    "accept no cluster, and one of the same version or of the one before, but none that is newer or older",
    [template(condition), version],
    [
      [clusters(infra), [true, ""]],
      [running("1.36"), [true, "1.36"]],
      [running("1.35"), [true, "1.35"]],
      [running("1.34"), [false, "1.34"]],
      [running("1.37"), [false, "1.37"]],
    ],
  );
});

it("refuses a version that EKS would refuse in words, before anything is changed", () => {
  expect(precondition(2, of136).error_message).toMatch(
    /^cluster\.version of the environment "prod" is 1\.36, but the cluster runs \$\{.*\}\. EKS upgrades by one minor version at a time, .* in docs\/runbooks\/upgrade\.md do\. Correct cluster\.version in environments\/prod\.ts\.$/,
  );
});

it("refuses other zones in words", () => {
  expect(precondition(0).error_message).toMatch(
    /^zones of the environment "prod" are us-east-1a, us-east-1b, us-east-1c, but the cluster wbot-prod is in \$\{join\(", ", sort\(.*\)\)\}, and EKS can't move it\. Set zones to those in environments\/prod\.ts; for others, deploy another environment and migrate to it\.$/,
  );
});

it("refuses another range of its own VPC in words", () => {
  expect(precondition(1).error_message).toMatch(
    /^network\.cidr of the environment "prod" is \S+\/16, but the cluster wbot-prod is in another VPC, and EKS can't move it\. Undo that in environments\/prod\.ts; for another network, deploy another environment and migrate to it\.$/,
  );
});
