import { existsSync } from "node:fs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { destroy } from "../../../commands/destroy/destroy";
import { loadEnvironment } from "../../../environments";
import { changing, DEPLOYMENT, SAVES, standIn, VPC, type StandIn } from "../terraform/stand-in";

jest.mock("../../../stacks/synthesize", () => jest.requireActual("../terraform/stand-in"));

const ec2 = mockClient(EC2Client);
mockClient(SecretsManagerClient).onAnyCommand().resolves({});

// One test to a file: a program is interrupted once, and remembers it.
let terraform: StandIn;
let complaints: string[];
beforeEach(() => {
  terraform = standIn();
  complaints = [];
  jest.spyOn(console, "log").mockReturnValue(undefined);
  jest.spyOn(console, "error").mockImplementation((line: string) => complaints.push(line));
  listenForInterrupts();
});
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
  jest.restoreAllMocks();
  terraform.remove();
});

it("ends at once when it is interrupted twice, and says what finishes it", async () => {
  terraform.answer({
    plan: SAVES,
    "app show": changing("delete", DEPLOYMENT),
    "infra show": changing("delete", VPC),
    // As Terraform does: it goes on at the first interruption.
    apply: [
      `trap 'if [ -e "$here/first" ]; then exit 1; fi; echo > "$here/first"' INT`,
      `echo > "$here/applying"`,
      "while :; do sleep 0.02; done",
    ].join("\n"),
  });
  const work = destroy(loadEnvironment("dev"), "dev").catch((error: unknown) => error);
  await terraform.reached("applying");
  process.emit("SIGINT");
  await terraform.reached("first");
  process.emit("SIGINT");
  expect(await work).toMatchObject({
    message:
      "Interrupted. dev is destroyed in part, and its states say which. To finish, run the same command again: npx wbot destroy --env dev",
    exitCode: 130,
  });
  expect(complaints).toEqual([
    expect.stringMatching(/^\nInterrupted: what has begun is let end/),
    "\nInterrupted again: ending at once.",
  ]);
  expect(terraform.calls().at(-1)).toBe("app apply");
  for (const stack of ["infra", "app"] as const) expect(existsSync(terraform.planFile(stack))).toBe(false);
  expect(ec2.calls()).toHaveLength(0);
});
