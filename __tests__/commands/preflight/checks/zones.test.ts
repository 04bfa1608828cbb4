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
  const refused = (bad: string, good: string) => [
    "fail",
    `${bad} can't be used: not an available zone of this account, or one where EKS can't place a control plane`,
    `zones: 2 of ${good} in environments/dev.ts`,
  ];
  expect(await look("zones")).toEqual([refused("us-east-1a", '["us-east-1b","us-east-1c"]')]);
  expect((await look("zones", { zones: ["us-east-1b", "us-east-1c"] }))[0]?.[0]).toBe("pass");
  expect(await look("zones", { zones: ["us-east-1c", "us-east-1d"] })).toEqual([
    refused("us-east-1d", '["us-east-1b","us-east-1c"]'),
  ]);
  ec2.on(DescribeAvailabilityZonesCommand).resolves({ AvailabilityZones: [zone("us-east-1c", "use1-az2")] });
  expect((await look("zones"))[0]?.[2]).toBe(
    'region: "<another>" in environments/dev.ts: of this one\'s zones, only us-east-1c can be used',
  );
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
