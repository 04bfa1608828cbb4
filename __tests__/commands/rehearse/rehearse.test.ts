import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { deploy } from "../../../commands/deploy/deploy";
import { deployStack } from "../../../commands/deploy/stack";
import { destroy } from "../../../commands/destroy/destroy";
import { planStack, type Plan } from "../../../commands/plan/plan";
import { startEmulator } from "../../../commands/rehearse/emulator";
import { rehearse } from "../../../commands/rehearse/rehearse";
import { Session } from "../../../commands/session/session";
import { main } from "../../../commands/wbot";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

// What it is composed of has tests of its own.
jest.mock("../../../commands/deploy/deploy", () => ({ deploy: jest.fn() }));
jest.mock("../../../commands/deploy/stack", () => ({ deployStack: jest.fn() }));
jest.mock("../../../commands/destroy/destroy", () => ({ destroy: jest.fn() }));
jest.mock("../../../commands/plan/plan", () => ({
  ...jest.requireActual("../../../commands/plan/plan"),
  planStack: jest.fn(),
}));
jest.mock("../../../commands/rehearse/emulator", () => ({
  ...jest.requireActual("../../../commands/rehearse/emulator"),
  startEmulator: jest.fn(),
}));
// The states of this project may be those of a real rehearsal.
jest.mock("../../../environments/local-state", () => ({
  ...jest.requireActual("../../../environments/local-state"),
  localState: (_: string, stack: string) => join(mockStates, `${stack}.tfstate`),
}));

const mockStates = mkdtempSync(join(tmpdir(), "wbot-states-"));
const CHANGE = { name: "wbot-web/autoscaler", action: "update" };
const planned = (...changes: object[]) => ({ folder: {}, json: {}, changes, outputs: [] }) as unknown as Plan;

const sts = mockClient(STSClient);
const eks = mockClient(EKSClient);
const secrets = mockClient(SecretsManagerClient);
const { AWS_ENDPOINT_URL } = process.env;
const outdir = mkdtempSync(join(tmpdir(), "wbot-rehearse-"));
afterAll(() => {
  for (const folder of [outdir, mockStates]) rmSync(folder, { recursive: true });
});
let printed: string[];
let done: string[];
beforeEach(() => {
  process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
  printed = [];
  done = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  for (const mock of [sts, eks, secrets]) mock.reset();
  secrets.onAnyCommand().resolves({});
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "000000000000", Arn: "arn:aws:iam::000000000000:root" });
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException", "no such cluster"));
  const does = <T>(what: string, result: T) => {
    done.push(what);
    return Promise.resolve(result);
  };
  jest
    .mocked(deploy)
    .mockReset()
    .mockImplementation(() => does("deploy", 0 as const));
  jest
    .mocked(destroy)
    .mockReset()
    .mockImplementation(() => does("destroy", 0 as const));
  jest
    .mocked(deployStack)
    .mockReset()
    .mockImplementation(() => does("change", planned(CHANGE)));
  jest
    .mocked(planStack)
    .mockReset()
    .mockImplementation(({ stack }) => does(`diff ${stack}`, planned()));
});
afterEach(() => {
  jest.restoreAllMocks();
  if (AWS_ENDPOINT_URL === undefined) delete process.env["AWS_ENDPOINT_URL"];
  else process.env["AWS_ENDPOINT_URL"] = AWS_ENDPOINT_URL;
});

const run = (docker = false) => rehearse(new Session(loadEnvironment("rehearsal"), outdir), docker);

it("deploys, looks for a second diff, changes one setting and destroys, with the commands for that", async () => {
  expect(await run()).toBe(0);
  expect(done).toEqual(["deploy", "diff infra", "diff app", "diff infra", "change", "destroy"]);
  expect(jest.mocked(deploy).mock.calls[0]?.[1]).toMatchObject({
    stacks: ["infra", "app"],
    verify: true,
    resumeCommand: "npx wbot rehearse",
  });
  const [before, after] = [deploy, deployStack].map(
    (each) => jest.mocked(each).mock.calls[0]?.[0].environment.web.targetCpuPercent ?? 0,
  );
  expect(after).toBe((before ?? 0) + 5);
  expect(jest.mocked(destroy).mock.calls[0]?.[1]).toBe("rehearsal");
  expect(secrets.commandCalls(DeleteSecretCommand)).toHaveLength(1);
  expect(printed.at(-1)).toMatch(
    /^\ndeploy .* verified\nsecond diff .* empty\nweb\.targetCpuPercent .* changed only wbot-web\/autoscaler\ndestroy .* are gone\ntotal /,
  );
});

it("first destroys what an earlier rehearsal has left", async () => {
  writeFileSync(join(mockStates, "infra.tfstate"), "{}");
  eks
    .on(DescribeClusterCommand)
    .resolvesOnce({ cluster: { endpoint: "https://k8s.test" } })
    .rejects(sdkError("ResourceNotFoundException", "no such cluster"));
  await run();
  expect(done.slice(0, 2)).toEqual(["destroy", "deploy"]);
});

it("only forgets the states of an emulator that no longer exists", async () => {
  writeFileSync(join(mockStates, "infra.tfstate"), "{}");
  jest.mocked(deploy).mockImplementation(() => Promise.reject(new Error(readdirSync(mockStates).join())));
  await expect(run()).rejects.toThrow(/^$/);
  expect(done).toEqual([]);
});

it("fails if not everything is ready", async () => {
  jest.mocked(deploy).mockResolvedValue(3);
  await expect(run()).rejects.toThrow("Not everything is ready: see the failed checks above.");
  expect(done).toEqual([]);
});

it("fails if a second diff is not empty", async () => {
  jest
    .mocked(planStack)
    .mockImplementation(({ stack }) =>
      Promise.resolve(
        planned(
          ...(stack === "app" ? [{ ...CHANGE, type: "x", differences: [], forcedBy: [], labels: [] }] : []),
        ),
      ),
    );
  await expect(run()).rejects.toThrow("A second diff of app is not empty (1 to update):\n");
  expect(done).toEqual(["deploy"]);
});

it.each([[[]], [[CHANGE, CHANGE]], [[{ ...CHANGE, action: "replace" }]]])(
  "fails if a changed setting changes anything but its autoscaler: %j",
  async (changes) => {
    jest.mocked(deployStack).mockResolvedValue(planned(...changes));
    await expect(run()).rejects.toThrow(
      "web.targetCpuPercent should change only wbot-web/autoscaler: see the plan above.",
    );
  },
);

it("fails if the cluster is left", async () => {
  eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://k8s.test" } });
  await expect(run()).rejects.toThrow("The cluster is still there.");
});

it("refuses an endpoint whose account is not an emulator's", async () => {
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333", Arn: "me" });
  await expect(run()).rejects.toThrow(/belongs? to account 000000000000.* Nothing was changed\./);
  expect(secrets.calls()).toEqual([]);
  expect(done).toEqual([]);
});

it("stops the emulator that it started, whatever happens, and deploys what reaches that from pods", async () => {
  const stop = jest.fn();
  const fromPods = "http://172.17.0.1:4566";
  jest
    .mocked(startEmulator)
    .mockResolvedValue({ endpoint: "http://localhost:4566", fromPods, log: "log", stop });
  jest.mocked(deploy).mockRejectedValue(new Error("no"));
  await expect(run(true)).rejects.toThrow("no");
  expect(stop).toHaveBeenCalledTimes(1);
  expect(jest.mocked(deploy).mock.calls[0]?.[0].environment.emulator).toEqual({ endpoint: fromPods });
});

it("doesn't rehearse a real environment", async () => {
  await expect(rehearse(new Session(loadEnvironment("prod")), false)).rejects.toThrow(
    'The environment "prod" is real: only an environment with the setting emulator can be rehearsed, such as "rehearsal".',
  );
});

it("refuses --json, which is for a paper rehearsal", async () => {
  await expect(main(["rehearse", "--json"])).rejects.toMatchObject({
    message:
      "--json works only in a rehearsal on paper: remove it, or unset AWS_ENDPOINT_URL and leave out --docker",
    exitCode: 2,
  });
});
