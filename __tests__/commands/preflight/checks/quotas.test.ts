import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { mockClient } from "aws-sdk-client-mock";
import { sdkError } from "../../sdk-error";
import { look } from "../look";
import { described, ec2, sells } from "./instance-types";

const quotas = mockClient(ServiceQuotasClient);
beforeEach(() => {
  quotas.reset();
});

describe("quotas", () => {
  const limit = (value: number) => quotas.on(GetServiceQuotaCommand).resolves({ Quota: { Value: value } });
  beforeEach(() => {
    const own = [
      { Key: "Project", Value: "wbot" },
      { Key: "Environment", Value: "dev" },
    ];
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{}, {}, { Tags: own }] });
    ec2.on(DescribeAddressesCommand).resolves({ Addresses: [{}] });
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    sells(described("t4g.medium", 2, 4));
  });

  it("compare what others use, and what this environment needs at the least and at the most, with the limit", async () => {
    limit(9);
    const found = await look("quotas");
    // Failures come last. The most includes the four nodes that an update starts before it drains others.
    expect(found.map(([status, why]) => [status, why])).toEqual([
      ["pass", "9 VPCs are allowed, others use 2, and this environment needs 1"],
      ["pass", "9 Elastic IP addresses are allowed, others use 1, and this environment needs 1"],
      [
        "warn",
        "9 vCPUs of on-demand instances are allowed, others use 0, and this environment needs 2 to 12, counting the nodes that an update adds",
      ],
      ["warn", expect.stringMatching(/^9 vCPUs of spot instances .* others use 0, .* needs 2 to 16, /)],
    ]);
    expect(found[3]?.[2]).toBe(
      "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-34B43A08 --desired-value 16 --region us-east-1",
    );
  });

  it("count threads of others' instances that run or start", async () => {
    limit(100);
    const node = (cluster: string): Instance => ({
      InstanceType: "t4g.medium",
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
      Tags: [{ Key: "eks:cluster-name", Value: cluster }],
    });
    ec2
      .on(DescribeInstancesCommand, {
        Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }],
      })
      .resolves({ Reservations: [{ Instances: [node("wbot-dev"), node("wbot-staging")] }] });
    expect((await look("quotas")).map(([, why]) => why)).toContainEqual(
      expect.stringMatching(/ on-demand instances .* others use 2, .* needs 2 to 12, /),
    );
  });

  it("count what runs of other types besides, and nothing on dedicated hosts", async () => {
    limit(100);
    const node = (InstanceType: string, more: Instance = {}) => ({
      InstanceType: InstanceType as "t4g.medium",
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
      Tags: [{ Key: "eks:cluster-name", Value: "wbot-dev" }],
      ...more,
    });
    const host: Instance = { Placement: { Tenancy: "host" }, Tags: [] };
    ec2
      .on(DescribeInstancesCommand)
      .resolves({ Reservations: [{ Instances: [node("c7g.large"), node("m7g.large", host)] }] });
    expect((await look("quotas")).map(([, why]) => why)).toContainEqual(
      expect.stringMatching(/ on-demand instances .* others use 0, .* needs 4 to 14, /),
    );
  });

  it("fail if a replacement doesn't fit beside the nodes that it replaces", async () => {
    limit(40);
    sells(described("t4g.medium", 2, 4), described("m7g.xlarge", 4, 16));
    const node: Instance = {
      InstanceType: "m7g.large",
      CpuOptions: { CoreCount: 2, ThreadsPerCore: 1 },
      Tags: [{ Key: "eks:cluster-name", Value: "wbot-dev" }],
    };
    ec2
      .on(DescribeInstancesCommand)
      .resolves({ Reservations: [{ Instances: Array.from({ length: 12 }, () => node) }] });
    const nodes = { onDemand: { instanceTypes: ["m7g.xlarge"], min: 1, max: 15 } };
    const found = await look("quotas", { nodes });
    expect(found.map(([status, why]) => `${status}: ${why}`)).toContain(
      "fail: 40 vCPUs of on-demand instances are allowed, others use 0, and this environment needs 48 to 104, counting the nodes that an update adds",
    );
  });

  it("are reported as unchecked for the rarer families", async () => {
    sells(described("g5.xlarge", 4, 16));
    limit(1000);
    const nodes = {
      architecture: "x86_64",
      onDemand: { instanceTypes: ["g5.xlarge"] },
      spot: { instanceTypes: ["m5.large"] },
    };
    expect((await look("quotas", { nodes })).filter(([status]) => status === "skip")).toEqual([
      ["skip", "the vCPU quota for g5.xlarge is not checked"],
    ]);
  });

  it("fail if the minimum does not fit, and warn if they can't be read", async () => {
    limit(1);
    // The one VPC is there already: more than are allowed is not this deploy's problem.
    expect((await look("quotas")).map(([status]) => status)).toEqual(["warn", "fail", "fail", "fail"]);
    quotas.on(GetServiceQuotaCommand).rejects(sdkError("AccessDeniedException", "no"));
    expect((await look("quotas")).map(([status]) => status)).toEqual(["warn", "warn", "warn", "warn"]);
  });
});
