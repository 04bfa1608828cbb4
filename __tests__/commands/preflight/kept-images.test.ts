import { BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import { DescribeClusterCommand, DescribeNodegroupCommand, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import type { Overrides } from "../../../environments";
import { nothingRuns } from "../../../environments/hints";
import { EVERY_TAG, perService, SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { clusterIs, DEPLOYMENTS, kubernetesCluster } from "../kubernetes";
import { sdkError } from "../sdk-error";
import { eks, look } from "./look";

const kubernetes = kubernetesCluster();
beforeEach(() => {
  eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
  eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["on-demand-1"] });
  eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { amiType: "BOTTLEROCKET_ARM_64" } });
});

/** Where the settings name no image but those given. */
const looked = (overrides: Overrides = {}, options: Parameters<typeof look>[2] = {}) =>
  look("images", { ...perService(() => ({})), ...overrides }, options);
const NAME_THEM = `npx wbot deploy --env dev --image-tag ${EVERY_TAG}`;
const NAMES = SERVICE_KEYS.map((key) => SERVICES[key].name);
const keeps = (name: string) => ["pass", `${name}: keeps registry.test/${name}:v0`];
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
    "wbot-ai: keeps the running image, which could not be read (Kubernetes says 403)",
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
  const GONE = `wbot-ai runs ${image}, which is no longer in its repository: it can't start on a new node, and you can't roll back to it`;
  const ecr = mockClient(ECRClient);
  beforeEach(() => {
    ecr.reset();
    runFromEcr();
  });

  it("fails if it was expired from its repository: the next node can't pull it", async () => {
    ecr.on(BatchGetImageCommand).resolves({ images: [], failures: [{ failureCode: "ImageNotFound" }] });
    expect((await looked()).at(-1)).toEqual([
      "fail",
      GONE,
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
      `${GONE}; a deploy replaces it`,
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
  const index = (...platforms: string[]) =>
    JSON.stringify({ manifests: platforms.map((architecture) => ({ platform: { architecture } })) });
  const change = (settings: Overrides = {}, options: Parameters<typeof look>[2] = {}) =>
    looked({ nodes, ...settings }, { stacks: ["infra"], ...options });
  const pulls = (imageManifest?: string) =>
    ecr.on(BatchGetImageCommand).resolves({ images: imageManifest === undefined ? [] : [{ imageManifest }] });
  beforeEach(() => {
    ecr.reset();
    runFromEcr();
  });
  const FIX =
    "Deploy app first, with images for both:\n" +
    "docker buildx build --platform linux/amd64,linux/arm64 --push --tag <repository>:<another tag> <folder of the service>\n" +
    `npx wbot deploy app --image-tag ${EVERY_TAG} --env dev`;
  const WARNING = [
    "warn",
    "infra replaces all nodes with amd64 ones (nodes.architecture) before app is deployed: running images must also be built for amd64",
    FIX,
  ];

  it("warns, and refuses what runs from ECR unless it can start there, whatever app is given later", async () => {
    pulls(index("arm64"));
    const refused = [
      "fail",
      expect.stringContaining(`the running image can't start on the new nodes: ${image} is built for arm64`),
      FIX,
    ];
    expect(await change()).toEqual([WARNING, refused]);
    expect(await change({ ai: { image: { tag: "v1" } } }, { stacks: ["infra", "app"] })).toContainEqual(
      refused,
    );
    pulls();
    expect((await change()).at(-1)?.slice(0, 2)).toEqual([
      "fail",
      expect.stringMatching(/: 222233334444\.dkr\.ecr\.us-east-1\.amazonaws\.com\/wbot-ai has no image v0$/),
    ]);
    pulls(index("arm64", "amd64"));
    expect(await change()).toEqual([WARNING]);
  });

  it("says nothing where nothing runs", async () => {
    kubernetes.answers = {};
    expect((await change()).map(([status]) => status)).toEqual(["skip"]);
  });

  it("warns if it can't tell what runs", async () => {
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = 403;
    expect(await change()).toEqual([WARNING]);
  });

  it("asks nothing where no node changes", async () => {
    const nothing = ["skip", "app is not part of this deploy"];
    expect(await looked({}, { stacks: ["infra"] })).toEqual([nothing]);
    expect(ecr.calls()).toEqual([]);
    process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
    expect(await change()).toEqual([nothing]);
    delete process.env["AWS_ENDPOINT_URL"];
    pulls(index("arm64"));
    expect((await change({}, { stacks: ["app"] })).map(([status]) => status)).toEqual(
      NAMES.map(() => "pass"),
    );
  });
});
