import type { Amount } from "./quantity";
import type { Settings } from "./schema";

/**
 * Sizes of EC2 instance types, and what EKS leaves of them for pods, known at synth without querying AWS. For a type
 * that no rule here covers, `npx wbot preflight` queries EC2.
 */

/** An instance's CPU and memory, and the most pods that EKS allows on it. */
export interface InstanceSize extends Amount {
  readonly pods: number;
}

/** The size of an instance type; undefined if unknown. */
export type SizeOf = (instanceType: string) => InstanceSize | undefined;

/**
 * GiB per vCPU by series: general purpose, compute, memory. All families since the fifth generation follow it, whatever
 * letters come after (d: disks, n: network, a: AMD), with one exception.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html and the pages beside it
 */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { m: 4, c: 2, r: 8 };
const FIRST_GENERATION = 5;
/** Has about 2.7, with a different ratio for each size. */
const EXCEPTION = "c5n";

const NAME =
  /^(?<family>(?<series>[mcr])(?<generation>\d+)(?<attributes>[a-z]*))(?:-flex)?\.(?:metal-)?(?<size>\w+)$/;

/** The burstable families have their own sizes: vCPUs and GiB. */
const BURSTABLE: readonly string[] = ["t3", "t3a", "t4g"];
const BURSTABLE_SIZES: Readonly<Record<string, readonly [vcpus: number, gib: number]>> = {
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

/** The size of a type that a rule above covers. */
export function sizeOf(instanceType: string): InstanceSize | undefined {
  const [family = "", size = ""] = instanceType.split(".", 2);
  const [vcpus, gib] = BURSTABLE.includes(family) ? (BURSTABLE_SIZES[size] ?? []) : byRule(instanceType);
  if (vcpus === undefined || gib === undefined) return undefined;
  return { cpu: vcpus * 1000, memory: gib * 1024, pods: maxPods(vcpus, vcpus === 1 ? ONE_VCPU : ENOUGH) };
}

function byRule(instanceType: string): readonly [vcpus?: number, gib?: number] {
  const {
    family,
    series = "",
    generation,
    attributes = "",
    size = "",
  } = NAME.exec(instanceType)?.groups ?? {};
  const vcpus = vcpusOf(size, attributes, Number(generation));
  const ratio = GIB_PER_VCPU[series];
  if (vcpus === undefined || ratio === undefined) return [];
  return Number(generation) < FIRST_GENERATION || family === EXCEPTION ? [] : [vcpus, vcpus * ratio];
}

/** "medium" is one vCPU, which Intel and older AMD families don't have; "xlarge" is four, "<n>xlarge" n times four. */
function vcpusOf(size: string, attributes: string, generation: number): number | undefined {
  const hasMedium = attributes.startsWith("g") || (attributes.startsWith("a") && generation >= 7);
  if (size === "medium") return hasMedium ? 1 : undefined;
  if (size === "large") return 2;
  const [, count] = /^(\d*)xl(?:arge)?$/.exec(size) ?? [];
  return count === undefined ? undefined : 4 * Number(count || 1);
}

/** Network interfaces of an instance type, which provide its pods' addresses. */
interface Interfaces {
  readonly count: number;
  /** IPv4 addresses per interface. */
  readonly addresses: number;
  /** Whether an address slot can hold a prefix of 16 addresses, as on all Nitro types. */
  readonly prefixes: boolean;
}

/** For types with one vCPU. */
const ONE_VCPU: Interfaces = { count: 2, addresses: 4, prefixes: true };
/** For all larger ones here: more than EKS's cap. */
const ENOUGH: Interfaces = { count: 3, addresses: 10, prefixes: true };
const ADDRESSES_PER_PREFIX = 16;
/** EKS's cap for managed node groups. */
const MAX_PODS = { small: 110, large: 250, largeFromVcpus: 30 } as const;

/**
 * Pods of a node with prefix delegation: as many as its interfaces have addresses for, up to EKS's cap. Each interface
 * keeps one address for itself, and two pods use the node's.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html#determine-max-pods
 */
export function maxPods(vcpus: number, { count, addresses, prefixes }: Interfaces): number {
  const cap = vcpus < MAX_PODS.largeFromVcpus ? MAX_PODS.small : MAX_PODS.large;
  return Math.min(cap, count * (addresses - 1) * (prefixes ? ADDRESSES_PER_PREFIX : 1) + 2);
}

/** Graviton types have a "g" after the generation: t4g, m7g, c7gn, r8gd. The oldest and newest Arm types don't. */
export function isArm(instanceType: string): boolean {
  return /^(a1\.|[a-z]+\d+g|[a-z]+\d+[a-z]*-gb)/.test(instanceType);
}

/**
 * CPU that EKS reserves on a node: 6% of the first core, 1% of the second, 0.5% of the next two, 0.25% of the rest.
 * Bottlerocket computes the same.
 *
 * @see https://github.com/bottlerocket-os/bottlerocket `kube_reserve_cpu`, taken from amazon-eks-ami's bootstrap.sh
 */
const RESERVED_CPU = [
  { upTo: 1000, share: 0.06 },
  { upTo: 2000, share: 0.01 },
  { upTo: 4000, share: 0.005 },
  { upTo: Infinity, share: 0.0025 },
] as const;

/** MiB reserved on every node, and for each pod that it may have (`kube_reserve_memory`). */
const RESERVED_MIB = { always: 255, perPod: 11 } as const;
/** The kubelet's default of `evictionHard`, which Bottlerocket keeps (MiB). */
const EVICTION_MIB = 100;
/** Memory taken by hypervisor and kernel, unseen by Kubernetes: Karpenter's default for `vmMemoryOverheadPercent`. */
const VM_OVERHEAD = 0.075;

/** Allocatable CPU and memory of a node of this size, including its daemons' share. */
export function allocatable({ cpu, memory, pods }: InstanceSize): Amount {
  const reservedMemory = RESERVED_MIB.always + RESERVED_MIB.perPod * pods + EVICTION_MIB;
  return {
    cpu: cpu - reservedCpu(cpu),
    memory: Math.floor(memory * (1 - VM_OVERHEAD)) - reservedMemory,
  };
}

/** Rounded up: a millicore is Kubernetes' smallest unit. */
function reservedCpu(cpu: number): number {
  let from = 0;
  let reserved = 0;
  for (const { upTo, share } of RESERVED_CPU) {
    reserved += Math.max(0, Math.min(cpu, upTo) - from) * share;
    from = upTo;
  }
  return Math.ceil(reserved - 1e-9);
}

/** Instance types of both node groups. */
export function instanceTypesOf({ nodes }: Pick<Settings, "nodes">): string[] {
  return [...new Set([...nodes.onDemand.instanceTypes, ...nodes.spot.instanceTypes])];
}

/** Instance types whose size only EC2 knows. */
export function unknownTypes(settings: Pick<Settings, "nodes">): string[] {
  return instanceTypesOf(settings).filter((type) => sizeOf(type) === undefined);
}
