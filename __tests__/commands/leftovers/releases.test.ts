import { gunzipSync, gzipSync } from "node:zlib";
import { harness } from "../harness";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import { clearPending } from "../../../commands/leftovers/releases";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { kubernetesCluster } from "../kubernetes";
import { stackFolder } from "../../stack-folder";

jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));

const { person, printed } = harness();
const dev = new Session(loadEnvironment("dev"));
const FOLDER = stackFolder("infra", "", {
  resource: { helm_release: { x: { name: "traefik", namespace: "traefik" } } },
});
const SECRETS = "/api/v1/namespaces/traefik/secrets";
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
/** As Helm writes it. */
const record = (status: string) => {
  const release = { name: "traefik", info: { status }, config: { note: '"status":"pending-upgrade"' } };
  return base64(base64(gzipSync(JSON.stringify(release))));
};
const revision = (number: number, status: string, creationTimestamp = "2026-09-01T10:00:00Z") => ({
  metadata: { name: `sh.helm.release.v1.traefik.v${number}`, labels: { status }, creationTimestamp },
  data: { release: record(status) },
});

const kubernetes = kubernetesCluster(() => ({
  [SECRETS]: { items: [revision(1, "deployed"), revision(2, "pending-upgrade")] },
  [`PATCH ${SECRETS}/sh.helm.release.v1.traefik.v2`]: {},
  [`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v1`]: {},
}));
/** To deploy after a plan that was begun at noon. */
const cleared = (options: { readonly yes: boolean }) =>
  clearPending(dev, FOLDER, {
    since: new Date("2026-09-01T12:00:00Z"),
    left: "What is left.",
    ...options,
  });
const changed = () => kubernetes.asked.filter((asked) => !asked.startsWith("GET"));
const deleted = () => kubernetes.asked.filter((asked) => asked.startsWith("DELETE"));

it("records a killed upgrade as failed, so that Terraform upgrades the release whatever its values are", async () => {
  expect(await cleared({ yes: true })).toBe(true);
  expect(printed).toEqual(["A killed run left Helm releases unfinished: traefik (pending-upgrade)"]);
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
  expect(await cleared({ yes: true })).toBe(true);
  expect(deleted()).toEqual([`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v1`]);
});

it("asks first, and names the releases where nobody agrees", async () => {
  person.answers = [false];
  await expect(cleared({ yes: false })).rejects.toThrow(
    "infra was not deployed, because Helm releases are unfinished (traefik (pending-upgrade)): not confirmed.",
  );
  person.answers = undefined;
  await expect(cleared({ yes: false })).rejects.toThrow(/^infra was not deployed, .+: --yes$/);
  expect(deleted()).toEqual([]);
});

it("leaves alone what another run has begun since this one's plan", async () => {
  kubernetes.answers[SECRETS] = {
    items: [revision(1, "deployed"), revision(2, "pending-upgrade", "2026-09-01T12:00:30Z")],
  };
  expect(await cleared({ yes: true })).toBe(false);
  expect(changed()).toEqual([]);
});

it("looks again after the confirmation, since somebody else may have cleared them meanwhile", async () => {
  const looks = [
    [revision(1, "deployed"), revision(2, "pending-upgrade")],
    [revision(1, "deployed"), revision(2, "failed"), revision(3, "pending-upgrade", "2026-09-01T12:05:00Z")],
  ];
  Object.defineProperty(kubernetes.answers, SECRETS, { get: () => ({ items: looks.shift() }) });
  person.answers = [true];
  expect(await cleared({ yes: false })).toBe(true);
  expect(changed()).toEqual([]);
});

it("takes a record that is gone by then for cleared", async () => {
  kubernetes.answers[SECRETS] = { items: [revision(1, "pending-install")] };
  kubernetes.answers[`DELETE ${SECRETS}/sh.helm.release.v1.traefik.v1`] = 404;
  expect(await cleared({ yes: true })).toBe(true);
});

it("says what is left if it is interrupted once Helm's records may have changed, not before", async () => {
  jest.mocked(ifInterrupted).mockClear();
  person.answers = [false];
  await expect(cleared({ yes: false })).rejects.toThrow(/not confirmed/);
  expect(ifInterrupted).not.toHaveBeenCalled();
  await cleared({ yes: true });
  expect(ifInterrupted).toHaveBeenCalledWith("What is left.");
});

it("does nothing where every release is complete", async () => {
  kubernetes.answers[SECRETS] = { items: [revision(1, "superseded"), revision(2, "deployed")] };
  expect(await cleared({ yes: false })).toBe(false);
});
