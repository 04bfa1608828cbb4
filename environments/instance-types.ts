/** What EC2 instance types are made of, and what EKS leaves of them to pods: at synth, so without asking AWS. */

/** CPU in thousandths of a core, memory in MiB: of a pod, of a node, or of many. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * GiB a vCPU by family: 4 in general purpose ones, 2 in those for computing, 8 in those for memory. A letter behind the
 * generation (d: disks, n: network) changes neither. To allow a family, add a row.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html and the pages beside it
 */
const GIB_PER_VCPU: Readonly<Record<string, number>> = {
  m6g: 4,
  m6gd: 4,
  m7g: 4,
  m7gd: 4,
  m8g: 4,
  m8gd: 4,
  m6i: 4,
  m7i: 4,
  m7a: 4,
  c6g: 2,
  c6gd: 2,
  c6gn: 2,
  c7g: 2,
  c7gd: 2,
  c7gn: 2,
  c8g: 2,
  c8gd: 2,
  c6i: 2,
  c6in: 2,
  c7i: 2,
  r6g: 8,
  r6gd: 8,
  r7g: 8,
  r7gd: 8,
  r8g: 8,
  r8gd: 8,
  r6i: 8,
};

/** vCPUs by size. */
const VCPUS: Readonly<Record<string, number>> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
};

/** Intel's families begin with "large". */
const INTEL = /^[a-z]\d+i/;

/** The burstable families have sizes of their own: vCPUs and GiB. */
const BURSTABLE: readonly string[] = ["t3", "t4g"];
const BURSTABLE_SIZES: Readonly<Record<string, readonly [vcpus: number, gib: number]>> = {
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

/** What a type is made of; undefined if its family or size has no row above. */
export function sizeOf(instanceType: string): Amount | undefined {
  const [family = "", size = ""] = instanceType.split(".", 2);
  if (size === "medium" && INTEL.test(family)) return undefined;
  const [vcpus, gib] = BURSTABLE.includes(family)
    ? (BURSTABLE_SIZES[size] ?? [])
    : [VCPUS[size], (VCPUS[size] ?? 0) * (GIB_PER_VCPU[family] ?? 0)];
  return vcpus === undefined || !gib ? undefined : { cpu: vcpus * 1000, memory: gib * 1024 };
}

/**
 * What EKS has a node hold back of its CPU: 6 % of the first core, 1 % of the second, half a per cent of the next two, a
 * quarter of the rest. Bottlerocket computes the same.
 *
 * @see https://github.com/bottlerocket-os/bottlerocket `kube_reserve_cpu`, taken from amazon-eks-ami's bootstrap.sh
 */
const RESERVED_CPU = [
  { upTo: 1000, share: 0.06 },
  { upTo: 2000, share: 0.01 },
  { upTo: 4000, share: 0.005 },
  { upTo: Infinity, share: 0.0025 },
] as const;

/** MiB that a node holds back in any case, and for each pod that it may have (`kube_reserve_memory`). */
const RESERVED_MIB = { always: 255, perPod: 11 } as const;
/** The kubelet's default of `evictionHard`, which Bottlerocket keeps (MiB). */
const EVICTION_MIB = 100;
/**
 * Pods a node: EKS's cap for managed groups, which prefix delegation reaches on all but the smallest types.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html#max-pods-precedence
 */
const MAX_PODS = { small: 110, large: 250, largeFromVcpus: 30 } as const;
/** What hypervisor and kernel take before Kubernetes counts: Karpenter's default for `vmMemoryOverheadPercent`. */
const UNSEEN_MEMORY = 0.075;

/** What the scheduler may give away on a node of this size, its daemons' share included. */
export function allocatable({ cpu, memory }: Amount): Amount {
  const pods = cpu < MAX_PODS.largeFromVcpus * 1000 ? MAX_PODS.small : MAX_PODS.large;
  const reservedMemory = RESERVED_MIB.always + RESERVED_MIB.perPod * pods + EVICTION_MIB;
  return {
    cpu: cpu - reservedCpu(cpu),
    memory: Math.floor(memory * (1 - UNSEEN_MEMORY)) - reservedMemory,
  };
}

/** Rounded up: a thousandth of a core is the smallest that Kubernetes counts. */
function reservedCpu(cpu: number): number {
  let from = 0;
  let reserved = 0;
  for (const { upTo, share } of RESERVED_CPU) {
    reserved += Math.max(0, Math.min(cpu, upTo) - from) * share;
    from = upTo;
  }
  return Math.ceil(reserved - 1e-9);
}
