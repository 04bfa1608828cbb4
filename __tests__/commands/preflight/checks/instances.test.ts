import { look } from "../look";
import { described, ec2, offers, sells } from "./instance-types";

/** Nodes of a type that only EC2 knows the size of, as EC2 describes it. */
const G5 = { architecture: "x86_64", ...groupsOf("g5.xlarge") };
function groupsOf(...instanceTypes: string[]) {
  return { onDemand: { instanceTypes }, spot: { instanceTypes } };
}

describe("instances", () => {
  it("must be offered in every zone", async () => {
    sells(described("g5.xlarge", 4, 16));
    offers("g5.xlarge us-east-1a");
    expect(await look("instances", { nodes: G5 })).toEqual([
      [
        "fail",
        "EC2 does not offer g5.xlarge in us-east-1b",
        "Use a type that all zones offer or, for a new environment, other zones, in environments/dev.ts: aws ec2 describe-instance-type-offerings --region us-east-1 --location-type availability-zone --filters Name=location,Values=us-east-1b --query 'InstanceTypeOfferings[].InstanceType'",
      ],
    ]);
  });

  it("have the sizes that EC2 reports, with room for all pods", async () => {
    sells(described("g5.xlarge", 4, 16));
    expect(await look("instances", { nodes: G5 })).toEqual([
      ["pass", "g5.xlarge has 4 CPU and 16.0 GiB, and the nodes have room for all pods"],
    ]);
  });

  it("fail if those sizes have no room for the pods", async () => {
    sells(described("g5.xlarge", 2, 4));
    const nodes = { ...G5, onDemand: { ...G5.onDemand, min: 1, max: 1 } };
    expect(await look("instances", { nodes })).toEqual([
      ["fail", expect.stringMatching(/^nodes\.onDemand\.max is 1: it must be \d+ or more: at the maximum/)],
    ]);
  });

  it("fail if they lack addresses for their pods", async () => {
    const few = { MaximumNetworkInterfaces: 2, Ipv4AddressesPerInterface: 6 };
    sells(described("g5.xlarge", 16, 64, { Hypervisor: "xen", NetworkInfo: few }));
    const found = await look("instances", { nodes: G5 });
    expect(found.map(([, why]) => why).join("\n")).toContain("due to the pod limit");
  });

  it("fail if the architecture differs, whatever the name suggests", async () => {
    sells(described("g5.xlarge", 4, 16, { ProcessorInfo: { SupportedArchitectures: ["arm64"] } }));
    expect(await look("instances", { nodes: G5 })).toEqual([
      [
        "fail",
        'g5.xlarge is arm64, but nodes.architecture is "x86_64"',
        "Use types of that architecture, or set nodes.architecture in environments/dev.ts",
      ],
    ]);
  });

  it("fail if a group's types differ in size", async () => {
    sells(described("g5.xlarge", 4, 16), described("g5.2xlarge", 8, 32));
    const nodes = { ...G5, spot: groupsOf("g5.xlarge", "g5.2xlarge").spot };
    expect(await look("instances", { nodes })).toEqual([
      [
        "fail",
        "the types of nodes.spot differ in size, but the autoscaler assumes that all nodes of a group are the same: g5.xlarge has 4 CPU and 16.0 GiB, g5.2xlarge has 8 CPU and 32.0 GiB",
        "nodes: { spot: { instanceTypes: [<types of one size>] } } in environments/dev.ts",
      ],
    ]);
  });

  it("are not read from an emulator, which makes up sizes", async () => {
    process.env["AWS_ENDPOINT_URL"] = "http://localhost:4566";
    expect((await look("instances", { nodes: G5 })).map(([status]) => status)).toEqual(["skip"]);
    expect(ec2.calls()).toEqual([]);
    delete process.env["AWS_ENDPOINT_URL"];
  });
});
