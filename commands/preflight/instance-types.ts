import { EC2Client, paginateDescribeInstanceTypes, type InstanceTypeInfo } from "@aws-sdk/client-ec2";
import { maxPods, type InstanceSize, instanceTypesOf } from "../../environments/instance-types";
import type { Session } from "../session/session";

/** An instance type as described by EC2. */
export interface InstanceType extends InstanceSize {
  /** Such as "arm64" or "x86_64"; a few old types have two. */
  readonly architectures: readonly string[];
}

/** The environment's instance types by name; those that its region doesn't have are omitted. */
export async function describedTypes(session: Session): Promise<ReadonlyMap<string, InstanceType>> {
  const client = session.client(EC2Client);
  // Filtered, because a type that doesn't exist is an error if requested by name.
  const Filters = [{ Name: "instance-type", Values: instanceTypesOf(session.environment) }];
  const found = new Map<string, InstanceType>();
  for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes({ client }, { Filters }))
    for (const each of InstanceTypes) found.set(each.InstanceType ?? "", instanceType(each));
  return found;
}

function instanceType(info: InstanceTypeInfo): InstanceType {
  const vcpus = info.VCpuInfo?.DefaultVCpus ?? 0;
  const { MaximumNetworkInterfaces: count = 0, Ipv4AddressesPerInterface: addresses = 0 } =
    info.NetworkInfo ?? {};
  return {
    cpu: vcpus * 1000,
    memory: info.MemoryInfo?.SizeInMiB ?? 0,
    // Bare metal has no hypervisor, but is part of the Nitro System, too.
    pods: maxPods(vcpus, { count, addresses, prefixes: info.Hypervisor !== "xen" }),
    architectures: info.ProcessorInfo?.SupportedArchitectures ?? [],
  };
}
