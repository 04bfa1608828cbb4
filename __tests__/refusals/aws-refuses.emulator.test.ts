import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { ECRClient, GetLifecyclePolicyCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import {
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
  UpdateClusterConfigCommand,
  UpdateNodegroupConfigCommand,
  type Nodegroup,
} from "@aws-sdk/client-eks";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { clientConfig } from "../../commands/cli/aws";
import { deploy } from "../../commands/deploy/deploy";
import { destroy } from "../../commands/destroy/destroy";
import { apply, planStack } from "../../commands/plan/plan";
import { preflight } from "../../commands/preflight/preflight";
import { Session } from "../../commands/session/session";
import { loadEnvironment, type Overrides } from "../../environments";
import { EMULATED_ACCOUNT, emulator } from "../../environments/emulator";
import { localState } from "../../environments/local-state";
import { logGroup, namesOf } from "../../environments/names";
import { perService, SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import type { StackName } from "../../stacks/stack-names";
import { GOOD } from "../commands/secrets/good";
import { EMULATOR } from "../emulator";
import { describeWith, TERRAFORM, type Need } from "../programs";
import { synth } from "../synth";
import { RefusingLayer, type LifecycleRule } from "./layer";

jest.mock("../../environments/emulator", () => {
  const real = jest.requireActual<{ emulator: () => string }>("../../environments/emulator");
  return { ...real, emulator: jest.fn(real.emulator) };
});

const ASKED: Need = {
  what: "WBOT_REFUSALS=1, since it takes 20 minutes",
  isThere: () => process.env["WBOT_REFUSALS"] === "1",
};
const MINUTES = 60_000;
const REGION = "us-east-1";
const NAME = `refused-${process.pid}`;
const REGISTRY = `${EMULATED_ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const repositoryOf = (key: ServiceKey) => `${NAME}/${SERVICES[key].name}`;
const REPOSITORY = repositoryOf("web");

/**
 * The life of an environment in front of a layer that refuses what AWS refuses: what the naive call is told, and that ours
 * is not refused. One test builds on the one before.
 */
describeWith([ASKED, EMULATOR, TERRAFORM], "an AWS that refuses, in front of an emulator", () => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  const cdktfOut = process.env["CDKTF_OUTDIR"];
  let layer: RefusingLayer;
  let eks: EKSClient;
  let ecr: ECRClient;
  let outdir: string;

  /** The environment as its settings are now: each test adds to them. */
  let settings: Overrides = { registry: { namespace: NAME, keepImages: 5 } };
  const session = (more: Overrides = {}) => {
    const overrides = { ...settings, ...more };
    const environment = loadEnvironment("rehearsal", { overrides, chartMirror: process.env["CHART_MIRROR"] });
    return new Session({ ...environment, name: NAME });
  };
  const names = namesOf({ ...loadEnvironment("rehearsal"), name: NAME });

  const deployed = (stack: StackName, more?: Overrides) =>
    deploy(session(more), { stacks: [stack], yes: true, preflight: false, verify: false, resumeCommand: "" });
  /** A new emulated cluster may refuse the first calls to its API. */
  const firstDeployed = async () => deployed("infra").catch(() => deployed("infra"));
  const found = async (check: string, of = session()) =>
    (await preflight(of, { only: [check], silent: true })).map(({ status, why }) => `${status}: ${why}`);
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => "accepted",
      (error: unknown) => (error as Error).message,
    );
  const onDemand = async (): Promise<Nodegroup> => {
    const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName: names.cluster }));
    const nodegroupName = nodegroups.find((name) => name.startsWith("on-demand"));
    const { nodegroup } = await eks.send(
      new DescribeNodegroupCommand({ clusterName: names.cluster, nodegroupName }),
    );
    return nodegroup ?? {};
  };
  const scale = async (scalingConfig: { minSize?: number; maxSize?: number; desiredSize?: number }) =>
    eks.send(
      new UpdateNodegroupConfigCommand({
        clusterName: names.cluster,
        nodegroupName: (await onDemand()).nodegroupName,
        scalingConfig,
      }),
    );
  const planned = async (more?: Overrides) => {
    const plan = await planStack((await session(more).stacks()).infra);
    return plan.changes.map(({ name, action }) => `${action} ${name}`);
  };
  const plainDestroy = async (stack: StackName) => {
    const plan = await planStack((await session().stacks())[stack], { destroy: true });
    await apply(plan, () => undefined);
  };

  beforeAll(async () => {
    jest.spyOn(console, "log").mockReturnValue(undefined);
    layer = new RefusingLayer(endpoint ?? "", REGION);
    process.env["AWS_ENDPOINT_URL"] = await layer.listen();
    outdir = mkdtempSync(join(tmpdir(), "wbot-refused-"));
    process.env["CDKTF_OUTDIR"] = outdir;
    eks = new EKSClient(clientConfig(REGION));
    ecr = new ECRClient(clientConfig(REGION));
    await new SecretsManagerClient(clientConfig(REGION)).send(
      new CreateSecretCommand({ Name: names.appSecret, SecretString: JSON.stringify(GOOD) }),
    );
    await firstDeployed();
  }, 10 * MINUTES);
  beforeEach(() => {
    jest.spyOn(console, "log").mockReturnValue(undefined);
    layer.said.length = 0;
  });
  afterEach(() => {
    layer.lacks.length = 0;
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await new SecretsManagerClient(clientConfig(REGION)).send(
      new DeleteSecretCommand({ SecretId: names.appSecret, ForceDeleteWithoutRecovery: true }),
    );
    await layer.close();
    process.env["AWS_ENDPOINT_URL"] = endpoint;
    if (cdktfOut === undefined) delete process.env["CDKTF_OUTDIR"];
    else process.env["CDKTF_OUTDIR"] = cdktfOut;
    rmSync(outdir, { recursive: true });
    for (const stack of ["infra", "app"])
      for (const suffix of ["", ".backup"]) rmSync(`${localState(NAME, stack)}${suffix}`, { force: true });
  });

  it(
    "changes a group's bounds, which EKS refuses without its desired size",
    async () => {
      expect(await refusal(scale({ minSize: 2, maxSize: 3 }))).toBe(
        "Minimum capacity 2 can't be greater than desired size 1",
      );
      const bounds = (min: number, max: number) => ({ nodes: { onDemand: { min, max } } });
      settings = { ...settings, ...bounds(2, 3) };
      await deployed("infra");
      expect((await onDemand()).scalingConfig).toEqual({ minSize: 2, desiredSize: 2, maxSize: 3 });
      // What the autoscaler has scaled out stays.
      await scale({ desiredSize: 3 });
      settings = { ...settings, ...bounds(1, 4) };
      await deployed("infra");
      expect((await onDemand()).scalingConfig).toEqual({ minSize: 1, desiredSize: 3, maxSize: 4 });
      settings = { ...settings, ...bounds(1, 2) };
      await deployed("infra");
      expect((await onDemand()).scalingConfig).toEqual({ minSize: 1, desiredSize: 2, maxSize: 2 });
      expect(layer.said).toHaveLength(1);
    },
    10 * MINUTES,
  );

  it("has described its security groups in EC2's characters, of which an apostrophe is none", async () => {
    const described = { GroupName: NAME, Description: "Traefik's pods" };
    expect(
      await refusal(new EC2Client(clientConfig(REGION)).send(new CreateSecurityGroupCommand(described))),
    ).toContain("Invalid security group description");
  });

  it(
    "finds a type that a zone lacks before EKS does",
    async () => {
      layer.lacks.push(["c7g.large", `${REGION}b`]);
      const lacking = { nodes: { onDemand: { instanceTypes: ["c7g.large"] } } };
      jest.mocked(emulator).mockReturnValue(undefined);
      expect(await found("instances", session(lacking))).toContain(
        "fail: EC2 does not offer c7g.large in us-east-1b",
      );
      jest
        .mocked(emulator)
        .mockReset()
        .mockImplementation(() => process.env["AWS_ENDPOINT_URL"]);
      const trouble = await refusal(deployed("infra", lacking));
      expect(trouble).toContain(
        "instance type (c7g.large) is not supported in your requested Availability Zone (us-east-1b)",
      );
      // The group that runs has not been touched, and the old settings need no repair.
      expect((await onDemand()).instanceTypes).toEqual(["t4g.medium"]);
      expect(await deployed("infra")).toBe(0);
    },
    10 * MINUTES,
  );

  it(
    "refuses other zones at plan, and plans nothing for another order",
    async () => {
      const { SubnetIds, taken } = await privateSubnets();
      expect(
        await refusal(
          eks.send(
            new UpdateClusterConfigCommand({
              name: names.cluster,
              resourcesVpcConfig: { subnetIds: SubnetIds.slice(0, 1) },
            }),
          ),
        ),
      ).toContain("they should belong to the exact set of AZs 'us-east-1a,us-east-1b'");
      expect(await refusal(new EC2Client(clientConfig(REGION)).send(new CreateSubnetCommand(taken)))).toBe(
        `The CIDR '${taken.CidrBlock}' conflicts with another subnet`,
      );
      layer.said.length = 0;

      const zones = (...letters: string[]) => ({ zones: letters.map((letter) => `${REGION}${letter}`) });
      const before = readFileSync(localState(NAME, "infra"), "utf8");
      const message = await refusal(deployed("infra", zones("a", "c")));
      expect(message).toContain(
        `but the cluster ${names.cluster} is in us-east-1a, us-east-1b, and EKS can't move it`,
      );
      expect(message).not.toContain("another VPC");
      expect(readFileSync(localState(NAME, "infra"), "utf8")).toBe(before);
      expect(layer.said).toEqual([]);

      // What the emulator itself forgets is in both.
      expect(await planned(zones("b", "a"))).toEqual(await planned());
    },
    10 * MINUTES,
  );

  it(
    "keeps the images that run and ran before, however many newer ones there are",
    async () => {
      layer.mutable.push(...mutableTags());
      for (const tag of ["v1", "v2"]) {
        for (const key of SERVICE_KEYS) await push(repositoryOf(key), tag);
        const image = (key: ServiceKey) => ({ repository: `${REGISTRY}/${repositoryOf(key)}`, tag });
        settings = { ...settings, ...perService((key) => ({ image: image(key) })) };
        await deployed("app");
      }
      expect(await refusal(push(REPOSITORY, "v1", "another image"))).toContain("the tag is immutable");
      for (let newer = 1; newer <= 20; newer++) await push(REPOSITORY, `newer-${newer}`);
      const { lifecyclePolicyText = "" } = await ecr.send(
        new GetLifecyclePolicyCommand({ repositoryName: REPOSITORY }),
      );
      const { rules } = JSON.parse(lifecyclePolicyText) as { rules: LifecycleRule[] };

      expect(await layer.expireImages(REPOSITORY, rules)).toHaveLength(22 - 5 - 2);
      expect((await found("images")).join("\n")).not.toContain("fail");

      // As a policy that only counts would have it.
      await layer.expireImages(REPOSITORY, rules.slice(-1));
      expect((await found("images")).join("\n")).toContain("is no longer in");
    },
    10 * MINUTES,
  );

  it(
    "deploys over the log group that EKS created again, and destroys without leaving one",
    async () => {
      await plainDestroy("app");
      await plainDestroy("infra");
      const name = logGroup(names.cluster);
      expect(layer.said).toEqual([`EKS created ${name} again`]);
      const logs = new CloudWatchLogsClient(clientConfig(REGION));
      expect(await refusal(logs.send(new CreateLogGroupCommand({ logGroupName: name })))).toMatch(
        /already exists/,
      );
      expect((await found("leftovers")).join("\n")).toContain(`${name} is left over`);

      expect(await firstDeployed()).toBe(0);
      layer.said.length = 0;
      expect(await destroy(session(), NAME)).toBe(0);
      expect(layer.said).toEqual([]);
      expect(await found("leftovers")).toEqual([expect.stringMatching(/^pass: /)]);
      expect(existsSync(localState(NAME, "infra"))).toBe(true);
    },
    20 * MINUTES,
  );

  async function push(repositoryName: string, imageTag: string, content = imageTag): Promise<void> {
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      annotations: { content },
    });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
  }

  /** Tags that may move in an environment's own repositories: a rehearsal's are mutable, as emulators know no exclusions. */
  function mutableTags(): string[] {
    const filters = synth("dev").infra.one("aws_ecr_repository", SERVICES.web.name).body[
      "image_tag_mutability_exclusion_filter"
    ] as { readonly filter: string }[];
    return filters.map(({ filter }) => filter);
  }

  async function privateSubnets() {
    const { subnets = [] } = await onDemand();
    const { Subnets: [first] = [] } = await new EC2Client(clientConfig(REGION)).send(
      new DescribeSubnetsCommand({ SubnetIds: subnets.slice(0, 1) }),
    );
    const { VpcId, CidrBlock = "" } = first ?? {};
    return { SubnetIds: subnets, taken: { VpcId, CidrBlock, AvailabilityZone: `${REGION}c` } };
  }
});
