import { tmpdir } from "node:os";
import { CommandError } from "../../commands/cli/exit-codes";
import { Session } from "../../commands/session/session";
import { init, terraformOutput } from "../../commands/terraform/program";
import { savePlan } from "../../commands/terraform/saved-plan";
import { watching } from "../../commands/verification/watching";
import { loadEnvironment } from "../../environments";
import { clusterIs, EVENTS, kubernetesApi, PODS } from "../commands/kubernetes";
import { prints, script, type Script } from "../commands/terraform/script";
import { stackFolder } from "../stack-folder";

/**
 * A deploy that fails says why: with the last lines that a pod logged, the cluster's events, and what a provider answers. In
 * CI everybody who may read the repository may read that, of a public one everybody.
 */

const SECRET = "made-up/value+1@x";
const TOKEN = `sk-${"0aB".repeat(8)}`;

const dev = new Session(loadEnvironment("dev"));
const AI = { metadata: { name: "wbot-ai", namespace: "wbot" } };
const folderAt = (path: string) =>
  stackFolder("app", path, { resource: { kubernetes_deployment_v1: { ai: AI } } });

describe("that a pod or the cluster says", () => {
  const kubernetes = kubernetesApi();

  it("in its log, its events and why it waits", async () => {
    clusterIs(kubernetes.config);
    const state = { waiting: { reason: "CrashLoopBackOff", message: `run --password ${SECRET} failed` } };
    const container = { name: "c", restartCount: 3, state, lastState: { terminated: { exitCode: 1 } } };
    const metadata = { name: "wbot-ai-1", namespace: "wbot" };
    kubernetes.answers[PODS] = { items: [{ metadata, status: { containerStatuses: [container] } }] };
    const involvedObject = { kind: "Pod", name: "wbot-ai-1" };
    const message = `probe of http://me:${SECRET}@localhost failed`;
    kubernetes.answers[EVENTS] = {
      items: [{ metadata: {}, type: "Warning", reason: "Unhealthy", message, involvedObject }],
    };
    kubernetes.answers[`${PODS}/wbot-ai-1/log`] = [
      "starting",
      `can't connect to postgresql://wbot:${SECRET}@db.test/postgres`,
      `DB_PASSWORD=${SECRET}`,
      `Authorization: Bearer ${TOKEN}`,
    ].join("\n");
    const failed = watching(
      dev,
      folderAt(tmpdir()),
      () => Promise.reject(new CommandError("Applying app failed")),
      () => undefined,
    );
    const shown = await failed.catch((error: unknown) => (error as Error).message);
    for (const part of ["CrashLoopBackOff", "Unhealthy: probe", "starting", "db.test"])
      expect(shown).toContain(part);
    for (const secret of [SECRET, TOKEN]) expect(shown).not.toContain(secret);
  });
});

describe("that a provider or a backend says", () => {
  let terraform: Script;
  beforeEach(() => {
    terraform = script();
  });
  afterEach(() => {
    terraform.remove();
  });
  const SAYS = `Invalid value for password: ${TOKEN}, at postgresql://wbot:${SECRET}@db.test`;

  it("in an error of a plan or an apply", async () => {
    const diagnostic = {
      severity: "error",
      summary: SAYS,
      detail: `token = "${SECRET}"`,
      address: "aws_x.x",
    };
    terraform.answer({ plan: `${prints({ type: "diagnostic", diagnostic })}\nexit 1` });
    expect(await shown(savePlan(folderAt(terraform.folder)))).toMatch(/^Planning app failed:/);
  });

  it("in the output of another command", async () => {
    const refused = `cat >&2 <<'END'\n${SAYS}\nEND\nexit 1`;
    terraform.answer({ plan: refused, init: refused, state: refused });
    const folder = folderAt(terraform.folder);
    expect(await shown(savePlan(folder))).toMatch(/^Planning app failed:/);
    expect(await shown(init(folder))).toMatch(/^terraform init failed/);
    expect(await shown(terraformOutput(folder, ["state", "rm"], "Not removed"))).toMatch(/^Not removed/);
  });

  async function shown(work: Promise<unknown>): Promise<string> {
    const { message } = (await work.catch((error: unknown) => error)) as Error;
    expect(message).toContain("db.test");
    for (const secret of [SECRET, TOKEN]) expect(message).not.toContain(secret);
    return message;
  }
});
