import { clusterIs, harness } from "../harness";
import { clearPending } from "../../../commands/leftovers/releases";
import { Session } from "../../../commands/session/session";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { kubernetesApi, type KubernetesApi } from "../deploy/kubernetes";

const { person, told } = harness();
const dev = new Session(loadEnvironment("dev"));
const FOLDER: StackFolder = {
  stack: "infra",
  path: "",
  json: { resource: { helm_release: { x: { name: "traefik", namespace: "traefik" } } } },
  checksum: undefined,
  nameOf: (address) => address,
};
const SECRETS = "/api/v1/namespaces/traefik/secrets";
const revision = (number: number, status: string) => ({
  metadata: { name: `sh.helm.release.v1.traefik.v${number}`, labels: { status } },
});

let kubernetes: KubernetesApi;
beforeAll(async () => {
  kubernetes = await kubernetesApi();
});
afterAll(() => kubernetes.close());
beforeEach(() => {
  clusterIs(kubernetes.config);
  kubernetes.asked.length = 0;
  kubernetes.answers = {
    [SECRETS]: { items: [revision(1, "deployed"), revision(2, "pending-upgrade")] },
    [`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v2`]: {},
  };
});
const deleted = () => kubernetes.asked.filter((asked) => asked.startsWith("DELETE"));

it("deletes Helm's note of a killed upgrade, and nothing else", async () => {
  expect(await clearPending(dev, FOLDER, { yes: true, silent: false })).toBe(true);
  expect(told).toEqual(["A killed run left Helm releases unfinished: traefik (pending-upgrade)"]);
  expect(deleted()).toEqual([`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v2`]);
});

it("asks first, and names the releases where nobody agrees", async () => {
  person.answers = [false];
  await expect(clearPending(dev, FOLDER, { yes: false, silent: false })).rejects.toThrow(
    "infra was not deployed, since Helm releases are unfinished (traefik (pending-upgrade)): not confirmed.",
  );
  person.answers = undefined;
  await expect(clearPending(dev, FOLDER, { yes: false, silent: false })).rejects.toThrow(
    /confirmation needs a terminal\. To go on without confirmation: --yes$/,
  );
  expect(deleted()).toEqual([]);
});

it("does nothing where every release is complete", async () => {
  kubernetes.answers[SECRETS] = { items: [revision(1, "superseded"), revision(2, "deployed")] };
  expect(await clearPending(dev, FOLDER, { yes: false, silent: false })).toBe(false);
});
