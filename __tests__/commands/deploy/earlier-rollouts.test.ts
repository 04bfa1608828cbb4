import { refuseUnfinishedRollouts } from "../../../commands/deploy/earlier-rollouts";
import { Session } from "../../../commands/session/session";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { clusterIs, DEPLOYMENTS, kubernetesCluster, PODS, running, waitingPod } from "../kubernetes";
import { plan, resource, update } from "../plan/plans";

const AI = "kubernetes_deployment_v1.ai";
const WEB = "kubernetes_deployment_v1.web";
const ROUTE = "kubernetes_ingress_v1.route";
const QUOTA = "kubernetes_resource_quota_v1.quota";
const body = (name: string, depends_on: readonly string[] = []) => ({
  metadata: { name, namespace: "wbot" },
  depends_on,
});
const FOLDER: StackFolder = {
  stack: "app",
  path: "",
  json: {
    resource: {
      kubernetes_resource_quota_v1: { quota: body("wbot") },
      kubernetes_deployment_v1: { ai: body("wbot-ai", [QUOTA]), web: body("wbot-web", [QUOTA, AI]) },
      kubernetes_ingress_v1: { route: body("wbot-web", [AI, WEB]) },
      kubernetes_service_account_v1: { web: body("wbot-web", [AI]) },
    },
  },
  checksum: undefined,
  nameOf: String,
};
const LIVE = `${DEPLOYMENTS}/wbot-ai`;
const unfinished = (more: object = {}) => ({
  metadata: { generation: 1 },
  spec: { replicas: 2 },
  status: { observedGeneration: 1, replicas: 3, updatedReplicas: 1, readyReplicas: 2, ...more },
});

const kubernetes = kubernetesCluster(() => ({ ...running(), [LIVE]: unfinished() }));
const failing = () =>
  (kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ImagePullBackOff", "not found")] });

const changed = (address: string) => update(address, { a: 1 }, { a: 2 });
const looked = (changes: readonly ResourceChange[], environment = loadEnvironment("dev")) => {
  const same = [AI, WEB].filter((each) => !changes.some(({ address }) => address === each));
  const all = [...changes, ...same.map((each) => resource(each, ["no-op"], {}, {}))];
  const resources = [
    { address: AI, depends_on: [QUOTA] },
    { address: WEB, depends_on: [QUOTA, AI] },
  ];
  const json = { ...plan(...all), prior_state: { values: { root_module: { resources } } } };
  return refuseUnfinishedRollouts(
    new Session(environment),
    { folder: FOLDER, json },
    "npx wbot deploy app --env dev",
  );
};

it.each([
  ["an update of what calls it", changed(WEB)],
  ["what is new", resource(WEB, ["create"], null, {})],
  ["routes", changed(ROUTE)],
])("refuses %s while a rollout that must come first is unfinished, and says why", async (_, change) => {
  failing();
  await expect(looked([change])).rejects.toThrow(
    /^Nothing in app was deployed to dev: what it changes must come after wbot-ai, whose rollout was begun earlier and is unfinished: 1 of 2 pods have the new version\n\n {2}wbot-ai-1: ImagePullBackOff: not found\n\nIf it goes on: kubectl rollout status deployment\/wbot-ai -n wbot, and then npx wbot deploy app --env dev\nIf not, fix that, or deploy what wbot-ai ran before along with this\. To deploy all the same: --no-preflight$/,
  );
});

it.each<[string, ResourceChange[], () => unknown]>([
  ["changes the Deployment itself", [changed(AI), changed(WEB)], () => undefined],
  ["changes what its pods need", [changed(QUOTA), changed(WEB)], () => undefined],
  ["changes nothing that must come later", [changed("kubernetes_service_account_v1.web")], () => undefined],
  ["deletes what did", [resource(WEB, ["delete"], {}, null)], () => undefined],
  ["is made while nothing is under way", [changed(WEB)], () => (kubernetes.answers[LIVE] = running()[LIVE])],
  [
    "is made while pods are added to a rollout that has ended",
    [changed(WEB)],
    () => {
      const conditions = [{ type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }];
      kubernetes.answers[LIVE] = unfinished({
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 1,
        conditions,
      });
    },
  ],
  [
    "is made while none of its pods are wanted",
    [changed(WEB)],
    () =>
      (kubernetes.answers[LIVE] = {
        metadata: { generation: 1 },
        spec: { replicas: 0 },
        status: { observedGeneration: 1 },
      }),
  ],
  ["is made while there is none", [changed(WEB)], () => (kubernetes.answers[LIVE] = undefined)],
  ["can't look", [changed(WEB)], () => (kubernetes.answers[LIVE] = 403)],
  ["finds no cluster", [changed(WEB)], () => clusterIs(undefined)],
  ["can't sign in", [changed(WEB)], () => clusterIs(undefined).mockRejectedValue(new Error("denied"))],
])("never stands in the way of a plan that %s", async (_, changes, arrange) => {
  failing();
  arrange();
  await looked(changes);
});

it("never keeps the maintenance page from being put up", async () => {
  failing();
  const overrides = { traffic: { maintenance: { enabled: true } } };
  await looked([changed(ROUTE)], loadEnvironment("dev", { overrides }));
});
