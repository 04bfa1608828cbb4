import { harness } from "../harness";
import { clusterIs } from "../kubernetes";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { rollBack } from "../../../commands/deploy/roll-back";
import { keepImages } from "../../../commands/images/keep";
import { loadEnvironment } from "../../../environments";
import { changing, DEPLOYMENT } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";

jest.mock("../../../commands/images/keep", () => ({ keepImages: jest.fn().mockResolvedValue([]) }));

const { terraform } = harness();

// One test to a file: a program is interrupted once, and remembers it.
beforeEach(() => {
  clusterIs(undefined);
  jest.spyOn(console, "error").mockReturnValue(undefined);
  listenForInterrupts();
});
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
});

it("tags what runs then, and names the command that finishes it, with the previous images", async () => {
  terraform.answer({
    show: changing("update", DEPLOYMENT),
    apply: async ({ interrupted }) => {
      await interrupted();
      return {};
    },
  });
  const before = { ai: "registry.test/ai:v1", web: `registry.test/web:v2@sha256:${"a".repeat(64)}` };
  const work = rollBack(new Session(loadEnvironment("dev")), before, "It failed", false).catch(
    (error: unknown) => error,
  );
  await terraform.called("app apply");
  process.emit("SIGINT");
  expect(await work).toMatchObject({
    message: expect.stringMatching(
      /^Interrupted\. app .*: npx wbot deploy app --image-tag ai=v1,web=v2@sha256:a{64} --env dev$/,
    ) as string,
    exitCode: 130,
  });
  expect(keepImages).toHaveBeenCalledTimes(1);
});
