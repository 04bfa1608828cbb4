import {
  DescribeClusterCommand,
  DescribeUpdateCommand,
  EKSClient,
  UpdateClusterConfigCommand,
  type Cluster,
} from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import { switchLogsOff } from "../../../commands/destroy/control-plane-logs";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

const eks = mockClient(EKSClient);
const session = () => new Session(loadEnvironment("dev"));

beforeEach(() => {
  eks.reset();
});

const cluster = (enabled: boolean, more: Partial<Cluster> = {}) => ({
  cluster: {
    name: "wbot-dev",
    status: "ACTIVE" as const,
    endpoint: "https://example.com",
    logging: { clusterLogging: [{ enabled, types: ["api" as const, "audit" as const] }] },
    ...more,
  },
});

it("switches off every log that is on, and waits until EKS has done so", async () => {
  eks.on(DescribeClusterCommand).resolves(cluster(true));
  eks.on(UpdateClusterConfigCommand).resolves({ update: { id: "1" } });
  eks
    .on(DescribeUpdateCommand, { name: "wbot-dev", updateId: "1" })
    .resolvesOnce({ update: { status: "InProgress" } })
    .resolves({ update: { status: "Successful" } });
  await switchLogsOff(session(), 1);
  expect(eks.commandCalls(UpdateClusterConfigCommand).map(({ args }) => args[0].input)).toEqual([
    { name: "wbot-dev", logging: { clusterLogging: [{ types: ["api", "audit"], enabled: false }] } },
  ]);
  expect(eks.commandCalls(DescribeUpdateCommand)).toHaveLength(2);
});

it("stops waiting at an error that stays, such as expired credentials, and if the update fails", async () => {
  eks.on(DescribeClusterCommand).resolves(cluster(true));
  eks.on(UpdateClusterConfigCommand).resolves({ update: { id: "1" } });
  eks.on(DescribeUpdateCommand).rejects(sdkError("ExpiredTokenException", "expired"));
  await expect(switchLogsOff(session(), 1)).rejects.toMatchObject({ name: "ExpiredTokenException" });
  const errors = [{ errorMessage: "no more log groups" }];
  eks.on(DescribeUpdateCommand).resolves({ update: { status: "Failed", errors } });
  await expect(switchLogsOff(session(), 1)).rejects.toThrow(
    "EKS reports their update as Failed: no more log groups",
  );
});

it.each([
  ["logs are off", cluster(false)],
  ["the cluster is being deleted", cluster(true, { status: "DELETING" })],
])("changes nothing if %s", async (_, answer) => {
  eks.on(DescribeClusterCommand).resolves(answer);
  await switchLogsOff(session());
  expect(eks.commandCalls(UpdateClusterConfigCommand)).toEqual([]);
});

it("changes nothing if there is no cluster", async () => {
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  await switchLogsOff(session());
});
