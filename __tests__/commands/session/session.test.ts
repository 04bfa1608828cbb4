import { rmSync } from "node:fs";
import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { CommandError } from "../../../commands/cli/exit-codes";
import { harness } from "../harness";
import { Session } from "../../../commands/session/session";
import { stackFolders } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

const { terraform } = harness();
const eks = mockClient(EKSClient);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev");
const changed = { ...dev, web: { ...dev.web, targetCpuPercent: 1 } };

let session: Session;
beforeEach(() => {
  session = new Session(dev);
  for (const mock of [eks, sts]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333", Arn: "me" });
});

describe("the cluster", () => {
  const cluster = { endpoint: "https://cluster.test", certificateAuthority: { data: "" } };
  const asked = () => eks.commandCalls(DescribeClusterCommand).length;

  it("is looked up once, also by concurrent callers, and so is its sign-in", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster });
    const [one, other, config] = await Promise.all([
      session.cluster(),
      session.of(changed).cluster(),
      session.kubernetes(),
    ]);
    expect(other).toBe(one);
    expect(config?.getCurrentCluster()).toMatchObject({ name: "wbot-dev", server: cluster.endpoint });
    expect(await session.of(changed).kubernetes()).toBe(config);
    expect(asked()).toBe(1);
  });

  it.each([
    [
      "there is none",
      () => eks.on(DescribeClusterCommand).rejectsOnce(sdkError("ResourceNotFoundException")),
    ],
    ["it is being made", () => eks.on(DescribeClusterCommand).resolvesOnce({ cluster: {} })],
  ])("is asked for again where %s", async (_, arrange) => {
    arrange().resolves({ cluster });
    expect(await session.kubernetes()).toBeUndefined();
    expect(await session.kubernetes()).toBeDefined();
    expect(asked()).toBe(2);
  });

  it("is looked up again after a failure", async () => {
    eks.on(DescribeClusterCommand).rejectsOnce(sdkError("ThrottlingException")).resolves({ cluster });
    await expect(session.cluster()).rejects.toThrow("ThrottlingException");
    expect(await session.cluster()).toBe(cluster);
  });

  it("is looked up again after it was changed", async () => {
    const later = { ...cluster, endpoint: "https://another.test" };
    eks.on(DescribeClusterCommand).resolvesOnce({ cluster }).resolves({ cluster: later });
    await session.kubernetes();
    session.forgetCluster();
    expect((await session.kubernetes())?.getCurrentCluster()?.server).toBe("https://another.test");
  });
});

it("has one SDK client of a kind and a region, also for other settings", async () => {
  expect(session.of(changed).client(EKSClient)).toBe(session.client(EKSClient));
  const abroad = session.client(EKSClient, "eu-west-1");
  expect(abroad).not.toBe(session.client(EKSClient));
  expect(await abroad.config.region()).toBe("eu-west-1");
});

it("looks up the caller's identity once, also for other settings", async () => {
  expect(await session.identity()).toEqual({ account: "111122223333", arn: "me" });
  expect(await session.of(changed).requireAccount("")).toBe("111122223333");
  expect(sts.calls()).toHaveLength(1);
});

it("refuses another account's credentials, and says which account the environment belongs to", async () => {
  const elsewhere = session.of({ ...dev, account: "444455556666" });
  await expect(elsewhere.requireAccount("Nothing was read.")).rejects.toThrow(
    new CommandError(
      'These credentials (me) belong to account 111122223333, but the environment "dev" belongs to account 444455556666 (settings account and access.admins). Nothing was read. Use a profile of that account: export AWS_PROFILE=<profile>',
    ),
  );
});

it("is the same one for the same settings", () => {
  expect(session.of(dev)).toBe(session);
});

describe("the stacks", () => {
  it("are synthesized once for the same settings", async () => {
    const stacks = await session.stacks();
    expect(await session.synthesized()).toBe(stacks);
    expect(terraform.syntheses()).toBe(1);
    await session.of(changed).stacks();
    expect(terraform.syntheses()).toBe(2);
  });

  it.each([
    ["rewritten them", () => stackFolders(changed)],
    [
      "deleted them",
      () => {
        rmSync(terraform.folder + "/out", { recursive: true });
      },
    ],
  ])("are synthesized again where another command has %s", async (_, another) => {
    terraform.synthesizes("app", {});
    await session.stacks();
    terraform.synthesizes("app", { resource: {} });
    another();
    terraform.synthesizes("app", {});
    expect((await session.stacks()).app.json).toEqual({});
  });

  it("are refused if their pods don't fit, but can still be read", async () => {
    const { onDemand } = dev.nodes;
    const crowded = { ...dev, nodes: { ...dev.nodes, onDemand: { ...onDemand, min: 0, max: 0 } } };
    await expect(new Session(crowded).stacks()).rejects.toThrow("npx wbot capacity --env dev");
    expect((await new Session(crowded).synthesized()).app.stack).toBe("app");
  });
});
