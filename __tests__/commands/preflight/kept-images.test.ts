import { createHash } from "node:crypto";
import { BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
} from "@aws-sdk/client-eks";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { preflight, type PreflightOptions } from "../../../commands/preflight/preflight";
import { loadEnvironment, type Overrides } from "../../../environments";
import { nothingRuns } from "../../../environments/hints";
import { EVERY_TAG, SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { clusterIs, DEPLOYMENTS, kubernetesCluster } from "../kubernetes";
import { sdkError } from "../sdk-error";
import { Session } from "../../../commands/session/session";

const eks = mockClient(EKSClient);
const sts = mockClient(STSClient);
const kubernetes = kubernetesCluster();
const endpoint = process.env["AWS_ENDPOINT_URL"];
afterEach(() => {
  if (endpoint !== undefined) process.env["AWS_ENDPOINT_URL"] = endpoint;
});
beforeEach(() => {
  delete process.env["AWS_ENDPOINT_URL"];
  sts.on(GetCallerIdentityCommand).resolves({ Account: "222233334444" });
  eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
  eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["on-demand-1"] });
  eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { amiType: "BOTTLEROCKET_ARM_64" } });
});

const looked = async (overrides: Overrides = {}, options: PreflightOptions = {}) => {
  const findings = await preflight(new Session(loadEnvironment("dev", { overrides })), {
    only: ["images"],
    silent: true,
    ...options,
  });
  return findings.map(({ status, why, fix }) => [status, why, fix]);
};
const NAME_THEM = `npx wbot deploy --env dev --image-tag ${EVERY_TAG}`;
const NAMES = SERVICE_KEYS.map((key) => SERVICES[key].name);
const keeps = (name: string) => ["pass", `${name}: keeps registry.test/${name}:v0`, undefined];
const lacks = (name: string) => ["fail", nothingRuns(name), NAME_THEM];

it("keeps the running images if none is given", async () => {
  expect(await looked()).toEqual(NAMES.map(keeps));
  expect(kubernetes.asked).toHaveLength(SERVICE_KEYS.length);
});

it("fails for each service that doesn't run, and says how to give an image", async () => {
  kubernetes.answers[`${DEPLOYMENTS}/wbot-web`] = 404;
  const others = NAMES.filter((name) => name !== "wbot-web").map(keeps);
  // Failures come last.
  expect(await looked()).toEqual([...others, lacks("wbot-web")]);
});

it("fails at once on a first deploy, before there is a cluster", async () => {
  clusterIs(undefined);
  expect(await looked()).toEqual(NAMES.map(lacks));
});

it("warns if it can't check", async () => {
  kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = 403;
  expect((await looked()).at(-1)?.slice(0, 2)).toEqual([
    "warn",
    "wbot-ai: keeps the running image (could not check: Kubernetes says 403)",
  ]);
});

const image = "222233334444.dkr.ecr.us-east-1.amazonaws.com/wbot-ai:v0";
function runFromEcr(): void {
  const deployment = JSON.stringify(kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`]);
  kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = JSON.parse(
    deployment.replaceAll("registry.test/wbot-ai:v0", image),
  ) as object;
}

describe("an image in ECR that runs", () => {
  const ecr = mockClient(ECRClient);
  beforeEach(() => {
    ecr.reset();
    runFromEcr();
  });

  it("fails if it was expired from its repository: the next node can't pull it", async () => {
    ecr.on(BatchGetImageCommand).resolves({ images: [], failures: [{ failureCode: "ImageNotFound" }] });
    expect((await looked()).at(-1)).toEqual([
      "fail",
      `wbot-ai runs ${image}, which is no longer in its repository: it can't start on a new node, and you can't roll back to it`,
      `Push it again from where it was built, or deploy another image: ${NAME_THEM}`,
    ]);
    ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: "{}" }] });
    expect((await looked()).map(([status]) => status)).not.toContain("fail");
  });

  it("is looked for by its digest, if it has one", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = JSON.parse(
      JSON.stringify(kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`]).replaceAll(":v0", `@${digest}`),
    ) as object;
    ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: "{}" }] });
    await looked();
    expect(ecr.commandCalls(BatchGetImageCommand).map(({ args }) => args[0].input.imageIds)).toEqual([
      [{ imageDigest: digest }],
    ]);
  });

  it("is only warned of where another one is given", async () => {
    ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: "{}" }] });
    ecr
      .on(BatchGetImageCommand, { repositoryName: "wbot-ai" })
      .resolves({ images: [], failures: [{ failureCode: "ImageNotFound" }] });
    expect((await looked({ ai: { image: { tag: "v1" } } })).at(-1)).toEqual([
      "warn",
      `wbot-ai runs ${image}, which is no longer in its repository: it can't start on a new node, and you can't roll back to it; a deploy replaces it`,
      "",
    ]);
  });

  it("doesn't hide that the next one isn't there, if it may not be looked up", async () => {
    ecr.on(BatchGetImageCommand).rejects(sdkError("AccessDeniedException", "not yours"));
    ecr
      .on(BatchGetImageCommand, { repositoryName: "dev/wbot-ai" })
      .resolves({ images: [], failures: [{ failureCode: "ImageNotFound" }] });
    expect(
      (await looked({ ai: { image: { tag: "v1" } } })).slice(-2).map((each) => each.slice(0, 2)),
    ).toEqual([
      ["warn", "could not check: not yours"],
      ["fail", "222233334444.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai has no image v1"],
    ]);
  });
});

describe("if infra replaces the nodes with those of another architecture", () => {
  const ecr = mockClient(ECRClient);
  const INTEL = ["t3.medium"];
  const nodes = {
    architecture: "x86_64",
    onDemand: { instanceTypes: INTEL },
    spot: { instanceTypes: INTEL },
  };
  const [, ...others] = NAMES;
  const index = (...platforms: string[]) =>
    JSON.stringify({ manifests: platforms.map((architecture) => ({ platform: { architecture } })) });
  const outside = { fetch: () => Promise.resolve(new Response(index("arm64", "amd64"))) };
  const change = async (settings: Overrides = {}, options: PreflightOptions = {}) =>
    (await looked({ nodes, ...settings }, { stacks: ["infra"], outside, ...options })).slice(-NAMES.length);
  const pulls = (imageManifest?: string) =>
    ecr.on(BatchGetImageCommand).resolves({ images: imageManifest === undefined ? [] : [{ imageManifest }] });
  beforeEach(() => {
    ecr.reset();
    runFromEcr();
  });
  const fits = (name: string, which = `registry.test/${name}:v0`) => [
    "pass",
    `${name} runs ${which}, which is also built for amd64`,
    undefined,
  ];
  const fails = (which: string) => [
    "fail",
    `wbot-ai runs ${image}, which ${which}: it can't start on amd64 nodes (nodes.architecture), with which infra replaces all others before app`,
    "Deploy app first, with an image for both:\n" +
      "docker buildx build --platform linux/amd64,linux/arm64 --push --tag 222233334444.dkr.ecr.us-east-1.amazonaws.com/wbot-ai:<another tag> <folder of wbot-ai>\n" +
      "npx wbot deploy app --image-tag ai=<another tag> --env dev",
  ];

  it("refuses what runs unless it can start there, whatever app is given later", async () => {
    pulls(index("arm64"));
    const refused = [...others.map((name) => fits(name)), fails("is built for arm64")];
    expect(await change()).toEqual(refused);
    expect((await change({ ai: { image: { tag: "v1" } } }, { stacks: ["infra", "app"] })).at(-1)).toEqual(
      refused.at(-1),
    );
    pulls(index("arm64", "amd64"));
    expect(await change()).toEqual([fits("wbot-ai", image), ...others.map((name) => fits(name))]);
  });

  it("refuses what no new node could pull", async () => {
    pulls();
    expect((await change()).at(-1)).toEqual(fails("is no longer in its repository"));
  });

  it("reads a single manifest's own configuration, elsewhere too, or says that it can't", async () => {
    pulls(index("amd64"));
    const config = JSON.stringify({ architecture: "arm64" });
    const digest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
    const fetch = (url: unknown) =>
      Promise.resolve(
        new Response(String(url).includes("/blobs/") ? config : JSON.stringify({ config: { digest } })),
      );
    expect((await change({}, { outside: { fetch } })).at(-1)?.[1]).toContain("is built for arm64");
    const denied = { fetch: () => Promise.resolve(new Response(null, { status: 403 })) };
    expect((await change({}, { outside: denied })).at(-1)?.slice(0, 2)).toEqual([
      "warn",
      `${others.at(-1)} runs registry.test/${others.at(-1)}:v0: its architecture could not be checked (it requires credentials)`,
    ]);
  });

  it("warns if it can't tell what runs", async () => {
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = 403;
    expect((await change()).at(-1)?.slice(0, 2)).toEqual([
      "warn",
      "wbot-ai: whether what runs is built for amd64 (could not check: Kubernetes says 403)",
    ]);
  });

  it("asks nothing where no node changes, or app has never run", async () => {
    const nothing = ["skip", "app is not to be deployed", undefined];
    expect(await looked({}, { stacks: ["infra"] })).toEqual([nothing]);
    expect(ecr.calls()).toEqual([]);
    process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
    expect(await change()).toEqual([nothing]);
    delete process.env["AWS_ENDPOINT_URL"];
    pulls(index("arm64"));
    expect((await change({}, { stacks: ["app"] })).map(([status]) => status)).toEqual(
      NAMES.map(() => "pass"),
    );
    clusterIs(undefined);
    expect(await change()).toEqual([nothing]);
  });
});
