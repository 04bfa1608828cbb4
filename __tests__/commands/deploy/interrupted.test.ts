import { FINISHING, listenForInterrupts } from "../../../commands/cli/interrupt";
import { harness } from "../harness";
import { clusterIs } from "../kubernetes";
import { deploy } from "../../../commands/deploy/deploy";
import { loadEnvironment } from "../../../environments";
import { DEPLOYMENT, failing, FIRST_DEPLOY } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";

const { terraform } = harness();

// One test to a file: a program is interrupted once, and remembers it.
let complaints: string[];
beforeEach(() => {
  complaints = [];
  clusterIs(undefined);
  jest.spyOn(console, "error").mockImplementation((line: string) => complaints.push(line));
  listenForInterrupts();
});
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
});

it("lets Terraform shut down cleanly, rolls nothing back, and says how to finish", async () => {
  let ended = false;
  terraform.answer({
    ...FIRST_DEPLOY,
    "app apply": async ({ interrupted }) => {
      await interrupted();
      ended = true;
      return failing(DEPLOYMENT, "Waiting for rollout");
    },
  });
  const options = {
    stacks: ["infra", "app"] as const,
    yes: true,
    rollBack: true,
    resumeCommand: "npx wbot deploy --roll-back",
  };
  const dev = loadEnvironment("dev");
  const work = deploy(new Session(dev), { ...options, preflight: false, verify: true }).catch(
    (error: unknown) => error,
  );
  await terraform.called("app apply");
  process.emit("SIGINT");
  expect(await work).toMatchObject({
    message: expect.stringMatching(/^Interrupted\. app .*: npx wbot deploy --roll-back$/) as string,
    exitCode: 130,
  });
  expect(complaints).toEqual([`\n${FINISHING}`]);
  expect(ended).toBe(true);
  expect(terraform.calls().at(-1)).toBe("app apply");
});
