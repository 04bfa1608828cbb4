import { EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { FINISHING, listenForInterrupts, STOPPING } from "../../../commands/cli/interrupt";
import { harness } from "../harness";
import { destroy } from "../../../commands/destroy/destroy";
import { loadEnvironment } from "../../../environments";
import { changing, DEPLOYMENT, VPC } from "../terraform/stand-in";
import { Session } from "../../../commands/session/session";

const { terraform } = harness();
const ec2 = mockClient(EC2Client);
mockClient(SecretsManagerClient).onAnyCommand().resolves({});
mockClient(STSClient).on(GetCallerIdentityCommand).resolves({ Account: "111122223333", Arn: "me" });

// One test to a file: a program is interrupted once, and remembers it.
let complaints: string[];
beforeEach(() => {
  complaints = [];
  jest.spyOn(console, "error").mockImplementation((line: string) => complaints.push(line));
  listenForInterrupts();
});
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
});

it("stops at once on a second Ctrl-C, but not on a duplicate of the first or a SIGTERM, and says how to finish", async () => {
  terraform.answer({
    "app show": changing("delete", DEPLOYMENT),
    "infra show": changing("delete", VPC, "aws_eks_cluster.x"),
    // As Terraform does: it goes on at the first interruption.
    apply: async ({ interrupted }) => {
      await interrupted();
      await interrupted();
      return { code: 1 };
    },
  });
  const work = destroy(new Session(loadEnvironment("dev")), "dev").catch((error: unknown) => error);
  await terraform.called("app apply");
  const clock = jest.spyOn(performance, "now");
  const pressedAfter = (milliseconds: number, signal: "SIGINT" | "SIGTERM") => {
    clock.mockReturnValue(start + milliseconds);
    process.emit(signal);
  };
  const start = performance.now();
  pressedAfter(0, "SIGINT");
  pressedAfter(1, "SIGINT");
  pressedAfter(900, "SIGTERM");
  pressedAfter(7_500, "SIGTERM");
  expect(complaints).toEqual([`\n${FINISHING}`]);
  pressedAfter(8_000, "SIGINT");
  pressedAfter(8_001, "SIGINT");
  expect(await work).toMatchObject({
    message: expect.stringMatching(
      /^Interrupted\. dev .*: npx wbot destroy --env dev\n.*: npx wbot preflight --only leftovers --env dev$/,
    ) as string,
    exitCode: 130,
  });
  expect(complaints).toEqual([expect.anything(), `\n${STOPPING}`]);
  expect(terraform.calls().at(-1)).toBe("app apply");
  expect(ec2.calls()).toHaveLength(0);
});
