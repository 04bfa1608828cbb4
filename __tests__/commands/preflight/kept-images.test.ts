import { BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { preflight } from "../../../commands/preflight/preflight";
import { loadEnvironment, type Overrides } from "../../../environments";
import { nothingRuns } from "../../../environments/hints";
import { EVERY_TAG, SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { clusterIs, DEPLOYMENTS, kubernetesCluster } from "../kubernetes";
import { sdkError } from "../sdk-error";
import { Session } from "../../../commands/session/session";

const sts = mockClient(STSClient);
const kubernetes = kubernetesCluster();
beforeEach(() => {
  sts.on(GetCallerIdentityCommand).resolves({ Account: "222233334444" });
});

const looked = async (overrides: Overrides = {}) => {
  const findings = await preflight(new Session(loadEnvironment("dev", { overrides })), {
    only: ["images"],
    silent: true,
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

describe("an image in ECR that runs", () => {
  const ecr = mockClient(ECRClient);
  const image = "222233334444.dkr.ecr.us-east-1.amazonaws.com/wbot-ai:v0";
  beforeEach(() => {
    ecr.reset();
    const deployment = JSON.stringify(kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`]);
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = JSON.parse(
      deployment.replaceAll("registry.test/wbot-ai:v0", image),
    ) as object;
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
