import {
  asTags,
  olderImages,
  runningImages,
  sameImage,
  shownImages,
  withImages,
} from "../../../commands/images/running";
import { imageOf } from "../../../environments/image";
import { loadEnvironment } from "../../../environments";
import { perService, SERVICES } from "../../../environments/services";
import { clusterIs, DEPLOYMENTS, kubernetesCluster, REPLICA_SETS } from "../kubernetes";
import { Session } from "../../../commands/session/session";

const DIGEST = `sha256:${"a".repeat(64)}`;
const dev = loadEnvironment("dev");
const OLD = perService((key) => `registry.test/${SERVICES[key].name}:v0`);
const kubernetes = kubernetesCluster();

describe("the running images", () => {
  it("are those of the Deployments", async () => {
    expect(await runningImages(new Session(dev))).toEqual(OLD);
  });

  it("are none without a Deployment or a cluster", async () => {
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = 404;
    expect(await runningImages(new Session(dev))).toEqual({ ...OLD, ai: undefined });
    clusterIs(undefined);
    expect(await runningImages(new Session(dev))).toEqual({});
  });

  it("are also those of older ReplicaSets, as long as these have pods", async () => {
    const replicaSet = (image: string, replicas: number) => ({
      spec: { template: { spec: { containers: [{ name: "sidecar" }, { name: "wbot-ai", image }] } } },
      status: { replicas },
    });
    kubernetes.answers[REPLICA_SETS] = { items: [replicaSet("x:v1", 0), replicaSet("x:v2", 1)] };
    expect(await olderImages(new Session(dev), "ai")).toEqual(["x:v2"]);
    expect(kubernetes.asked.at(-1)).toContain("labelSelector=app.kubernetes.io%2Fname%3Dwbot-ai");
    clusterIs(undefined);
    expect(await olderImages(new Session(dev), "ai")).toEqual([]);
  });

  it("are unknown if Kubernetes doesn't answer", async () => {
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = 403;
    await expect(runningImages(new Session(dev))).rejects.toThrow("Kubernetes says 403");
  });
});

it.each([
  ["registry.test:5000/wbot/ai:v1", "ai=v1"],
  ["registry.test:5000/wbot/ai", "ai="],
  [`registry.test/ai:v1@${DIGEST}`, `ai=v1@${DIGEST}`],
  [`registry.test/ai@${DIGEST}`, `ai=@${DIGEST}`],
])("are named again exactly: %s", (image, tags) => {
  const { ai, web } = withImages(dev, { ai: image });
  expect(imageOf(ai.image, "own")).toBe(image);
  expect(web).toBe(dev.web);
  expect(asTags({ ai: image })).toBe(tags);
});

it("are shown, and passed to --image-tag, in one line", () => {
  const images = { web: "registry.test/web:v2", ai: "registry.test/ai:v1" };
  expect(shownImages(images)).toBe("wbot-ai registry.test/ai:v1, wbot-web registry.test/web:v2");
  expect(asTags(images)).toBe("ai=v1,web=v2");
});

describe("two references", () => {
  const OTHER = `sha256:${"b".repeat(64)}`;
  const image = "registry.test:5000/ai";

  it.each([
    [`${image}:v1`, `${image}:v1`],
    [`${image}:v1`, `${image}:v1@${DIGEST}`],
    [`${image}:v1@${DIGEST}`, `${image}:v2@${DIGEST}`],
    [undefined, undefined],
  ])("name one image: %s and %s", (one, other) => {
    expect([sameImage(one, other), sameImage(other, one)]).toEqual([true, true]);
  });

  it.each([
    [`${image}:v1`, `${image}:v2`],
    [`${image}:v1@${DIGEST}`, `${image}:v1@${OTHER}`],
    [`${image}:v1@${DIGEST}`, `registry.test:5000/web:v1@${DIGEST}`],
    [`${image}:v1`, undefined],
  ])("name two: %s and %s", (one, other) => {
    expect([sameImage(one, other), sameImage(other, one)]).toEqual([false, false]);
  });
});
