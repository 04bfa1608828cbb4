import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { loadEnvironment } from "../../../environments";
import { addressPlan } from "../../../environments/address-plan";
import { describeWith, TERRAFORM } from "../../programs";
import { EXISTING } from "../../existing-network";
import { synth } from "../../synth";

const { infra } = synth("prod");
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

/** Values of expressions for each of several cases, by one start of Terraform. */
function evaluated(expressions: readonly string[], cases: readonly Read[]): unknown[][] {
  const folder = mkdtempSync(join(tmpdir(), "wbot-live-"));
  try {
    writeFileSync(
      join(folder, "main.tf.json"),
      JSON.stringify({ locals: { cases: cases.map(Object.values) } }),
    );
    const written = cases.map((read, index) =>
      Object.keys(read).reduce(
        (text, address, at) => text.replaceAll(address, `local.cases[${index}][${at}]`),
        `[${expressions.join(", ")}]`,
      ),
    );
    const input = `jsonencode([${written.join(", ")}])\n`;
    const { stdout, stderr } = spawnSync("terraform", ["console"], { cwd: folder, input, encoding: "utf8" });
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(JSON.parse(stdout) as string) as unknown[][];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const precondition = (index: number, stack = infra) =>
  (
    stack.one("aws_eks_cluster").body["lifecycle"].precondition as {
      condition: string;
      error_message: string;
    }[]
  )[index] ?? { condition: "", error_message: "" };

describeWith([TERRAFORM], "its expressions, as Terraform evaluates them", () => {
  it("give a new group its minimum, and a living one the autoscaler's number within the bounds", () => {
    const groups = infra.one("data.aws_eks_node_group").address;
    const size = (id: string) =>
      template(infra.one("aws_eks_node_group", id).body["scaling_config"].desired_size as string);
    const live = (...sizes: [name: string, desired: number][]) => ({
      [groups]: Object.fromEntries(
        sizes.map(([name, desired], index) => [
          index,
          { node_group_name: `${name}-2026${index}`, scaling_config: [{ desired_size: desired }] },
        ]),
      ),
    });
    // prod: 3 to 15 on demand, 0 to 6 spot.
    expect(
      evaluated(
        [size("on-demand"), size("spot")],
        [
          live(),
          live(["on-demand", 7], ["spot", 4]),
          live(["on-demand", 2], ["spot", 9]),
          // While a group is being replaced.
          live(["on-demand", 5], ["on-demand", 8]),
        ],
      ),
    ).toEqual([
      [3, 0],
      [7, 4],
      [3, 6],
      [8, 0],
    ]);
  });

  it("accept a cluster in the environment's zones, in any order, and no other", () => {
    const { condition } = precondition(0);
    const live = (letters: string) => ({
      [infra.one("data.aws_subnet").address]: Object.fromEntries(
        Array.from(letters, (letter, index) => [index, { availability_zone: `us-east-1${letter}` }]),
      ),
    });
    expect(evaluated([template(condition)], ["", "caba", "ab", "abd"].map(live)).flat()).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("accept a cluster in the environment's own VPC, with nodes in private or public subnets, and in no other", () => {
    const { condition } = precondition(1);
    const ranges = ["private-a", "private-b", "private-c"].map(range);
    const live = (...cidrs: string[]) => ({
      [infra.one("data.aws_subnet").address]: Object.fromEntries(
        cidrs.map((cidr_block, index) => [index, { cidr_block }]),
      ),
    });
    // Other zones of it are refused as zones, with advice of their own.
    const elsewhere = addressPlan(loadEnvironment("prod").network.cidr, ["us-east-1f"]).private;
    const own = [live(), live(...ranges), live(range("public-a")), live(...elsewhere)];
    const cases = [...own, live("10.99.0.0/19", ...ranges)];
    expect(evaluated([template(condition)], cases).flat()).toEqual([true, true, true, true, false]);
  });

  it("accept a cluster in the VPC that is named, and in no other", () => {
    const there = synth("dev", { network: { existing: EXISTING } }).infra;
    const { condition } = precondition(1, there);
    const live = (...ids: string[]) => ({
      [there.one("data.aws_eks_cluster").address]: Object.fromEntries(
        ids.map((vpc_id, index) => [index, { vpc_config: [{ vpc_id }] }]),
      ),
    });
    const cases = [live(), live(EXISTING.vpcId), live("vpc-00000000")];
    expect(evaluated([template(condition)], cases).flat()).toEqual([true, true, false]);
  });

  it("accept no cluster, and one of the same version or of the one before, but none that is newer or older", () => {
    const { condition, error_message } = precondition(2);
    const live = (...versions: string[]) => ({
      [infra.one("data.aws_eks_cluster").address]: Object.fromEntries(
        versions.map((version, index) => [index, { version }]),
      ),
    });
    const [, text = ""] = /\$\{(.*)\}/.exec(error_message) ?? [];
    const cases = [live(), live("1.36"), live("1.35"), live("1.34"), live("1.37")];
    const found = evaluated([template(condition), text], cases);
    expect(found.map(([accepted]) => accepted)).toEqual([true, true, true, false, false]);
    expect(found[3]?.[1]).toBe("1.34");
  });
});

it("refuses a version that EKS would refuse in words, before anything is changed", () => {
  expect(precondition(2).error_message).toMatch(
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
    /^network\.cidr of the environment "prod" is \S+\/16, but the cluster wbot-prod is in another VPC, and EKS can't move it\./,
  );
});
