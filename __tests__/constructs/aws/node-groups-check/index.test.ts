import { DescribeNodegroupCommand, EKSClient } from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import { handler, issuesOf } from "../../../../constructs/aws/node-groups-check/index.mjs";
import { send } from "../cloudwatch";

jest.mock("@aws-sdk/client-cloudwatch", () => jest.requireActual("../cloudwatch"), { virtual: true });

const eks = mockClient(EKSClient);
const CHECK = {
  cluster: "wbot-test",
  nodeGroups: ["on-demand-1", "spot-1"],
  namespace: "wbot/test",
  metricName: "NodeGroupIssues",
};
const ISSUE = {
  code: "AsgInstanceLaunchFailures",
  message: "We currently do not have sufficient t4g.large capacity",
  resourceIds: ["eks-spot-1"],
} as const;

beforeEach(() => {
  eks.reset();
  eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { status: "ACTIVE", health: { issues: [] } } });
  send.mockReset().mockResolvedValue({});
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  process.env["AWS_REGION"] = "us-east-1";
});

describe("a group", () => {
  it.each(["ACTIVE", "CREATING", "UPDATING", "DELETING"] as const)(
    "has no issue while it is %s",
    (status) => {
      expect(issuesOf({ nodegroupName: "spot-1", status })).toEqual([]);
    },
  );

  it.each(["DEGRADED", "CREATE_FAILED", "DELETE_FAILED"] as const)(
    "has one if it is %s, even without EKS's own",
    (status) => {
      expect(issuesOf({ nodegroupName: "spot-1", status })).toEqual([`spot-1: ${status}`]);
    },
  );

  it("has those that EKS reports, whatever its state", () => {
    for (const status of ["ACTIVE", "DEGRADED"] as const)
      expect(
        issuesOf({
          nodegroupName: "spot-1",
          status,
          health: { issues: [{ ...ISSUE, resourceIds: ["eks-spot-1"] }] },
        }),
      ).toEqual([
        "spot-1: AsgInstanceLaunchFailures eks-spot-1: We currently do not have sufficient t4g.large capacity",
      ]);
  });
});

it("counts the issues of all groups", async () => {
  eks
    .on(DescribeNodegroupCommand, { clusterName: "wbot-test", nodegroupName: "spot-1" })
    .resolves({ nodegroup: { status: "DEGRADED", health: { issues: [{ ...ISSUE, resourceIds: [] }] } } });
  await handler(CHECK);
  expect(eks.commandCalls(DescribeNodegroupCommand)).toHaveLength(2);
  expect(send.mock.calls.map(([{ input }]) => input)).toEqual([
    { Namespace: "wbot/test", MetricData: [{ MetricName: "NodeGroupIssues", Unit: "Count", Value: 1 }] },
  ]);
  expect(console.log).toHaveBeenCalledWith(expect.stringContaining("sufficient t4g.large capacity"));
});

it("writes 0 when all is well", async () => {
  expect(await handler(CHECK)).toEqual([]);
  expect(send.mock.calls[0][0].input.MetricData[0].Value).toBe(0);
  expect(console.log).toHaveBeenCalledWith("no issue of on-demand-1, spot-1");
});

it("fails, and writes nothing, if EKS can't be asked", async () => {
  eks.on(DescribeNodegroupCommand).rejects(new Error("AccessDenied"));
  await expect(handler(CHECK)).rejects.toThrow("AccessDenied");
  expect(send).not.toHaveBeenCalled();
});
