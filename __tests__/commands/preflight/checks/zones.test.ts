import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import { loadEnvironment } from "../../../../environments";
import { otherZones } from "../../../../environments/hints";
import { eks, look } from "../look";

const ec2 = mockClient(EC2Client);
beforeEach(() => {
  ec2.reset();
});

it("refuses zones by the ids behind this account's zone names", async () => {
  const zone = (ZoneName: string, ZoneId: string) => ({ ZoneName, ZoneId });
  // Without local zones and those that are not enabled.
  const Filters = [
    { Name: "zone-type", Values: ["availability-zone"] },
    { Name: "state", Values: ["available"] },
  ];
  ec2.on(DescribeAvailabilityZonesCommand, { Filters }).resolves({
    AvailabilityZones: [
      zone("us-east-1a", "use1-az3"),
      zone("us-east-1b", "use1-az1"),
      zone("us-east-1c", "use1-az2"),
    ],
  });
  expect(await look("zones")).toEqual([
    [
      "fail",
      "us-east-1a is use1-az3 in this account, where EKS can't place a control plane",
      'zones: ["us-east-1b","us-east-1c"] in environments/dev.ts',
    ],
  ]);
  expect((await look("zones", { zones: ["us-east-1b", "us-east-1c"] }))[0]?.[0]).toBe("pass");
  const why = async (...all: readonly object[]) => {
    ec2.on(DescribeAvailabilityZonesCommand).resolves({ AvailabilityZones: [...all] });
    return (await look("zones", { zones: ["us-east-1b", "us-east-1c"] }))[0]?.[1];
  };
  const c = zone("us-east-1c", "use1-az2");
  for (const id of ["usw1-az2", "cac1-az3"])
    expect(await why(zone("us-east-1b", id), c)).toContain(`us-east-1b is ${id} `);
  expect(await why(c)).toBe("us-east-1b is not an availability zone of this account, or not available");
});

it("refuses other zones than the cluster's", async () => {
  eks
    .on(DescribeClusterCommand)
    .resolves({ cluster: { resourcesVpcConfig: { subnetIds: ["subnet-1", "subnet-2"] } } });
  ec2.on(DescribeAvailabilityZonesCommand).resolves({
    AvailabilityZones: ["a", "b", "c"].map((letter) => ({
      ZoneName: `us-east-1${letter}`,
      State: "available",
    })),
  });
  ec2.on(DescribeSubnetsCommand).resolves({
    Subnets: [{ AvailabilityZone: "us-east-1c" }, { AvailabilityZone: "us-east-1a" }],
  });
  expect(await look("zones")).toEqual([
    [
      "fail",
      otherZones(loadEnvironment("dev"), "us-east-1a, us-east-1c"),
      'zones: ["us-east-1a","us-east-1c"] in environments/dev.ts',
    ],
  ]);
  expect((await look("zones", { zones: ["us-east-1c", "us-east-1a"] }))[0]?.[0]).toBe("pass");
});
