import { usedConfigs } from "../../../commands/leftovers/used-configs";
import { Session } from "../../../commands/session/session";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { loadEnvironment } from "../../../environments";
import { clusterIs, DEPLOYMENTS, kubernetesCluster } from "../kubernetes";
import { plan, resource, update } from "../plan/plans";

const dev = new Session(loadEnvironment("dev"));
const kubernetes = kubernetesCluster(() => ({ [`${DEPLOYMENTS}/wbot-ai`]: deployment() }));

/** One of which this many old pods still run, and whose new ones have the ConfigMap of some content. */
function deployment(old = 2, content = "c"): object {
  return {
    metadata: { name: "wbot-ai", generation: 2 },
    spec: { template: { spec: { containers: [{ envFrom: [{ configMapRef: { name: named(content) } }] }] } } },
    status: { observedGeneration: 2, replicas: 2 + old, updatedReplicas: 2 },
  };
}
function named(content: string): string {
  return `wbot-ai-config-${content}`;
}
const addressOf = (content: string) => `kubernetes_config_map_v1.wbot-ai_config_${named(content)}_00000000`;
const config = (content: string, more: object = {}) =>
  resource(
    addressOf(content),
    ["delete"],
    {
      metadata: [
        {
          name: named(content),
          namespace: "wbot",
          labels: { "app.kubernetes.io/name": "wbot-ai" },
          uid: "1",
        },
      ],
      immutable: true,
      data: { PROMPT: "${HOME} and %{ if x }" },
    },
    null,
    more,
  );
const pods = (content: string) => ({
  env_from: [{ config_map_ref: [{ name: named(content) }] }],
});
const DEPLOYMENT = "kubernetes_deployment_v1.wbot-ai_deployment_73929AA7";
/** The ConfigMaps in use after a plan whose state says that the Deployment needs those of these contents. */
const usedBy = (contents: readonly string[], ...changes: readonly ResourceChange[]) => {
  const others = { address: addressOf("a"), values: {} };
  const resources = [others, { address: DEPLOYMENT, depends_on: contents.map(addressOf) }];
  return usedConfigs(dev, { ...plan(...changes), prior_state: { values: { root_module: { resources } } } });
};
const used = (...changes: readonly ResourceChange[]) => usedBy([], ...changes);

const KEPT = {
  resource: {
    kubernetes_config_map_v1: {
      "wbot-ai_config_wbot-ai-config-a_00000000": {
        metadata: {
          name: "wbot-ai-config-a",
          namespace: "wbot",
          labels: { "app.kubernetes.io/name": "wbot-ai" },
        },
        immutable: true,
        data: { PROMPT: "$${HOME} and %%{ if x }" },
        lifecycle: { create_before_destroy: true },
      },
    },
  },
};

it("keeps the ConfigMap of old pods until none of them runs", async () => {
  expect(await used(config("a"))).toEqual(KEPT);
  kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = deployment(0);
  expect(await used(config("a"))).toBeUndefined();
});

it("keeps none that Terraform itself deletes only after a rollout", async () => {
  const rollout = update(DEPLOYMENT, pods("b"), pods("c"));
  const needed = ["b", "c"];
  expect(await usedBy(needed, config("a"), config("b"), rollout)).toEqual(KEPT);
  expect(await usedBy(needed, config("b"), rollout)).toBeUndefined();
  expect(await used(config("a", { deposed: "0a1b2c3d" }))).toBeUndefined();
});

it("keeps that of all pods if the Deployment's own update failed, or was undone: Terraform has forgotten that it needs it", async () => {
  const again = update(DEPLOYMENT, pods("a"), pods("b"));
  kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = deployment(0, "a");
  expect(await usedBy(["b"], config("a"), again)).toEqual(KEPT);
  expect(await usedBy(["a", "b"], config("a"), again)).toBeUndefined();
  const untouched = resource(DEPLOYMENT, ["no-op"], pods("b"), pods("b"));
  expect(await usedBy(["a", "b"], config("a"), untouched)).toEqual(KEPT);
});

it("keeps none if the cluster or the Deployment can't be read", async () => {
  kubernetes.answers = {};
  expect(await used(config("a"))).toBeUndefined();
  clusterIs(undefined);
  expect(await used(config("a"))).toBeUndefined();
});

it("asks the cluster nothing if no ConfigMap is deleted", async () => {
  await used(update(DEPLOYMENT, pods("a"), pods("b")));
  expect(kubernetes.asked).toEqual([]);
});
