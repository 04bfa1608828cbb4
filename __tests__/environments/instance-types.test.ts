import { allocatable, maxPods, sizeOf } from "../../environments/instance-types";

it.each([
  ["t4g.medium", 2, 4],
  ["t3.large", 2, 8],
  ["t4g.2xlarge", 8, 32],
  ["m7g.medium", 1, 4],
  ["m7g.large", 2, 8],
  ["m6i.xlarge", 4, 16],
  ["c7g.large", 2, 4],
  ["c6gd.large", 2, 4],
  ["c7gn.4xlarge", 16, 32],
  ["r6g.2xlarge", 8, 64],
  ["r6i.large", 2, 16],
  ["m5.large", 2, 8],
  ["m5zn.3xlarge", 12, 48],
  ["m6a.large", 2, 8],
  ["m7i-flex.large", 2, 8],
  ["m7i.metal-24xl", 96, 384],
  ["t3a.medium", 2, 4],
  ["c5.9xlarge", 36, 72],
  ["c7a.medium", 1, 2],
  ["r5dn.24xlarge", 96, 768],
  ["m10g.48xlarge", 192, 768],
])("knows that %s has %i vCPUs and %i GiB", (type, vcpus, gib) => {
  expect(sizeOf(type)).toMatchObject({ cpu: vcpus * 1000, memory: gib * 1024 });
});

// With another ratio, with none, or not there.
it.each([
  "c5n.large",
  "m4.large",
  "c4.large",
  "t2.large",
  "t3.small",
  "g5.xlarge",
  "x8g.large",
  "m7g.metal",
  "t4g.4xlarge",
])("leaves %s to EC2", (type) => {
  expect(sizeOf(type)).toBeUndefined();
});
it.each(["m7i.medium", "m6a.medium", "m5.huge", "large", ""])("guesses nothing of %p", (type) => {
  expect(sizeOf(type)).toBeUndefined();
});

describe("the pods of a node", () => {
  it.each([
    // (4 - 1) × 2 × 16 + 2.
    ["m7g.medium", 98],
    ["t3.medium", 110],
    ["m5.4xlarge", 110],
    ["m5.8xlarge", 250],
  ])("are so many on %s: %i", (type, pods) => {
    expect(sizeOf(type)?.pods).toBe(pods);
  });

  it("are limited by addresses if prefixes are not supported", () => {
    // m4.large.
    expect(maxPods(2, { count: 2, addresses: 10, prefixes: false })).toBe(20);
  });
});

describe("what EKS leaves of a node", () => {
  it.each([
    // 6 % of 1000; 1024 × 4 less 7.5 % is 3788, less 255 + 11 × 110 + 100.
    ["a core", { cpu: 1000, memory: 4096 }, { cpu: 940, memory: 2223 }],
    // 60 + 10.
    ["two cores", { cpu: 2000, memory: 8192 }, { cpu: 1930, memory: 6012 }],
    // 60 + 10 + 10.
    ["four cores", { cpu: 4000, memory: 16384 }, { cpu: 3920, memory: 13590 }],
    // 60 + 10 + 10 + 0.25 % of 12000.
    ["sixteen cores", { cpu: 16000, memory: 65536 }, { cpu: 15890, memory: 59055 }],
    // From 30 vCPUs on 250 pods: 121241 less 255 + 11 × 250 + 100.
    ["thirty-two cores", { cpu: 32000, memory: 131072 }, { cpu: 31850, memory: 118136 }],
  ])("of %s follows its formula", (_, size, left) => {
    expect(allocatable({ ...size, pods: size.cpu < 30_000 ? 110 : 250 })).toEqual(left);
  });
});
