import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BatchGetImageCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { harness } from "../harness";
import { deploy, type DeployOptions } from "../../../commands/deploy/deploy";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import { loadEnvironment } from "../../../environments";
import { EVERY_TAG, perService, SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { changing, DEPLOYMENT, failing, FIRST_DEPLOY, print } from "../terraform/stand-in";
import { CERTIFICATE, DEPLOYMENTS, kubernetesCluster, REPLICA_SETS, running } from "../kubernetes";
import { Session } from "../../../commands/session/session";

jest.mock("../../../commands/verification/load-balancer", () => ({
  loadBalancer: () => Promise.resolve(undefined),
}));
// Looks once: what is not ready here never will be.
jest.mock("../../../commands/cli/wait", () => jest.requireActual<object>("../look-once"));
jest.mock("../../../commands/preflight/checks", () => ({
  ...jest.requireActual<object>("../../../commands/preflight/checks"),
  CHECKS: { images: { load: () => jest.requireActual("../../../commands/preflight/checks/images").images } },
}));

jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));

const DIGEST = `sha256:${"a".repeat(64)}`;
const OLD = perService((key) => `registry.test/${SERVICES[key].name}:v0`);
const OLD_ONES = SERVICE_KEYS.map((key) => `${SERVICES[key].name} ${OLD[key]}`).join(", ");
const OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai";
const ROLLED_BACK = `\n\nRolled back: the previous images are running again (${OLD_ONES}). This deploy's other changes stay.`;

const { terraform, printed } = harness();
const ecr = mockClient(ECRClient);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev", {
  overrides: { account: "111122223333", ai: { image: { tag: "v1" } } },
});
const kubernetes = kubernetesCluster();
afterEach(() => {
  delete process.env["WBOT_IMAGE_TAG"];
});
beforeEach(() => {
  process.env["WBOT_IMAGE_TAG"] = "ai=v1";
  terraform.answer({ ...FIRST_DEPLOY, "app show": changing("update", DEPLOYMENT) });
  for (const mock of [ecr, sts]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333" });
  ecr
    .on(BatchGetImageCommand)
    .resolves({ images: [{ imageManifest: "{}", imageId: { imageDigest: DIGEST } }] });
  changes(`${DEPLOYMENTS}/wbot-ai`, () => deployment(applies() % 2 === 1 ? `${OWN}:v1@${DIGEST}` : OLD.ai));
});

/** Applies of app so far: the first brings the new image, a second the old one again. */
const applies = () => terraform.calls().filter((call) => call === "app apply").length;
const deployment = (image: string, readyReplicas = 1) => ({
  metadata: { name: "wbot-ai", generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [{ name: "wbot-ai", image }] } } },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas },
});
const ready = (status: "True" | "False") => ({
  status: { conditions: [{ type: "Ready", status, message: "not signed" }] },
});
function changes(path: string, answer: () => unknown): void {
  Object.defineProperty(kubernetes.answers, path, { get: answer, configurable: true });
}
/** A change of the Deployment that was begun and failed. */
const failed = (address = DEPLOYMENT, summary = "Waiting for rollout") => {
  const started = JSON.stringify({ type: "apply_start", hook: { resource: { addr: DEPLOYMENT } } });
  const { stdout, code } = failing(address, summary);
  return { stdout: `${started}\n${stdout}`, code };
};
/** An answer to `app apply` that fails the first time, or always. */
const fails = (times: "once" | "always") => () => (times === "once" && applies() > 1 ? {} : failed());
const FAILED = "Applying app failed:\n\n  ai/deployment (kubernetes_deployment_v1): Waiting for rollout";

const AGAIN = "npx wbot deploy --as typed";
const OPTIONS: DeployOptions = {
  stacks: ["app"],
  yes: true,
  preflight: false,
  verify: true,
  rollBack: true,
  resumeCommand: AGAIN,
};
const deployed = (options: Partial<DeployOptions> = {}) =>
  deploy(new Session(dev), { ...OPTIONS, ...options });
const thrown = async (options: Partial<DeployOptions> = {}) =>
  deployed(options).then(
    (code) => `no error, but ${code}`,
    (error: unknown) => {
      expect(error).toMatchObject({ name: "CommandError", exitCode: 1 });
      return (error as Error).message;
    },
  );
const written = () =>
  JSON.parse(readFileSync(join(terraform.folder, "out", "dev", "stacks", "app", "images.json"), "utf8"));

describe("images given on the command line", () => {
  it("are pinned to their tags' digests", async () => {
    expect(await deployed()).toBe(0);
    expect(written()).toEqual({ ai: { tag: "v1", digest: DIGEST }, web: {} });
    expect(terraform.syntheses()).toBe(1);
  });

  it("are checked by that digest", async () => {
    await deployed({ preflight: true });
    const asked = ecr.commandCalls(BatchGetImageCommand).map(({ args }) => args[0].input.imageIds);
    // The last three: what is kept of the image that runs.
    expect(asked).toEqual([
      [{ imageTag: "v1" }],
      [{ imageDigest: DIGEST }],
      [{ imageDigest: DIGEST }],
      [{ imageTag: "running-dev" }],
      [{ imageTag: "previous-dev" }],
    ]);
  });

  it("are looked up once infra has created their repository", async () => {
    const missing = Object.assign(new Error("no"), {
      name: "RepositoryNotFoundException",
      $metadata: { httpStatusCode: 400 },
    });
    const made = () => terraform.calls().includes("infra apply");
    ecr.on(BatchGetImageCommand).callsFake(() => {
      if (!made()) throw missing;
      return { images: [{ imageManifest: "{}", imageId: { imageDigest: DIGEST } }] };
    });
    expect(await deployed({ stacks: ["infra", "app"], preflight: true })).toBe(0);
    expect(written().ai).toEqual({ tag: "v1", digest: DIGEST });
    expect(terraform.syntheses()).toBe(2);
    expect(printed.join("\n")).not.toContain("can't be had");
  });

  it("are deployed by tag, with a warning, if the digest can't be looked up", async () => {
    ecr.on(BatchGetImageCommand).resolves({ images: [] });
    expect(await deployed()).toBe(0);
    expect(written().ai).toEqual({ tag: "v1" });
    expect(printed.join("\n")).toContain("▲ warn images: the digest of dev/wbot-ai:v1 ");
  });
});

it.each([[["app"]], [["infra", "app"]]] as const)(
  "an interrupted deploy of %j is continued by the same command",
  async (stacks) => {
    jest.mocked(ifInterrupted).mockClear();
    await deployed({ stacks, rollBack: false });
    expect(jest.mocked(ifInterrupted).mock.calls.flat()).toEqual([
      `Nothing was changed. To start again: ${AGAIN}`,
      ...stacks.flatMap((stack) =>
        // Before and after its apply.
        Array(2).fill(expect.stringMatching(new RegExp(`^${stack} .*: ${AGAIN}$`))),
      ),
      `Everything is deployed, but not everything is verified. To verify it: ${AGAIN}`,
    ]);
  },
);

describe("--roll-back", () => {
  const OLD_IMAGES = {
    ai: { repository: "registry.test/wbot-ai", tag: "v0" },
    web: { repository: "registry.test/wbot-web", tag: "v0" },
  };

  it("doesn't affect a successful deploy", async () => {
    expect(await deployed()).toBe(0);
    expect(applies()).toBe(1);
  });

  it("deploys the previous images if the rollout fails", async () => {
    terraform.answer({
      ...FIRST_DEPLOY,
      "app show": changing("update", DEPLOYMENT),
      "app apply": fails("once"),
    });
    expect(await thrown()).toBe(`${FAILED}${ROLLED_BACK}`);
    expect(applies()).toBe(2);
    expect(written()).toEqual(OLD_IMAGES);
    expect(terraform.syntheses()).toBe(2);
    expect(printed.join("\n")).toContain("✔ pass rollout wbot-ai: 1 of 1 pods are ready");
  });

  it("deploys them if something else fails, and quotes a pod's log in full", async () => {
    const log = "Too many: 0A00010B:SSL routines:tls_validate_record_header:wrong version number:x.c:77:";
    terraform.answer({
      ...FIRST_DEPLOY,
      "app show": changing("update", DEPLOYMENT),
      "app apply": () => (applies() === 1 ? failed("aws_x.x", log) : {}),
    });
    expect(await thrown()).toBe(`Applying app failed:\n\n  aws_x.x (aws_x): ${log}${ROLLED_BACK}`);
    expect(written()).toEqual(OLD_IMAGES);
  });

  it("deploys them if the verification fails", async () => {
    changes(`${DEPLOYMENTS}/wbot-ai`, () =>
      applies() === 1 ? deployment(`${OWN}:v1@${DIGEST}`, 0) : deployment(OLD.ai),
    );
    const message = await thrown();
    expect(message).toContain(
      "app is deployed, but its verification failed:\n\n✖ fail rollout wbot-ai: 0 of 1 pods are ready",
    );
    expect(message.endsWith(ROLLED_BACK)).toBe(true);
    expect(written()).toEqual(OLD_IMAGES);
  });

  it.each([
    ["a certificate that is not signed", ready("False"), 2],
    ["but not what could not be looked at", 403, 1],
  ])("deploys them whatever the verification finds: %s", async (_, answer, times) => {
    const error = jest.spyOn(console, "error").mockReturnValue();
    changes(CERTIFICATE, () => (applies() > 1 ? ready("True") : answer));
    const isRolledBack = times === 2;
    if (isRolledBack) expect((await thrown()).endsWith(ROLLED_BACK)).toBe(true);
    else expect(await deployed()).toBe(3);
    expect(applies()).toBe(times);
    expect(error.mock.calls).toEqual(
      isRolledBack ? [] : [["Nothing was rolled back: not everything could be checked."]],
    );
  });

  const NOT = "\n\nNothing was rolled back: ";
  it.each([
    ["another run had changed the state since the plan", "Saved plan is stale"],
    ["another run, of the same images, had locked the state", "Error acquiring the state lock"],
  ])("leaves what runs where the apply changed nothing: %s", async (_, summary) => {
    const diagnostic = { severity: "error", summary, detail: "" };
    terraform.answer({
      ...FIRST_DEPLOY,
      "app show": changing("update", DEPLOYMENT),
      "app apply": { ...print({ type: "diagnostic", diagnostic }), code: 1 },
    });
    expect(await thrown()).toMatch(/^Applying app failed:(?![^]*roll)/);
    expect(applies()).toBe(1);
  });

  it("goes back to what ran when the apply began, not when the deploy did", async () => {
    const meanwhile = "registry.test/wbot-ai:meanwhile";
    changes(`${DEPLOYMENTS}/wbot-ai`, () =>
      deployment(
        applies() === 1 ? `${OWN}:v1@${DIGEST}` : terraform.calls().includes("app show") ? meanwhile : OLD.ai,
      ),
    );
    terraform.answer({
      ...FIRST_DEPLOY,
      "app show": changing("update", DEPLOYMENT),
      "app apply": fails("once"),
    });
    expect(await thrown()).toContain(` (wbot-ai ${meanwhile}, `);
    expect(written().ai).toEqual({ repository: "registry.test/wbot-ai", tag: "meanwhile" });
  });

  it.each([
    ["fails", fails("once"), 1],
    ["can't be verified", {}, 0],
  ])("leaves what somebody else has deployed since, where the apply %s", async (_, answer, readyReplicas) => {
    const theirs = `${OWN}:v2`;
    changes(`${DEPLOYMENTS}/wbot-ai`, () => deployment(applies() === 0 ? OLD.ai : theirs, readyReplicas));
    terraform.answer({ ...FIRST_DEPLOY, "app show": changing("update", DEPLOYMENT), "app apply": answer });
    const message = await thrown();
    expect(message.slice(message.indexOf(NOT))).toBe(
      `${NOT}somebody else has since deployed wbot-ai ${theirs}. To undo that as well: npx wbot deploy app --image-tag ${EVERY_TAG.replaceAll("<tag>", "v0")} --env dev`,
    );
    expect(applies()).toBe(1);
  });

  it("has changed nothing if there was nothing to apply", async () => {
    const said = jest.spyOn(console, "error").mockReturnValue();
    terraform.answer({ ...FIRST_DEPLOY, "app show": print({}) });
    changes(`${DEPLOYMENTS}/wbot-ai`, () => deployment(OLD.ai, 0));
    expect(await deployed()).toBe(3);
    expect(said.mock.calls).toEqual([["Nothing was rolled back: this deploy changed nothing in app."]]);
  });

  it("reports both errors if the rollback fails as well", async () => {
    terraform.answer({
      ...FIRST_DEPLOY,
      "app show": changing("update", DEPLOYMENT),
      "app apply": fails("always"),
    });
    expect(await thrown()).toBe(`${FAILED}\n\nRolling back to ${OLD_ONES} also failed:\n\n${FAILED}`);
    expect(applies()).toBe(2);
  });

  it("says if the previous images fail verification, too", async () => {
    changes(`${DEPLOYMENTS}/wbot-ai`, () =>
      deployment(applies() === 1 ? `${OWN}:v1@${DIGEST}` : OLD.ai, applies() === 0 ? 1 : 0),
    );
    const message = await thrown();
    expect(message).toContain(
      `\n\nRolled back to ${OLD_ONES}, but that failed verification, too:\n\n✖ fail rollout wbot-ai: 0 of 1 pods are ready`,
    );
    expect(applies()).toBe(2);
  });

  it.each([
    [
      "no image ran before",
      () =>
        Object.assign(
          kubernetes.answers,
          Object.fromEntries(SERVICE_KEYS.map((key) => [`${DEPLOYMENTS}/${SERVICES[key].name}`, 404])),
        ),
    ],
    ["the images are the same", () => undefined],
    [
      "only the same image's digest was added",
      () => {
        changes(`${DEPLOYMENTS}/wbot-ai`, () =>
          deployment(applies() === 0 ? `${OWN}:v1` : `${OWN}:v1@${DIGEST}`),
        );
      },
    ],
  ])("has nothing to roll back to if %s", async (_, arrange) => {
    kubernetes.answers = running();
    arrange();
    terraform.answer({ ...FIRST_DEPLOY, "app apply": fails("once") });
    expect(await thrown()).toBe(
      `${FAILED}\n\nThere was nothing to roll back to: no other images were running before.`,
    );
    expect(applies()).toBe(1);
  });

  it("does nothing if app was not changed yet", async () => {
    terraform.answer({ ...FIRST_DEPLOY, "app plan": failing(DEPLOYMENT, "no such key") });
    expect(await thrown()).toBe(
      "Planning app failed:\n\n  ai/deployment (kubernetes_deployment_v1): no such key",
    );
    expect(terraform.calls()).toEqual(["app init", "app plan"]);
  });

  it("refuses to deploy app if the running images can't be read", async () => {
    kubernetes.answers = { ...running(), [`${DEPLOYMENTS}/wbot-ai`]: 403 };
    expect(await thrown()).toBe(
      "app was not deployed: --roll-back needs to know what is running (Kubernetes says 403).",
    );
    expect(terraform.calls()).toEqual(["app init", "app plan", "app show"]);
  });

  it("is refused without app", async () => {
    await expect(deployed({ stacks: ["infra"] })).rejects.toMatchObject({
      message: "--roll-back only applies to app: deploy app too, or remove --roll-back.",
      exitCode: 2,
    });
    expect(terraform.calls()).toEqual([]);
  });

  it("is opt-in", async () => {
    terraform.answer({ ...FIRST_DEPLOY, "app apply": fails("once") });
    expect(await thrown({ rollBack: false })).toBe(FAILED);
    expect(applies()).toBe(1);
  });
});

describe("an image that runs has a tag that its repository keeps", () => {
  const [A, B] = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];
  const IMAGES: Readonly<Record<string, string>> = { v0: A, v1: B };
  /** Digests by the tags that are kept. */
  let tags: Record<string, string>;
  /** What the cluster runs: the Deployment's image, and those of older pods. */
  let runs: { now: string; older: string[] };
  beforeEach(() => {
    tags = { "running-dev": A };
    runs = { now: A, older: [] };
    ecr.on(BatchGetImageCommand).callsFake(({ imageIds: [{ imageTag, imageDigest }] }) => {
      const digest = imageDigest ?? IMAGES[imageTag] ?? tags[imageTag];
      if (digest === undefined) return { images: [] };
      return { images: [{ imageManifest: JSON.stringify({ digest }), imageId: { imageDigest: digest } }] };
    });
    ecr.on(PutImageCommand).callsFake(({ imageTag, imageManifest }) => {
      tags[imageTag] = JSON.parse(imageManifest).digest;
    });
    changes(`${DEPLOYMENTS}/wbot-ai`, () => deployment(`${OWN}:v@${runs.now}`, runs.now === B ? 0 : 1));
    changes(REPLICA_SETS, () => ({
      items: runs.older.map((digest) => ({
        spec: { template: { spec: { containers: [{ name: "wbot-ai", image: `${OWN}:v@${digest}` }] } } },
        status: { replicas: 1 },
      })),
    }));
    answer(brings);
  });

  const answer = (apply: () => object) => {
    terraform.answer({
      ...FIRST_DEPLOY,
      "app show": changing("update", DEPLOYMENT),
      "app apply": apply,
    });
  };
  /** Applies what is synthesized. */
  const brings = () => {
    const { digest } = written().ai;
    runs = { now: digest, older: [] };
    return {};
  };
  /** The new pods never get ready, and the old ones go on. */
  const stopsHalfway = () => {
    runs = { now: B, older: [A] };
    return failed();
  };
  const firstFails = () => (applies() === 1 ? stopsHalfway() : brings());

  it.each<[string, () => object, Partial<DeployOptions>, string]>([
    ["deployed, not verified", brings, { rollBack: false }, B],
    ["rolled back because it is not verified", brings, {}, A],
    ["half-way", stopsHalfway, { rollBack: false }, B],
    ["rolled back from half-way", firstFails, {}, A],
    ["half-way back", stopsHalfway, {}, B],
  ])("after a deploy that ends %s", async (_, apply, options, now) => {
    answer(apply);
    await deployed(options).catch(() => undefined);
    expect(runs.now).toBe(now);
    expect(tags["running-dev"]).toBe(now);
    expect(Object.values(tags)).toEqual(expect.arrayContaining(runs.older));
  });

  it("or warns of it", async () => {
    ecr.on(PutImageCommand).rejects(new Error("no room"));
    await deployed({ verify: false });
    expect(printed).toContainEqual(expect.stringMatching(/^▲ warn images: wbot-ai: .* tagged \(no room\)/));
  });

  it("while the deploy is verified: it may be interrupted there", async () => {
    let then: object = {};
    changes(CERTIFICATE, () => {
      then = { ...tags };
      return ready("True");
    });
    await deployed({ rollBack: false });
    expect(then).toEqual({ "running-dev": B, "previous-dev": A });
  });

  it("also if the apply succeeded, but the deploy was killed before it could tag", async () => {
    runs.now = B;
    terraform.answer({ ...FIRST_DEPLOY, "app show": print({}) });
    await deployed({ rollBack: false });
    expect(tags).toEqual({ "running-dev": B, "previous-dev": A });
  });

  it("and none is moved by a deploy that couldn't be planned", async () => {
    runs.now = B;
    terraform.answer({ ...FIRST_DEPLOY, "app plan": failing(DEPLOYMENT, "no such key") });
    await thrown();
    expect(tags).toEqual({ "running-dev": A });
  });
});
