import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  EC2Client,
  type InstanceTypeInfo,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";

export const ec2 = mockClient(EC2Client);
beforeEach(() => {
  ec2.reset();
});

/** A type as EC2 describes it. */
export function described(
  name: string,
  vcpus: number,
  gib: number,
  more: InstanceTypeInfo = {},
): InstanceTypeInfo {
  return {
    InstanceType: name as _InstanceType,
    VCpuInfo: { DefaultVCpus: vcpus },
    MemoryInfo: { SizeInMiB: gib * 1024 },
    ProcessorInfo: { SupportedArchitectures: ["x86_64"] },
    NetworkInfo: { MaximumNetworkInterfaces: 4, Ipv4AddressesPerInterface: 15 },
    Hypervisor: "nitro",
    ...more,
  };
}

/** Types that EC2 describes, and offers in every zone. */
export function sells(...InstanceTypes: InstanceTypeInfo[]) {
  ec2.on(DescribeInstanceTypesCommand).resolves({ InstanceTypes });
  // And what the cache runs on.
  offers(...InstanceTypes.map(({ InstanceType = "" }) => InstanceType));
}

/** Types that dev's zones have, or "<type> <zone>" for a single one. */
export function offers(...types: string[]) {
  ec2.on(DescribeInstanceTypeOfferingsCommand).resolves({
    InstanceTypeOfferings: types.flatMap((each) => {
      const [type, zone] = each.split(" ");
      const zones = zone === undefined ? ["us-east-1a", "us-east-1b"] : [zone];
      return zones.map((Location) => ({ InstanceType: type as _InstanceType, Location }));
    }),
  });
}
