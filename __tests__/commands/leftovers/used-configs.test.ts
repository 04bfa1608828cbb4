import { usedConfigs } from "../../../commands/leftovers/used-configs";
import { Session } from "../../../commands/session/session";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { loadEnvironment } from "../../../environments";
import { clusterIs, DEPLOYMENTS, kubernetesCluster } from "../kubernetes";
import { plan, resource, update } from "../plan/plans";

const dev = new Session(loadEnvironment("dev"));
const kubernetes = kubernetesCluster(() => ({ [`${DEPLOYMENTS}/wbot-ai`]: deployment() }));

/** One of which this many old pods still run. */
function deployment(old = 2): object {
  return {
    metadata: { name: "wbot-ai", generation: 2 },
    status: { observedGeneration: 2, replicas: 2 + old, updatedReplicas: 2 },
  };
}
const config = (content: string, more: object = {}) =>
  resource(
    `kubernetes_config_map_v1.wbot-ai_config_wbot-ai-config-${content}_00000000`,
    ["delete"],
    {
      metadata: [
        {
          name: `wbot-ai-config-${content}`,
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
  env_from: [{ config_map_ref: [{ name: `wbot-ai-config-${content}` }] }],
});
const DEPLOYMENT = "kubernetes_deployment_v1.wbot-ai_deployment_73929AA7";
const used = (...changes: readonly ResourceChange[]) => usedConfigs(dev, plan(...changes));

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
  expect(await used(config("a"), config("b"), rollout)).toEqual(KEPT);
  expect(await used(config("b"), rollout)).toBeUndefined();
  expect(await used(config("a", { deposed: "0a1b2c3d" }))).toBeUndefined();
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
