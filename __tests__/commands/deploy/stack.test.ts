import { appendFileSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
} from "@aws-sdk/client-eks";
import { ApiException } from "@kubernetes/client-node";
import { mockClient } from "aws-sdk-client-mock";
import { harness } from "../harness";
import { clusterIs } from "../kubernetes";
import { upgradeCrds } from "../../../commands/charts/crds";
import { clearPending } from "../../../commands/leftovers/releases";
import { CommandError } from "../../../commands/cli/exit-codes";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import type { Reviewed } from "../../../commands/deploy/reviewed";
import { deployStack } from "../../../commands/deploy/stack";
import { outcome as outcomeOf } from "../../../commands/plan/summary";
import { planStack } from "../../../commands/plan/plan";
import { stackFolders, type StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { plan, resource, update } from "../plan/plans";
import { changing, failing, FIRST_DEPLOY, print, refusing, VPC } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";
import type { ResourceChange } from "../../../commands/terraform/plan-json";

jest.mock("../../../commands/charts/crds", () => {
  const actual = jest.requireActual<object>("../../../commands/charts/crds");
  return { ...actual, upgradeCrds: jest.fn() };
});
jest.mock("../../../commands/leftovers/releases", () => {
  const actual = jest.requireActual<object>("../../../commands/leftovers/releases");
  return { ...actual, clearPending: jest.fn(Reflect.get(actual, "clearPending") as () => unknown) };
});
jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));

const { terraform, person, printed } = harness(FIRST_DEPLOY);
let folders: Record<"infra" | "app", StackFolder>;
const dev = new Session(loadEnvironment("dev"));
beforeEach(() => {
  clusterIs(undefined);
  folders = stackFolders(dev.environment);
});

const deployed = (options = {}) =>
  deployStack(dev, folders.infra, { yes: true, resumeCommand: "npx wbot deploy infra", ...options });

it("reports its progress, shows the plan, and returns the changes", async () => {
  const { changes } = await deployed();
  expect(changes.map(({ name }) => name)).toEqual(["network/vpc"]);
  expect(printed.map((line) => line.replace(/\d+\.\d s/, "0.1 s"))).toEqual([
    "Planning infra …",
    "Planned infra: 1 to create [0.1 s]",
    "\ninfra: 1 to create\n\n  + network/vpc  aws_vpc [network]\n",
    "Deploying infra …",
    "Deployed infra: 1 created [0.1 s]",
  ]);
});

const release = (version: string) => ({ name: "traefik", chart: "traefik", version });
const NEW_CHART = {
  ...FIRST_DEPLOY,
  "infra show": print(plan(update("helm_release.traefik", release("1"), release("2")))),
};

it("shows whose CRDs it upgrades before the rest, and says how to continue if it is interrupted meanwhile", async () => {
  terraform.answer(NEW_CHART);
  jest.mocked(upgradeCrds).mockImplementationOnce(() => {
    expect(terraform.calls().at(-1)).toBe("infra show");
    return Promise.resolve();
  });
  await deployed();
  expect(printed.join("\n")).toContain("\n  ~ CRDs of traefik\n");
  expect(printed.join("\n")).toContain("Upgraded the CRDs of traefik");
  expect(ifInterrupted).toHaveBeenCalledWith(expect.stringMatching(/^Some CRDs .*: npx wbot deploy infra$/));
});

it("says how to finish if it is interrupted while it applies, and how to continue after, such as at the next question", async () => {
  const last = () => jest.mocked(ifInterrupted).mock.lastCall?.[0];
  let meanwhile: string | undefined;
  terraform.answer({
    ...FIRST_DEPLOY,
    apply: () => {
      meanwhile = last();
      return {};
    },
  });
  await deployed();
  expect([meanwhile, last()]).toEqual([
    "infra of dev is partly changed; its state records what was applied. To finish: npx wbot deploy infra",
    "infra of dev is deployed. To continue: npx wbot deploy infra",
  ]);
});

describe("what Kubernetes refuses once the deploy is confirmed", () => {
  const denied = new ApiException(403, "", JSON.stringify({ message: "no" }), {});

  it("ends the upgrade of CRDs with what is left", async () => {
    terraform.answer(NEW_CHART);
    jest.mocked(upgradeCrds).mockRejectedValueOnce(denied);
    await expect(deployed()).rejects.toThrow(
      new CommandError(
        "The CRDs can't be upgraded: no\n\nSome CRDs may have been upgraded, but nothing else has changed. To continue: npx wbot deploy infra",
      ),
    );
  });

  it("ends the clearing of Helm's records with what is left", async () => {
    jest.mocked(clearPending).mockRejectedValueOnce(new Error("\nAn error occurred (ExpiredToken)\n"));
    await expect(deployed()).rejects.toThrow(
      new CommandError(
        "Helm's records can't be changed: An error occurred (ExpiredToken)\n\nSome of Helm's records may have been changed, but nothing else. To continue: npx wbot deploy infra",
      ),
    );
  });
});

it("says how to continue if it is interrupted while it drops what was in a lost cluster", async () => {
  let lost = true;
  terraform.answer({
    ...FIRST_DEPLOY,
    plan: () => (lost ? failing("helm_release.x", 'Get "http://localhost/api": connection refused') : {}),
    state: ({ args: [, what] }) => {
      lost = what === "list";
      if (!lost)
        expect(jest.mocked(ifInterrupted).mock.lastCall?.[0]).toBe(
          "The cluster's objects may already be removed from the state of infra; nothing else was changed. To continue, run the same command again.",
        );
      return print("helm_release.x");
    },
  });
  await deployed();
  expect(terraform.lines()).toContain("state rm -lock-timeout=10s helm_release.x");
});

it("applies the saved plan, and only its owner can read it", async () => {
  const found: unknown[] = [];
  terraform.answer({
    ...FIRST_DEPLOY,
    apply: ({ args: [, , , , file = ""] }) => {
      found.push(statSync(dirname(file)).mode & 0o777, readFileSync(file, "utf8"));
      return {};
    },
  });
  await deployed();
  expect(found).toEqual([0o700, "secrets"]);
});

describe("a plan that only changes the state", () => {
  const same = (address: string, more: object) => resource(address, ["no-op"], {}, {}, more);
  it.each([
    [
      "forgets",
      { resource_changes: [resource("aws_x.x", ["forget"], {}, null)] },
      "1 to forget",
      "  ○ aws_x.x  aws_x: forgotten, not destroyed",
      "1 forgotten",
    ],
    [
      "moves",
      { resource_changes: [same(VPC, { previous_address: "aws_vpc.old" })] },
      "1 to move",
      "  → network/vpc  aws_vpc: moved, from aws_vpc.old [network]",
      "1 moved",
    ],
    [
      "imports",
      { resource_changes: [same(VPC, { change: { importing: { id: "vpc-1" } } })] },
      "1 to import",
      "  ← network/vpc  aws_vpc: imported, from vpc-1 [network]",
      "1 imported",
    ],
    [
      "changes outputs",
      { output_changes: { url: { actions: ["update"], before: "a", after: "b", after_unknown: false } } },
      "only outputs to change",
      '      url: "a" → "b"',
      "only outputs changed",
    ],
  ])("is shown, asked about and applied where it only %s", async (_, json, summary, line, outcome) => {
    person.answers = [true];
    terraform.answer({ ...FIRST_DEPLOY, "infra show": print(json) });
    const done = await deployed({ yes: false });
    expect(printed.join("\n").split("\n")).toEqual(expect.arrayContaining([`infra: ${summary}`, line]));
    expect(person.asked).toEqual(["Deploy infra to dev?"]);
    expect(terraform.calls().at(-1)).toBe("infra apply");
    expect(outcomeOf(done)).toBe(outcome);
  });
});

it("applies what Terraform says can be applied, and nothing else", async () => {
  const json = { resource_changes: [resource(VPC, ["update"], {}, {})] };
  terraform.answer({ ...FIRST_DEPLOY, "infra show": print({ ...json, applyable: false }) });
  await deployed();
  expect(terraform.calls().at(-1)).toBe("infra show");
  terraform.answer({ ...FIRST_DEPLOY, "infra show": print({ ...json, applyable: true }) });
  await deployed();
  expect(terraform.calls().at(-1)).toBe("infra apply");
});

describe("a user at a terminal", () => {
  it("sees the plan, then confirms the deploy", async () => {
    person.answers = [true];
    await deployed({ yes: false });
    expect(printed).toEqual(["\ninfra: 1 to create\n\n  + network/vpc  aws_vpc [network]\n"]);
    expect(person.asked).toEqual(["Deploy infra to dev?"]);
    expect(terraform.calls().at(-1)).toBe("infra apply");
  });

  it("deploys nothing with any other answer", async () => {
    person.answers = [false];
    await expect(deployed({ yes: false })).rejects.toMatchObject({
      message: "infra was not deployed: not confirmed.",
      exitCode: 1,
    });
    expect(terraform.calls().at(-1)).toBe("infra show");
  });

  it("is not asked if nothing changes, or with --yes", async () => {
    person.answers = [false];
    await deployed();
    terraform.answer({ ...FIRST_DEPLOY, "infra show": print({}) });
    await deployed({ yes: false });
    expect(person.asked).toEqual([]);
    expect(terraform.calls().filter((call) => call.endsWith("apply"))).toHaveLength(1);
  });
});

it("plans the destruction of a stack on request", async () => {
  terraform.answer({ show: changing("delete", VPC) });
  const { changes } = await planStack(folders.infra, { destroy: true });
  expect(changes.map(({ action }) => action)).toEqual(["delete"]);
  expect(terraform.lines()).toContainEqual(expect.stringMatching(/^plan .* -destroy /));
});

describe("another command in the same checkout", () => {
  it("may write the same stack, and a wrapper around Terraform may edit it", async () => {
    stackFolders(dev.environment);
    terraform.answer({
      ...FIRST_DEPLOY,
      init: ({ path }) => {
        appendFileSync(join(path, "cdk.tf.json"), "\n");
        return {};
      },
    });
    await deployed();
    expect(terraform.calls().at(-1)).toBe("infra apply");
  });

  it("never has its settings planned by this one", async () => {
    terraform.synthesizes("infra", { resource: {} });
    stackFolders(dev.environment);
    const folder = join(terraform.folder, "out", "dev");
    await expect(deployed()).rejects.toThrow(
      new Error(
        `Another command rewrote ${folder} with other settings while infra was being planned, so the plan was discarded. Run this again once that command has ended, or use a separate folder: export CDKTF_OUTDIR=<folder>`,
      ),
    );
    expect(terraform.calls()).toEqual(["infra init", "infra plan"]);
  });
});

it("changes nothing if terraform init fails", async () => {
  terraform.answer({ ...FIRST_DEPLOY, init: refusing("Error: no valid credential sources found") });
  await expect(deployed()).rejects.toThrow("\n\n  Error: no valid credential sources found");
  expect(terraform.calls()).toEqual(["infra init"]);
});

describe("a plan that changes a node group's bounds, or replaces it", () => {
  const GROUP = "aws_eks_node_group.on-demand_group_0123ABCD";
  const sized = (desired_size: number, min_size: number) => ({
    cluster_name: "wbot-dev",
    node_group_name: "on-demand-2026",
    scaling_config: [{ desired_size, min_size, max_size: 9 }],
  });
  const raising = (from: number) =>
    print({ resource_changes: [resource(GROUP, ["update"], sized(from, 2), sized(Math.max(from, 4), 4))] });
  const eks = mockClient(EKSClient);
  const nodes = (desiredSize: number) => ({ nodegroup: { scalingConfig: { desiredSize } } });
  beforeEach(() => {
    eks.reset();
    eks.on(DescribeClusterCommand).resolves({ cluster: {} });
    eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["on-demand-2026", "spot-2026"] });
  });

  it("is applied as it is if no node came or went", async () => {
    terraform.answer({ "infra show": raising(2) });
    eks.on(DescribeNodegroupCommand).resolves(nodes(2));
    await deployed();
    expect(terraform.calls()).toEqual(["infra init", "infra plan", "infra show", "infra apply"]);
  });

  it("is applied as it is if the group is new", async () => {
    const created = resource(GROUP, ["create"], null, sized(2, 2));
    terraform.answer({ "infra show": print({ resource_changes: [created] }) });
    await deployed();
    expect(terraform.calls().at(-1)).toBe("infra apply");
  });

  const replacing = (from: number) =>
    print({ resource_changes: [resource(GROUP, ["create", "delete"], sized(from, 2), sized(from, 2))] });

  it.each([
    ["bounds", raising],
    ["replacement", replacing],
  ])(
    "is made again if the autoscaler has moved it: nothing just scaled out is scaled in (%s)",
    async (_, of) => {
      let live = 2;
      terraform.answer({ "infra show": () => of(live) });
      eks.on(DescribeNodegroupCommand).callsFake(() => nodes((live = 5)));
      await deployed();
      expect(printed).toContain("Scaled since the plan: on-demand-2026 has 5 nodes, not 2. Planning again.");
      expect(terraform.calls()).toEqual([
        ...["infra init", "infra plan", "infra show"],
        ...["infra init", "infra plan", "infra show", "infra apply"],
      ]);
    },
  );

  it("is made again as often as that happens, never applied over a group that has just moved", async () => {
    let live = 2;
    terraform.answer({ "infra show": () => raising(live) });
    eks.on(DescribeNodegroupCommand).callsFake(() => nodes((live = Math.min(live + 1, 10))));
    await deployed();
    expect(terraform.calls().filter((call) => call === "infra plan")).toHaveLength(5);
    expect(terraform.calls().at(-1)).toBe("infra apply");
  });
});

describe("before a plan other than the reviewed one is refused", () => {
  const reviewed: Reviewed = {
    file: "diff.json",
    stacks: [{ stack: "infra", source: "plan", changes: [] }],
    reviewHint: "Review again: npx wbot diff",
  };

  it("nothing leaves the state, even if the cluster is gone", async () => {
    terraform.answer({
      plan: failing(VPC, 'Get "http://localhost/api/v1/namespaces/traefik"'),
      "infra state": print("kubernetes_namespace_v1.traefik"),
    });
    await expect(deployed({ reviewed })).rejects.toThrow(/^Planning infra failed:/);
    expect(terraform.calls()).toEqual(["infra init", "infra plan"]);
    await expect(deployed()).rejects.toThrow(/^Planning infra failed:/);
    expect(terraform.lines()).toContain("state rm -lock-timeout=10s kubernetes_namespace_v1.traefik");
  });

  beforeEach(() => jest.mocked(clearPending).mockClear());
  it.each([
    ["does something else", {}, reviewed.reviewHint],
    [
      "does what AWS would refuse",
      { "infra show": print({ resource_changes: [sameName()] }) },
      "node-role_role (aws_iam_role, because of path): ",
    ],
  ])("Helm's record stays as it is, of a plan that %s", async (_, answers, refusal) => {
    terraform.answer({ ...FIRST_DEPLOY, ...answers });
    await expect(deployed({ reviewed })).rejects.toThrow(refusal);
    expect(clearPending).not.toHaveBeenCalled();
  });

  it("but after one that isn't, what is pending is cleared", async () => {
    terraform.answer({ ...FIRST_DEPLOY, "infra show": print({}) });
    await deployed({ reviewed });
    expect(clearPending).toHaveBeenCalledTimes(1);
  });
});

/** A replacement under the same name. */
function sameName() {
  const role = { name: "wbot-dev-node" };
  return resource("aws_iam_role.node-role_role_0123ABCD", ["create", "delete"], role, role, {
    change: { replace_paths: [["path"]] },
  });
}

it("refuses what AWS would refuse in the middle of an apply: a replacement under the same name", async () => {
  terraform.answer({ "infra show": print({ resource_changes: [sameName()] }) });
  await expect(deployed()).rejects.toThrow(
    /^Nothing in infra was deployed to dev, because AWS would reject it partway through:\n {2}node-role_role \(aws_iam_role, because of path\): .+ name "wbot-dev-node" /,
  );
  expect(terraform.calls()).not.toContain("infra apply");
});

describe("what AWS would refuse after other things are gone", () => {
  const shown = (...changes: readonly ResourceChange[]) => {
    terraform.answer({ "infra show": print({ resource_changes: changes }) });
  };
  const ecr = mockClient(ECRClient);
  const running = (...imageTags: string[]) => {
    ecr.reset();
    ecr.on(DescribeImagesCommand).resolves({ imageDetails: [{ imageTags }] });
  };
  beforeEach(() => {
    running("running-dev");
  });
  const LB = "aws_lb.load-balancer_nlb_0123ABCD";
  const protectedLb = { internal: false, enable_deletion_protection: true };

  it("is refused by name: what is still protected, until that alone was lifted", async () => {
    shown(
      resource(LB, ["delete", "create"], protectedLb, { internal: true, enable_deletion_protection: false }),
      resource("aws_ecr_repository.ai", ["delete"], { name: "wbot-ai", force_delete: false }, null),
      resource("aws_s3_bucket.logs", ["delete"], { bucket: "logs", force_destroy: false }, null),
    );
    await expect(deployed()).rejects.toThrow(
      /:\n {2}\S+ \(aws_ecr_repository\): .*\n {2}\S+ \(aws_s3_bucket\): .*\n {2}load-balancer_nlb \(aws_lb\): .* `protection: false` .*$/,
    );
    expect(terraform.calls()).not.toContain("infra apply");
  });

  it("is not what lifts protection, what was never protected, or what is only forgotten", async () => {
    shown(
      resource(LB, ["update"], protectedLb, { ...protectedLb, enable_deletion_protection: false }),
      resource("aws_ecr_repository.ai", ["delete"], { name: "wbot-ai", force_delete: true }, null),
      // A rule's force_destroy is about those that AWS itself manages.
      resource("aws_cloudwatch_event_rule.r", ["delete"], { force_destroy: false }, null),
      resource("aws_s3_bucket.logs", ["forget"], { bucket: "logs", force_destroy: false }, null),
    );
    await deployed();
    expect(terraform.calls().at(-1)).toBe("infra apply");
  });

  it.each([
    ["deleted", ["delete"], null],
    ["replaced", ["delete", "create"], { name: "dev/wbot-ai", force_delete: true }],
  ])("is refused: a repository that is %s, and whose images prod runs", async (_, actions, after) => {
    const before = { name: "wbot-ai", region: "us-east-1", force_delete: true };
    shown(resource("aws_ecr_repository.ai", actions, before, after));
    running("running-dev", "running-prod");
    await expect(deployed()).rejects.toThrow(
      /^Nothing in infra was deployed to dev: .+:\n {2}prod may run wbot-ai in us-east-1, tagged running-prod\nFirst deploy .+, or remove these repositories from dev's state/,
    );
    expect(terraform.calls()).not.toContain("infra apply");
  });

  it.each([
    ["valkey", "redis", ["delete", "create"]],
    ["redis", "valkey", ["update"]],
  ])("is refused: Redis's engine, from %s to %s", async (before, after, actions) => {
    shown(resource("aws_elasticache_replication_group.g", actions, { engine: before }, { engine: after }));
    await expect(deployed()).rejects.toThrow(
      /AWS would reject it[^]*\(aws_elasticache_replication_group\): .*`in-cluster`/,
    );
    expect(terraform.calls()).not.toContain("infra apply");
  });
});
