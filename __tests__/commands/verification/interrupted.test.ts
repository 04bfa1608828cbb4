import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../../../commands/cli/exit-codes";
import { listenForInterrupts, STOPPING, untilItEnds } from "../../../commands/cli/interrupt";
import type { Watch } from "../../../commands/plan/plan";
import { Session } from "../../../commands/session/session";
import { watching } from "../../../commands/verification/watching";
import { loadEnvironment } from "../../../environments";
import { DEPLOYMENTS, kubernetesCluster } from "../kubernetes";
import { script } from "../terraform/script";
import { stackFolder } from "../../stack-folder";

const kubernetes = kubernetesCluster();
const PATCH = `PATCH ${DEPLOYMENTS}/wbot-ai`;

// One test to a file: a program is interrupted once, and remembers it.
it("sets progress deadlines back before it stops, even if Ctrl-C is pressed again once Terraform has ended", async () => {
  const terraform = script();
  terraform.answer({ untaint: "" });
  const complaints = jest.spyOn(console, "error").mockReturnValue();
  const exit = jest.spyOn(process, "exit").mockImplementation();
  let now = 0;
  jest.spyOn(performance, "now").mockImplementation(() => now);
  listenForInterrupts();
  kubernetes.answers[PATCH] = {};
  const patches = () => kubernetes.sent.filter((_, place) => kubernetes.asked[place] === PATCH);
  const work = async ({ changing, stop }: Watch): Promise<never> => {
    changing(["kubernetes_deployment_v1.ai"]);
    await untilItEnds(sleep(5).then(() => process.emit("SIGINT"))).catch(() => undefined);
    while (!stop.aborted || patches().length === 0) await sleep(5);
    now += 2_000;
    // Right after what Terraform's end leads to at once.
    setImmediate(() => process.emit("SIGINT"));
    throw new CommandError("Interrupted.", 130);
  };
  const json = {
    resource: { kubernetes_deployment_v1: { ai: { metadata: { name: "wbot-ai", namespace: "wbot" } } } },
  };
  const folder = stackFolder("app", tmpdir(), json);
  const session = new Session(loadEnvironment("dev"));
  const watched = watching(session, folder, work, () => undefined, 5);
  await expect(watched).rejects.toMatchObject({ message: "Interrupted.", exitCode: 130 });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
  terraform.remove();
  expect(complaints).toHaveBeenLastCalledWith(`\n${STOPPING}`);
  expect(exit).not.toHaveBeenCalled();
  expect(patches()).toEqual(
    [1, 600].map((seconds) => JSON.stringify({ spec: { progressDeadlineSeconds: seconds } })),
  );
});
