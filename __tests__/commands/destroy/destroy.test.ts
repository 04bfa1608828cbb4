import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import {
  DescribeClusterCommand,
  DescribeUpdateCommand,
  EKSClient,
  UpdateClusterConfigCommand,
} from "@aws-sdk/client-eks";
import {
  DescribeSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { asCommandError } from "../../../commands/cli/aws";
import { CommandError } from "../../../commands/cli/exit-codes";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import { harness } from "../harness";
import { destroy } from "../../../commands/destroy/destroy";
import { riskOf } from "../../../commands/plan/risks";
import { loadEnvironment, type Environment } from "../../../environments";
import { localState } from "../../../environments/local-state";
import { sdkError } from "../sdk-error";
import { changing, DEPLOYMENT, failing, print, VPC } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";
import { remains } from "../../../commands/destroy/impact";
import { resource } from "../plan/plans";

jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));

/** Both stacks are there. */
const BOTH = {
  "app show": changing("delete", DEPLOYMENT, "kubernetes_namespace_v1.x"),
  "infra show": changing(
    "delete",
    VPC,
    ["aws_elasticache_replication_group.x", { final_snapshot_identifier: "wbot-staging-final-0a1b2c3d" }],
    "aws_eks_cluster.x",
  ),
};
const { terraform, person, printed, text } = harness(BOTH);
const ec2 = mockClient(EC2Client);
const ecr = mockClient(ECRClient);
const eks = mockClient(EKSClient);
const logs = mockClient(CloudWatchLogsClient);
const secrets = mockClient(SecretsManagerClient);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev");
const staging = loadEnvironment("staging", {
  overrides: { state: { kind: "s3", bucket: "a-bucket" }, redis: { finalSnapshot: true } },
});

beforeEach(() => {
  for (const mock of [ec2, ecr, eks, logs, secrets, sts]) mock.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
  ec2.on(DescribeTagsCommand).resolves({});
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  logs.on(DescribeLogGroupsCommand).resolves({});
  secrets.on(DescribeSecretCommand).resolves({});
  secrets.on(ListSecretsCommand).resolves({});
});

const applied = () => terraform.calls().filter((call) => call.endsWith("apply"));
const destroyed = (environment: Environment = dev) => destroy(new Session(environment), environment.name);

it("does not look up what only a deploy needs", async () => {
  const synthesizedWith: unknown[] = [];
  terraform.answer({
    ...BOTH,
    plan: ({ stack, path }) => {
      synthesizedWith.push([stack, JSON.parse(readFileSync(join(path, "options.json"), "utf8"))]);
      return {};
    },
  });
  await destroyed();
  expect(synthesizedWith).toEqual([
    ["app", { checks: false }],
    ["infra", { checks: false }],
  ]);
});

it("says what will be deleted and what is kept, and destroys app before infra", async () => {
  expect(await destroyed(staging)).toBe(0);
  expect(terraform.calls()).toEqual([
    "app init",
    "app plan",
    "app show",
    "infra init",
    "infra plan",
    "infra show",
    "app apply",
    "infra apply",
  ]);
  const redis = resource(
    "aws_elasticache_replication_group.x",
    ["delete"],
    { final_snapshot_identifier: "x" },
    null,
  );
  const stays = remains(staging, [redis], true);
  expect(text()).toBe(
    [
      "Planning app …",
      "Planned app: 2 to delete [0.1 s]",
      "Planning infra …",
      "Planned infra: 3 to delete [0.1 s]",
      "",
      "Will be deleted:",
      `  aws_eks_cluster.x (aws_eks_cluster): ${riskOf("aws_eks_cluster", "delete")[1]}`,
      `  aws_elasticache_replication_group.x (aws_elasticache_replication_group): ${riskOf("aws_elasticache_replication_group", "delete")[1]}`,
      "  3 other resources",
      "",
      "Will be kept:",
      ...stays,
      "",
      "Destroying app …",
      "Destroyed app: 2 deleted [0.1 s]",
      "Destroying infra …",
      "Destroyed infra: 3 deleted [0.1 s]",
      "",
      "staging is destroyed. What stays:",
      ...stays,
    ].join("\n"),
  );
});

it.each([
  ["doesn't exist", () => secrets.on(DescribeSecretCommand).rejects(sdkError("ResourceNotFoundException"))],
  ["is being deleted", () => secrets.on(DescribeSecretCommand).resolves({ DeletedDate: new Date() })],
])("does not say that an app secret stays that %s", async (_, given) => {
  given();
  terraform.answer({ ...BOTH, "infra show": changing("delete", "aws_eks_cluster.x") });
  await destroyed();
  expect(text()).toMatch(/\nWill be kept:\n.* snapshots .*\n.* terraform\.dev\.\*\.tfstate .*\n\n/);
});

it("names what Kubernetes and EKS left, with the command that deletes it", async () => {
  ec2.on(DescribeTagsCommand).resolves({
    Tags: [{ ResourceId: "vol-0123", ResourceType: "volume", Key: "kubernetes.io/cluster/wbot-dev" }],
  });
  await destroyed();
  expect(printed.at(-1)?.split("\n").at(-1)).toMatch(/^ {2}volume vol-0123, .* --volume-ids vol-0123 /);
});

const LOGGING = {
  name: "wbot-dev",
  status: "ACTIVE" as const,
  endpoint: "https://example.com",
  logging: { clusterLogging: [{ enabled: true, types: ["audit" as const] }] },
};

it("destroys all the same where the control plane's logs can't be switched off, and says so", async () => {
  eks.on(DescribeClusterCommand).resolves({ cluster: LOGGING });
  eks
    .on(UpdateClusterConfigCommand)
    .rejects(sdkError("AccessDeniedException", "not authorized: eks:UpdateClusterConfig"));
  expect(await destroyed()).toBe(0);
  expect(applied()).toEqual(["app apply", "infra apply"]);
  expect(text()).toContain(
    "\n  (the control plane logs were not disabled first: not authorized: eks:UpdateClusterConfig; EKS may recreate their group)",
  );
});

it("is destroyed, not partly, if it is interrupted while it looks for what is left", async () => {
  let said: unknown;
  ec2.on(DescribeTagsCommand).callsFake(() => {
    said = jest.mocked(ifInterrupted).mock.lastCall?.[0];
    return {};
  });
  await destroyed();
  expect(said).toBe("dev is destroyed; to see what is left: npx wbot preflight --only leftovers --env dev");
});

it("switches the control plane's logs off after app is gone and before the cluster goes", async () => {
  const order: string[] = [];
  eks.on(DescribeClusterCommand).resolves({ cluster: LOGGING });
  eks.on(UpdateClusterConfigCommand).callsFake(() => {
    order.push("logs off");
    eks.on(DescribeUpdateCommand).resolves({ update: { status: "Successful" } });
  });
  terraform.answer({
    ...BOTH,
    apply: ({ stack }) => {
      order.push(stack);
      return {};
    },
  });
  await destroyed();
  expect(order).toEqual(["app", "logs off", "infra"]);
});

it("is done all the same where AWS denies the look, and says so", async () => {
  ec2.on(DescribeTagsCommand).rejects(sdkError("UnauthorizedOperation", "not authorized: ec2:DescribeTags"));
  expect(await destroyed()).toBe(0);
  expect(printed.at(-1)).toMatch(/^\ndev is destroyed\. What stays:\n/);
  expect(printed.at(-1)?.split("\n").at(-1)).toContain("(not authorized: ec2:DescribeTags)");
});

it("destroys what is left of an environment", async () => {
  terraform.answer({ ...BOTH, "app show": print({}) });
  expect(await destroyed()).toBe(0);
  expect(applied()).toEqual(["infra apply"]);
  expect(text()).not.toContain("Destroying app");
});

it.each([
  [
    "and forgets what was in it",
    "kubernetes_namespace_v1.x\n",
    ["app plan", "app state", "app state", "app plan"],
  ],
  ["also after that was forgotten", "data.aws_eks_cluster.x\n", ["app plan", "app state", "app plan"]],
])("destroys the rest if the cluster was deleted by hand, %s", async (_, state, calls) => {
  jest.spyOn(Session.prototype, "kubernetes").mockResolvedValue(undefined);
  terraform.answer({
    ...BOTH,
    "app state": { stdout: state },
    // Its data source reads the cluster, unless it isn't to.
    "app plan": ({ args }) =>
      args.includes("-refresh=false")
        ? {}
        : failing("data.aws_eks_cluster.x", "reading EKS Cluster (wbot-dev): couldn't find resource"),
  });
  expect(await destroyed()).toBe(0);
  expect(terraform.calls().filter((call) => /^app (plan|state)$/.test(call))).toEqual(calls);
  expect(applied()).toEqual(["app apply", "infra apply"]);
});

it("destroys stacks that only have outputs left", async () => {
  const outputs = { url: { actions: ["delete"], before: "a", after: null, after_unknown: false } };
  terraform.answer({ "app show": print({}), "infra show": print({ output_changes: outputs }) });
  expect(await destroyed()).toBe(0);
  expect(applied()).toEqual(["infra apply"]);
  expect(text()).toContain("Will be deleted:\n  no resources, only outputs\n");
  expect(text()).toContain("Destroyed infra: only outputs changed");
});

it("says that there is nothing to destroy, and doesn't ask", async () => {
  terraform.answer({ show: print({}) });
  expect(await destroy(new Session(dev))).toBe(0);
  expect(printed.at(-1)).toBe("Nothing to destroy: the states of dev are empty.");
  expect(applied()).toEqual([]);
});

describe("destroys nothing", () => {
  afterEach(() => {
    expect(applied()).toEqual([]);
  });

  it("of a protected environment, and says how to unprotect it", async () => {
    const prod = loadEnvironment("prod");
    await expect(destroyed(prod)).rejects.toThrow(
      "environments/prod.ts and run:\n\n  npx wbot deploy --env prod\n  npx wbot destroy --env prod",
    );
    expect(terraform.calls()).toEqual([]);
  });

  it("whose local state was not moved into its bucket", async () => {
    writeFileSync(localState("staging", "app"), "{}");
    await expect(destroyed(staging)).rejects.toThrow("(out.staging.app.tfstate)");
    expect(terraform.calls()).toEqual([]);
  });

  it("without a terminal, unless its name is given", async () => {
    await expect(destroy(new Session(dev))).rejects.toMatchObject({
      message:
        "Nothing was destroyed: confirmation needs a terminal. To destroy without confirmation: npx wbot destroy --env dev --confirm dev",
      exitCode: 1,
    });
    expect(text()).toContain("Will be deleted:");
  });

  it("if another environment's name is given, before it plans anything", async () => {
    await expect(destroy(new Session(dev), "prod")).rejects.toThrow(
      '"prod" is not "dev": nothing was destroyed.',
    );
    expect(terraform.calls()).toEqual([]);
  });

  it.each([
    ["account", {}],
    // By its administrators.
    ["no account", { account: undefined }],
  ])(
    "with another account's credentials, with %s in the settings, before it plans anything",
    async (_, unset) => {
      const elsewhere = loadEnvironment("dev", {
        overrides: { account: "444455556666", access: { admins: ["arn:aws:iam::444455556666:role/admin"] } },
      });
      await expect(destroyed({ ...elsewhere, ...unset })).rejects.toThrow(
        / 111122223333, .* 444455556666 .* Nothing was destroyed\./,
      );
      expect(terraform.calls()).toEqual([]);
    },
  );

  it("with the credentials of an account other than that of the administrator who is listed first", async () => {
    const admins = ["999955556666", "111122223333"].map((account) => `arn:aws:iam::${account}:role/admin`);
    const elsewhere = loadEnvironment("dev", { overrides: { access: { admins } } });
    await expect(destroyed(elsewhere)).rejects.toThrow(/ 111122223333, .* 999955556666 /);
    expect(terraform.calls()).toEqual([]);
  });

  it.each([
    ["the providers refuse the account", "AWS account ID not allowed: 111122223333"],
    ["another cluster's look-up fails", "reading EKS Cluster (wbot-dev-2): couldn't find resource"],
  ])("and forgets nothing where there is no cluster, but %s", async (_, error) => {
    terraform.answer({ ...BOTH, "app plan": failing("data.aws_eks_cluster.x", error) });
    await expect(destroyed()).rejects.toThrow(
      `Planning app failed:\n\n  data.aws_eks_cluster.x (aws_eks_cluster): ${error}`,
    );
    expect(terraform.calls()).toEqual(["app init", "app plan"]);
  });

  it.each([
    ["is empty", print({})],
    ["has only other things", changing("delete", VPC)],
  ])("where the cluster exists and infra's state %s", async (_, infra) => {
    eks.on(DescribeClusterCommand).resolves({ cluster: LOGGING });
    terraform.answer({ ...BOTH, "app show": print({}), "infra show": infra });
    terraform.synthesizes("infra", { resource: { aws_eks_cluster: { x: {} } } });
    await expect(destroyed()).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Nothing was destroyed: the cluster wbot-dev exists, but isn't in the state of infra\. If it was deployed from another folder, or with another value of the setting state, destroy it from there\. If a deploy was killed while creating it, import it and run this again: \S+ -chdir=\S+infra import aws_eks_cluster\.x wbot-dev\nIf this state has lost it, look for an earlier version: npx wbot state versions infra --env dev$/,
      ) as string,
      exitCode: 1,
    });
    expect(logs.commandCalls(DeleteLogGroupCommand)).toEqual([]);
  });

  it("that AWS still protects, since its settings were not deployed", async () => {
    terraform.answer({
      ...BOTH,
      "infra show": changing(
        "delete",
        ["aws_eks_cluster.x", { deletion_protection: true }],
        ["aws_lb.x", { enable_deletion_protection: true }],
        ["aws_ecr_repository.x", { name: "wbot-ai", force_delete: false }],
        ["aws_s3_bucket.x", { force_destroy: false }],
        ["aws_vpc.x", { deletion_protection: false }],
        ["aws_cloudwatch_event_rule.x", { force_destroy: false }],
      ),
    });
    await expect(destroyed()).rejects.toThrow(
      new CommandError(
        "Nothing was destroyed: AWS refuses to delete\n  aws_eks_cluster.x (aws_eks_cluster)\n  aws_lb.x (aws_lb)\n  aws_ecr_repository.x (aws_ecr_repository)\n  aws_s3_bucket.x (aws_s3_bucket)\nprotection is false in the settings, but that was not deployed. Deploy it first: npx wbot deploy infra --env dev",
      ),
    );
  });

  it("with records that its settings leave to others: only a deploy forgets them", async () => {
    const elsewhere = loadEnvironment("dev", { overrides: { domain: { records: false } } });
    const record: [string, object] = ["aws_route53_record.r", { name: "chat.example.org" }];
    terraform.answer({ ...BOTH, "infra show": changing("delete", "aws_eks_cluster.x", record) });
    await expect(destroyed(elsewhere)).rejects.toThrow(
      new CommandError(
        "Nothing was destroyed: the records of chat.example.org would be deleted, wherever they point now. domain.records is false in the settings, but that was not deployed. Deploy that first, which removes them from the state but not from Route 53: npx wbot deploy infra --env dev",
      ),
    );
  });

  it("by anything but its name", async () => {
    person.answers = ["y"];
    await expect(destroy(new Session(dev))).rejects.toThrow('"y" is not "dev": nothing was destroyed.');
    expect(person.asked).toEqual(["To confirm, type the environment's name (dev): "]);
  });

  it("if it can't be planned", async () => {
    terraform.answer({ ...BOTH, "infra plan": failing(VPC, "ExpiredToken: expired") });
    await expect(destroyed()).rejects.toThrow(
      "Planning infra failed:\n\n  network/vpc (aws_vpc): ExpiredToken: expired",
    );
  });

  it("where it can't say what stays", async () => {
    secrets.on(DescribeSecretCommand).rejects(sdkError("ThrottlingException"));
    expect(await destroyed().catch(asCommandError)).toMatchObject({
      message: expect.stringContaining("(ThrottlingException)"),
      exitCode: 1,
    });
  });
});

it("destroys it once its name is typed at a terminal", async () => {
  person.answers = ["dev"];
  expect(await destroy(new Session(dev))).toBe(0);
  expect(applied()).toEqual(["app apply", "infra apply"]);
});

it.each([
  ["app", ["app apply"]],
  ["infra", ["app apply", "infra apply"]],
])("says what to run where %s can't be taken down whole, and goes no further", async (stack, calls) => {
  terraform.answer({ ...BOTH, [`${stack} apply`]: failing(VPC, "DependencyViolation") });
  await expect(destroyed()).rejects.toMatchObject({
    message:
      `Applying ${stack} failed:\n\n  ${stack === "infra" ? "network/vpc" : VPC} (aws_vpc): DependencyViolation\n\n` +
      "dev is partly destroyed; its states record what is left. To finish, run the same command again: npx wbot destroy --env dev\nOnce the cluster is gone, this lists what it left behind, which may block a new deploy: npx wbot preflight --only leftovers --env dev",
    exitCode: 1,
  });
  expect(applied()).toEqual(calls);
  expect(text()).not.toContain("dev is destroyed. What stays");
});
