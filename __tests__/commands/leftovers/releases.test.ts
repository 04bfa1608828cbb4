import { gunzipSync, gzipSync } from "node:zlib";
import { harness } from "../harness";
import { clearPending } from "../../../commands/leftovers/releases";
import { Session } from "../../../commands/session/session";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { kubernetesCluster } from "../kubernetes";

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
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
/** As Helm writes it. */
const record = (status: string) => {
  const release = { name: "traefik", info: { status }, config: { note: '"status":"pending-upgrade"' } };
  return base64(base64(gzipSync(JSON.stringify(release))));
};
const revision = (number: number, status: string) => ({
  metadata: { name: `sh.helm.release.v1.traefik.v${number}`, labels: { status } },
  data: { release: record(status) },
});

const kubernetes = kubernetesCluster(() => ({
  [SECRETS]: { items: [revision(1, "deployed"), revision(2, "pending-upgrade")] },
  [`PATCH ${SECRETS}/sh.helm.release.v1.traefik.v2`]: {},
  [`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v1`]: {},
}));
const deleted = () => kubernetes.asked.filter((asked) => asked.startsWith("DELETE"));

it("records a killed upgrade as failed, so that Terraform upgrades the release whatever its values are", async () => {
  expect(await clearPending(dev, FOLDER, { yes: true, silent: false })).toBe(true);
  expect(told).toEqual(["A killed run left Helm releases unfinished: traefik (pending-upgrade)"]);
  const place = kubernetes.asked.indexOf(`PATCH ${SECRETS}/sh.helm.release.v1.traefik.v2`);
  const sent = JSON.parse(kubernetes.sent[place] ?? "");
  expect(sent.metadata).toEqual({ labels: { status: "failed" } });
  const written = Buffer.from(Buffer.from(sent.data.release, "base64").toString(), "base64");
  expect(JSON.parse(gunzipSync(written).toString())).toEqual({
    name: "traefik",
    info: { status: "failed" },
    config: { note: '"status":"pending-upgrade"' },
  });
  expect(deleted()).toEqual([]);
});

it("deletes Helm's record of a killed install, and nothing else", async () => {
  kubernetes.answers[SECRETS] = { items: [revision(1, "pending-install")] };
  expect(await clearPending(dev, FOLDER, { yes: true, silent: true })).toBe(true);
  expect(deleted()).toEqual([`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v1`]);
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
