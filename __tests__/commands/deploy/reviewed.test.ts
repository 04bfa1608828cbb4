import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { harness } from "../harness";
import { clusterIs, kubernetesApi } from "../kubernetes";
import { deploy } from "../../../commands/deploy/deploy";
import { diff } from "../../../commands/diff/diff";
import type { Report } from "../../../commands/diff/report";
import type { StackName } from "../../../stacks/stack-names";
import { loadEnvironment } from "../../../environments";
import { resource, update } from "../plan/plans";
import { DEPLOYMENT, print, VPC } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";

jest.mock("../../../commands/verification/load-balancer", () => ({
  loadBalancer: () => Promise.resolve(undefined),
}));
jest.mock("../../../commands/session/node-groups", () => ({ nodeGroups: () => Promise.resolve([]) }));

const { terraform } = harness();
const kubernetes = kubernetesApi();
const dev = loadEnvironment("dev");
const vpc = (cidr: string) => update(VPC, { cidr: "a" }, { cidr });
const deployment = (image: string) => update(DEPLOYMENT, { image: "a" }, { image });
const configMap = (id: string) =>
  resource(`kubernetes_config_map_v1.${id}`, ["delete"], { metadata: [{ name: "a" }] }, null);
const answers = (infra: readonly object[], app: readonly object[]) => ({
  "infra show": print({ resource_changes: infra }),
  "app show": print({ resource_changes: app }),
});

const NOT_IN_IT = "which is not in it";
const REVIEWED_AS = "but it was reviewed as";
const SOMETHING_ELSE = "of something other than what was reviewed";

let file: string;
beforeEach(() => {
  clusterIs(new KubeConfig());
  file = join(terraform.folder, "diff.json");
});

async function review(
  infra: readonly object[],
  app: readonly object[],
  stacks: readonly StackName[] = ["infra", "app"],
) {
  terraform.answer(answers(infra, app));
  await diff(new Session(dev), { stacks, format: "json", save: terraform.folder, exitCode: false });
}
const deployed = (stacks: readonly StackName[] = ["infra", "app"]) =>
  deploy(new Session(dev), {
    stacks,
    yes: true,
    preflight: false,
    verify: false,
    reviewed: file,
    resumeCommand: "npx wbot deploy",
  });
const applied = () => terraform.calls().filter((call) => call.endsWith(" apply"));
const edit = (change: (report: any) => unknown) => {
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  writeFileSync(file, JSON.stringify(change(report)));
};

it("deploys what was reviewed", async () => {
  await review([vpc("b")], [deployment("b")]);
  expect(await deployed()).toBe(0);
  expect(applied()).toEqual(["infra apply", "app apply"]);
});

it("refuses a stack whose plan does anything else, lists it, and leaves that stack unchanged", async () => {
  await review([vpc("b")], [deployment("b"), resource("aws_x.x", ["create"], null, {})]);
  const other = [
    deployment("c"),
    resource("aws_x.x", ["delete"], {}, null),
    resource("aws_y.y", ["delete"], {}, null),
  ];
  terraform.answer(answers([vpc("b")], other));
  await expect(deployed()).rejects.toMatchObject({
    exitCode: 1,
    message: [
      `The plan of app differs from the one that was reviewed (${file}), so nothing in app was changed:`,
      `  aws_x.x (aws_x): delete, ${REVIEWED_AS} create`,
      `  aws_y.y (aws_y): delete, ${NOT_IN_IT}`,
      `  ai/deployment (kubernetes_deployment_v1): update ${SOMETHING_ELSE}`,
      "Review again, with the same stacks and --image-tag: npx wbot diff --env dev --save <folder>",
    ].join("\n"),
  });
  expect(applied()).toEqual(["infra apply"]);
});

it("tells an object that an earlier replacement left from the resource that has its address", async () => {
  const left = resource(VPC, ["delete"], { id: "vpc-1" }, null, { deposed: "a1b2c3d4" });
  await review([vpc("b"), left], []);
  expect(await deployed(["infra"])).toBe(0);
  await review([vpc("b")], []);
  terraform.answer(answers([vpc("b"), left], []));
  await expect(deployed(["infra"])).rejects.toThrow(`network/vpc (aws_vpc): delete, ${NOT_IN_IT}`);
});

it("deploys what was reviewed at addresses that differ only in a secret", async () => {
  const at = (password: string, size: number) =>
    update(`aws_x.x["${password}"]`, { password, size: 0 }, { password, size });
  await review([at("one-of-two", 1), at("two-of-two", 2)], []);
  expect(await deployed(["infra"])).toBe(0);
  terraform.answer(answers([at("two-of-two", 3)], []));
  await expect(deployed(["infra"])).rejects.toThrow(`update ${SOMETHING_ELSE}`);
});

it("removes as many nodes as were reviewed, or fewer if the autoscaler has done so since", async () => {
  const group = (nodes: number, max: number) => ({
    scaling_config: [{ desired_size: nodes, max_size: max }],
  });
  const lowered = (nodes: number) =>
    update("aws_eks_node_group.g", group(nodes, 15), group(Math.min(nodes, 5), 5));
  await review([lowered(12)], []);
  for (const nodes of [12, 6, 4]) {
    terraform.answer(answers([lowered(nodes)], []));
    expect(await deployed(["infra"])).toBe(0);
  }
  await review([lowered(6)], []);
  terraform.answer(answers([lowered(12)], []));
  await expect(deployed(["infra"])).rejects.toThrow(
    "aws_eks_node_group.g (aws_eks_node_group): update that removes 7 nodes at once, but was reviewed with 1",
  );
  await review([lowered(4)], []);
  terraform.answer(answers([lowered(12)], []));
  await expect(deployed(["infra"])).rejects.toThrow(
    "aws_eks_node_group.g (aws_eks_node_group): update whose risk was reviewed as medium, but is now high: Removes 7 nodes at once",
  );
});

it("replaces a node group with as few nodes as were reviewed only while the old one has no more", async () => {
  const group = (nodes: number) => ({ scaling_config: [{ desired_size: nodes, max_size: 15 }] });
  const replaced = (nodes: number) =>
    resource("aws_eks_node_group.g", ["create", "delete"], group(nodes), group(2));
  await review([replaced(2)], []);
  expect(await deployed(["infra"])).toBe(0);
  terraform.answer(answers([replaced(12)], []));
  await expect(deployed(["infra"])).rejects.toThrow(
    "aws_eks_node_group.g (aws_eks_node_group): replace whose risk was reviewed as medium, but is now high: Starts with 2 nodes",
  );
});

it("does less if part of it is already done", async () => {
  await review([vpc("b"), update("aws_x.x", { a: 1 }, { a: 2 })], [deployment("b")]);
  terraform.answer(answers([vpc("b")], []));
  expect(await deployed()).toBe(0);
  expect(applied()).toEqual(["infra apply"]);
});

it("deletes the old one of a replacement that a deploy has left half-way, and nothing else", async () => {
  const limit = (name: string) => ({ name });
  const old = resource("aws_x.limit_a_00000000", ["delete"], limit("a"), null);
  // As synthesized, for its path.
  const json = { resource: { aws_x: { limit_b_00000000: { "//": { metadata: { path: "app/limit/b" } } } } } };
  writeFileSync(join(terraform.folder, "app.json"), JSON.stringify(json));
  await review([], [resource("aws_x.limit_b_00000000", ["create"], null, limit("b")), old]);
  terraform.answer(answers([], [resource("aws_x.limit_b_00000000", ["no-op"], limit("b"), limit("b")), old]));
  expect(await deployed()).toBe(0);
  expect(applied()).toEqual(["app apply"]);
  const other = resource("aws_x.limit_c_00000000", ["delete"], limit("c"), null);
  terraform.answer(answers([], [other]));
  await expect(deployed()).rejects.toThrow(`delete, ${NOT_IN_IT}`);
});

it.each([
  ["a", "b"],
  ["b", "a"],
])(
  "deletes what the review kept for old pods that are gone by then: %s, beside %s",
  async (oldest, failed) => {
    clusterIs(kubernetes.config);
    const config = (content: string) => ({ metadata: [{ name: content }], data: {} });
    const addressOf = (content: string) => `kubernetes_config_map_v1.config_${content}_00000000`;
    const deleted = (content: string) => resource(addressOf(content), ["delete"], config(content), null);
    const made = resource(addressOf("c"), ["create"], null, config("c"));
    const pods = update(DEPLOYMENT, { config: failed }, { config: "c" });
    const { metadata } = { metadata: { path: "app/config/c" } };
    const json = { resource: { kubernetes_config_map_v1: { config_c_00000000: { "//": { metadata } } } } };
    writeFileSync(join(terraform.folder, "app.json"), JSON.stringify(json));
    await review([], [deleted(failed), made, pods]);
    terraform.answer(answers([], [deleted("a"), deleted("b"), made, pods]));
    expect(await deployed()).toBe(0);
    expect(applied()).toEqual(["app apply"]);
    // It is no other review's: another one may be replaced.
    terraform.answer(answers([], [deleted(oldest), made, update(DEPLOYMENT, { config: oldest }, {})]));
    await expect(deployed()).rejects.toThrow(`replace ${SOMETHING_ELSE}`);
  },
);

it("refuses to delete any other ConfigMap that isn't in the review", async () => {
  clusterIs(kubernetes.config);
  await review([], []);
  terraform.answer(answers([], [configMap("monitoring_dashboards_overview_00000000")]));
  await expect(deployed()).rejects.toThrow(`delete, ${NOT_IN_IT}`);
});

describe("app, listed because there was no cluster", () => {
  beforeEach(async () => {
    clusterIs(undefined);
    await review([vpc("b")], []);
    clusterIs(kubernetes.config);
  });

  it("may create what was listed", async () => {
    terraform.answer(answers([vpc("b")], [resource(DEPLOYMENT, ["create"], null, { any: "thing" })]));
    expect(await deployed()).toBe(0);
  });

  it.each([
    [deployment("b"), `ai/deployment (kubernetes_deployment_v1): update, ${REVIEWED_AS} create`],
    [resource("aws_x.x", ["create"], null, {}), `aws_x.x (aws_x): create, ${NOT_IN_IT}`],
    [configMap("config_a_00000000"), `config_a (kubernetes_config_map_v1): delete, ${NOT_IN_IT}`],
  ])("may do nothing else: %#", async (change, reason) => {
    terraform.answer(answers([vpc("b")], [change]));
    await expect(deployed()).rejects.toThrow(reason);
    expect(applied()).toEqual(["infra apply"]);
  });
});

describe("app, if infra changes what its plan reads", () => {
  const custom = (a: string) =>
    update(
      "kubernetes_manifest.m",
      { manifest: { kind: "Middleware" } },
      { manifest: { kind: "Middleware", a } },
    );
  beforeEach(() => review([vpc("b")], [deployment("b"), custom("b")]));

  it("must match the review for custom resources, too", async () => {
    terraform.answer(answers([vpc("b")], [deployment("b"), custom("b")]));
    expect(await deployed()).toBe(0);
    terraform.answer(answers([vpc("b")], [deployment("b"), custom("c")]));
    await expect(deployed()).rejects.toThrow(`update ${SOMETHING_ELSE}`);
    terraform.answer(answers([vpc("b")], [resource("kubernetes_manifest.m", ["delete"], {}, null)]));
    await expect(deployed()).rejects.toThrow(`delete, ${REVIEWED_AS} update`);
  });

  it("must match the review exactly for everything else", async () => {
    terraform.answer(answers([vpc("b")], [deployment("c"), custom("b")]));
    await expect(deployed()).rejects.toThrow(
      `ai/deployment (kubernetes_deployment_v1): update ${SOMETHING_ELSE}`,
    );
  });
});

describe("an unusable file", () => {
  it.each([
    [
      "isn't there",
      () => (file = join(terraform.folder, "none")),
      /none \(--reviewed\) can't be read: ENOENT.*npx wbot diff --save <folder> writes\./,
    ],
    [
      "is no JSON",
      () => {
        writeFileSync(file, "## dev");
      },
      /can't be read: .*JSON/,
    ],
    [
      "is something else",
      () => {
        writeFileSync(file, "[]");
      },
      /is not a diff in this version's format \(the whole file: /,
    ],
    [
      "an earlier version wrote",
      () => {
        edit((report) => ({ ...report, version: 1 }));
      },
      /\(--reviewed\) .* \(version: /,
    ],
    [
      "is another environment's",
      () => {
        edit((report) => ({ ...report, environment: "prod" }));
      },
      /is a diff of prod, but you are deploying dev: nothing was changed\./,
    ],
    [
      "says nothing of a stack",
      () => {
        edit((report) => ({ ...report, stacks: report.stacks.slice(0, 1) }));
      },
      /contains no plan of app: nothing was changed\./,
    ],
    [
      "holds an error",
      () => {
        edit((report) => ({
          ...report,
          stacks: report.stacks.map((stack: object) => ({ ...stack, source: "none" })),
        }));
      },
      /contains no plan of infra, which could not be planned:/,
    ],
  ])("is refused before anything is looked at: one that %s", async (_, spoil, message) => {
    await review([vpc("b")], [deployment("b")]);
    const before = terraform.calls().length;
    spoil();
    await expect(deployed()).rejects.toThrow(message);
    expect(terraform.calls()).toHaveLength(before);
  });
});
