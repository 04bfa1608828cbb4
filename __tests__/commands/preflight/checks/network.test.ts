import {
  DescribeDhcpOptionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import { EXISTING } from "../../../existing-network";
import { sdkError } from "../../sdk-error";
import { eks, look } from "../look";

const ec2 = mockClient(EC2Client);
beforeEach(() => {
  ec2.reset();
});

describe("a network that is there already", () => {
  const existing = { network: { existing: EXISTING } };
  const subnets = (change: Record<string, object> = {}) =>
    Object.entries(EXISTING.subnets).flatMap(([AvailabilityZone, tiers]) =>
      Object.values(tiers).map(({ id, cidr }) => ({
        SubnetId: id,
        CidrBlock: cidr,
        AvailabilityZone,
        AvailableIpAddressCount: 250,
        ...change[id],
      })),
    );
  const route = (target: object) => ({
    DestinationCidrBlock: "0.0.0.0/0",
    State: "active" as const,
    ...target,
  });
  const nat = route({ NatGatewayId: "nat-1" });
  const internet = route({ GatewayId: "igw-1" });
  const names = (...servers: string[]) =>
    ec2
      .on(DescribeDhcpOptionsCommand, { Filters: [{ Name: "dhcp-options-id", Values: ["dopt-1"] }] })
      .resolves({
        DhcpOptions: [
          {
            DhcpConfigurations: [
              { Key: "domain-name", Values: [{ Value: "ec2.internal" }] },
              { Key: "domain-name-servers", Values: servers.map((Value) => ({ Value })) },
            ],
          },
        ],
      });
  const found = ({
    change = {},
    main = [nat],
    open = [internet],
  }: { change?: Record<string, object>; main?: object[]; open?: object[] } = {}) => {
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ CidrBlock: EXISTING.cidr, DhcpOptionsId: "dopt-1" }] });
    names("AmazonProvidedDNS");
    ec2
      .on(DescribeVpcAttributeCommand)
      .resolves({ EnableDnsSupport: { Value: true }, EnableDnsHostnames: { Value: true } });
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: subnets(change) });
    ec2.on(DescribeVpcEndpointsCommand).resolves({ VpcEndpoints: [] });
    ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
    ec2.on(DescribeRouteTablesCommand).resolves({
      RouteTables: [
        { Associations: [{ Main: true }], Routes: main },
        { Associations: [{ SubnetId: "subnet-0000000b" }, { SubnetId: "subnet-0000000e" }], Routes: open },
      ],
    });
  };

  it("is not looked for where the environment has one of its own", async () => {
    expect((await look("network"))[0]?.[0]).toBe("skip");
    expect(ec2.calls()).toEqual([]);
  });

  it.each([
    [
      "which is there already",
      { existing: EXISTING },
      6,
      "18 nodes, and the subnets, such as 172.30.1.0/24, have them for 14",
    ],
    [
      "of its own",
      { cidr: "10.40.0.0/20" },
      20,
      "35 nodes, and the subnets, such as 10.40.0.0/23, have them for 28",
    ],
  ])("may lack addresses for an update at full scale: one %s", async (_, settings, max, why) => {
    found();
    expect(await look("network", { network: settings, nodes: { onDemand: { max } } })).toEqual([
      [
        "warn",
        `at nodes.onDemand.max and nodes.spot.max, an update needs addresses for ${why}: it would fail until there are fewer nodes`,
        "Lower one of the two in environments/dev.ts, or update nodes at a quiet hour",
      ],
    ]);
  });

  it("needs subnets apart from the nodes for an endpoint that only the product calls", async () => {
    found();
    const withEndpoints = (endpoints: string[]) =>
      look("network", { network: { existing: EXISTING, endpoints } }).then((all) => all.flat());
    expect(await withEndpoints(["bedrock-runtime"])).toEqual([
      "fail",
      "the endpoint of bedrock-runtime would be among the nodes in us-east-1b, where the product's pods can't reach any endpoint",
      'Take "bedrock-runtime" out of network.endpoints in environments/dev.ts (pods then call it over the internet); or, before the first deploy, name a cache subnet in each zone',
    ]);
    expect((await withEndpoints(["sts"]))[0]).toBe("pass");
  });

  it("passes with routes, addresses and names", async () => {
    found();
    expect(await look("network", existing)).toEqual([
      ["pass", "vpc-0123456789abcdef0 and its subnets have routes, addresses and names as needed"],
    ]);
  });

  it("keeps the subnets that Redis has nodes in", async () => {
    found();
    const runsIn = (...ids: string[]) =>
      ec2
        .on(DescribeNetworkInterfacesCommand, {
          Filters: [
            { Name: "vpc-id", Values: [EXISTING.vpcId] },
            { Name: "group-name", Values: ["wbot-dev-redis"] },
          ],
        })
        .resolves({ NetworkInterfaces: ids.map((SubnetId) => ({ SubnetId })) });
    runsIn("subnet-0000000c", "subnet-0000000d");
    expect((await look("network", existing))[0]?.[0]).toBe("pass");
    // The settings have subnet-0000000c now.
    runsIn("subnet-0000000b", "subnet-0000000d");
    expect(await look("network", existing)).toEqual([
      [
        "fail",
        "Redis has nodes in subnet-0000000b, which the settings don't name as cache subnets: ElastiCache refuses to give up a subnet in use",
        "Name them as cache in network.existing.subnets in environments/dev.ts: docs/network.md",
      ],
    ]);
    // It goes away.
    expect((await look("network", { ...existing, redis: { kind: "in-cluster" } }))[0]?.[0]).toBe("pass");
  });

  describe("with an endpoint of STS that is its owner's", () => {
    const endpoint = (more: object) => {
      found();
      const sts = {
        VpcEndpointId: "vpce-1",
        ServiceName: "com.amazonaws.us-east-1.sts",
        PrivateDnsEnabled: true,
      };
      ec2.on(DescribeVpcEndpointsCommand).resolves({
        VpcEndpoints: [{ ...sts, SubnetIds: ["subnet-0000000c"], ...more }],
      });
    };
    const network = (...endpoints: string[]) => ({ network: { ...existing.network, endpoints } });

    it.each([
      ["where nothing opens the cache's subnets", [], {}, "subnet-0000000c"],
      [
        "where it is in other subnets",
        ["kms"],
        { SubnetIds: ["subnet-0000000c", "subnet-000000ff"] },
        "subnet-000000ff",
      ],
    ])("would be closed to pods %s", async (_, services, more, closed) => {
      endpoint(more);
      expect(await look("network", network(...services))).toEqual([
        [
          "warn",
          "vpc-0123456789abcdef0 has an endpoint of sts already, vpce-1: network policies keep pods from it, because its addresses are in the VPC",
          `List the ranges of ${closed} in network.existing.endpoints in environments/dev.ts; for bedrock-runtime, only ranges without nodes: docs/network.md`,
        ],
      ]);
    });

    it("is open to pods where the settings have its range", async () => {
      endpoint({});
      const named = { network: { existing: { ...EXISTING, endpoints: ["172.30.3.0/24"] } } };
      expect((await look("network", named))[0]?.[0]).toBe("pass");
    });

    it.each([["172.30.1.0/24"], [EXISTING.cidr]])(
      "is closed to the product's pods among the nodes, as Bedrock's, also with the range %s",
      async (range) => {
        const bedrock = { ServiceName: "com.amazonaws.us-east-1.bedrock-runtime" };
        const named = (...endpoints: string[]) =>
          look("network", { network: { existing: { ...EXISTING, endpoints } } });
        endpoint({ ...bedrock, SubnetIds: ["subnet-0000000a", "subnet-0000000c"] });
        expect((await named(range))[0]?.[2]).toContain("the ranges of subnet-0000000a, subnet-0000000c ");
        // A range that has nodes in it is closed to them as a whole.
        endpoint(bedrock);
        expect((await named(range))[0]?.[2]).toContain("the ranges of subnet-0000000c ");
        expect((await named(range, "172.30.3.0/24"))[0]?.[0]).toBe("pass");
        endpoint({ SubnetIds: ["subnet-0000000a"] });
        expect((await named(range))[0]?.[0]).toBe("pass");
      },
    );

    it("is not created again, which EC2 would refuse", async () => {
      endpoint({});
      expect(await look("network", network("sts", "kms"))).toEqual([
        [
          "fail",
          "vpc-0123456789abcdef0 has an endpoint of sts already, vpce-1: EC2 refuses a second one under the same name, so every deploy of infra would fail",
          'Remove "sts" from network.endpoints in environments/dev.ts',
        ],
      ]);
    });

    it.each([
      ["it is in the cache's subnets, which are open", ["kms"], {}],
      ["it is under a name of its own", [], { PrivateDnsEnabled: false }],
      [
        "it is this environment's",
        ["sts"],
        {
          Tags: [
            { Key: "Project", Value: "wbot" },
            { Key: "Environment", Value: "dev" },
          ],
        },
      ],
    ])("is no trouble if %s", async (_, services, more) => {
      endpoint(more);
      expect((await look("network", network(...services)))[0]?.[0]).toBe("pass");
    });
  });

  it("must be there, with its range and with names", async () => {
    found();
    ec2.on(DescribeVpcsCommand).rejects(sdkError("InvalidVpcID.NotFound"));
    expect((await look("network", existing))[0]?.[1]).toBe(
      "there is no VPC vpc-0123456789abcdef0 in us-east-1 of this account",
    );
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ CidrBlock: "172.31.0.0/16", DhcpOptionsId: "dopt-1" }] });
    ec2.on(DescribeVpcAttributeCommand, { Attribute: "enableDnsHostnames" }).resolves({});
    expect((await look("network", existing)).map(([, why, fix]) => [why, fix])).toEqual([
      [
        "vpc-0123456789abcdef0 has the range 172.31.0.0/16, not 172.30.0.0/16",
        'cidr: "172.31.0.0/16" of network.existing in environments/dev.ts',
      ],
      [
        "vpc-0123456789abcdef0 has enableDnsHostnames disabled: nodes could not resolve the cluster's private address",
        "aws ec2 modify-vpc-attribute --vpc-id vpc-0123456789abcdef0 --enable-dns-hostnames --region us-east-1",
      ],
    ]);
  });

  it("may have its range beside another one", async () => {
    found();
    const both = ["172.31.0.0/16", EXISTING.cidr].map((CidrBlock) => ({ CidrBlock }));
    ec2.on(DescribeVpcsCommand).resolves({
      Vpcs: [{ ...both[0], CidrBlockAssociationSet: both, DhcpOptionsId: "dopt-1" }],
    });
    expect((await look("network", existing))[0]?.[0]).toBe("pass");
  });

  describe("of another account, which shares it", () => {
    const shared = (OwnerId: string) => {
      found();
      ec2
        .on(DescribeVpcsCommand)
        .resolves({ Vpcs: [{ CidrBlock: EXISTING.cidr, DhcpOptionsId: "dopt-1", OwnerId }] });
    };
    it.each([
      ["fail", "gets no endpoints from here", { endpoints: ["sts"] }],
      ["warn", "may have endpoints that nobody here sees", {}],
    ])("%ss: it %s", async (status, _, settings) => {
      shared("111122223333");
      expect(await look("network", { network: { ...existing.network, ...settings } })).toEqual([
        [
          status,
          "vpc-0123456789abcdef0 belongs to account 111122223333, which shares it: only that account can create endpoints there, or see them, and network policies keep pods from those that no setting lists",
          "Set network.endpoints to [], and network.existing.endpoints to the ranges of the owner's endpoints ([] if there are none), in environments/dev.ts: docs/network.md",
        ],
      ]);
    });

    it.each([[[]], [["10.9.0.0/24"]]])(
      "passes with its owner's endpoints in the settings: %j",
      async (endpoints) => {
        shared("111122223333");
        expect((await look("network", { network: { existing: { ...EXISTING, endpoints } } }))[0]?.[0]).toBe(
          "pass",
        );
      },
    );

    it("is none if the account is this one", async () => {
      shared("222233334444");
      expect((await look("network", existing))[0]?.[0]).toBe("pass");
    });
  });

  it.each([
    [
      "another zone",
      { change: { "subnet-0000000a": { AvailabilityZone: "us-east-1f" } } },
      "the private subnet subnet-0000000a of us-east-1a is 172.30.1.0/24 in us-east-1f, not 172.30.1.0/24 in us-east-1a of vpc-0123456789abcdef0",
    ],
    [
      "another range",
      { change: { "subnet-0000000c": { CidrBlock: "172.30.9.0/24" } } },
      "the cache subnet subnet-0000000c of us-east-1a is 172.30.9.0/24 in us-east-1a, not 172.30.3.0/24 in us-east-1a of vpc-0123456789abcdef0",
    ],
    [
      "another VPC",
      { change: { "subnet-0000000e": { SubnetId: "subnet-0000000f" } } },
      "the public subnet subnet-0000000e of us-east-1b is elsewhere, not 172.30.5.0/24 in us-east-1b of vpc-0123456789abcdef0",
    ],
    [
      "public addresses",
      { change: { "subnet-0000000d": { MapPublicIpOnLaunch: true } } },
      "the private subnet subnet-0000000d of us-east-1b assigns public addresses to everything launched in it, nodes included",
    ],
    [
      "too few addresses",
      { change: { "subnet-0000000a": { AvailableIpAddressCount: 100 } } },
      "the private subnet subnet-0000000a of us-east-1a has 100 free addresses, but needs 102",
    ],
    [
      "no room for the load balancer",
      { change: { "subnet-0000000b": { AvailableIpAddressCount: 7 } } },
      "the public subnet subnet-0000000b of us-east-1a has 7 free addresses, but needs 8",
    ],
    [
      "no room for Redis",
      { change: { "subnet-0000000c": { AvailableIpAddressCount: 0 } } },
      "the cache subnet subnet-0000000c of us-east-1a has 0 free addresses, but needs 1",
    ],
    [
      "no way in",
      { open: [nat] },
      "the public subnet subnet-0000000b of us-east-1a has no route to an internet gateway, so nobody could reach the load balancer",
    ],
    [
      "no way out",
      { main: [] },
      "the private subnet subnet-0000000a of us-east-1a has no route out, or one to an internet gateway, which nodes without public addresses can't use: they could not pull the platform's images, whatever endpoints there are",
    ],
    [
      "the wrong way out",
      { main: [internet] },
      "the private subnet subnet-0000000a of us-east-1a has no route out, or one to an internet gateway, which nodes without public addresses can't use: they could not pull the platform's images, whatever endpoints there are",
    ],
    [
      "a way to what is gone",
      { main: [{ ...nat, State: "blackhole" }] },
      "the private subnet subnet-0000000a of us-east-1a has a blackhole route out: its target is gone",
    ],
  ])("fails with %s", async (_, what, why) => {
    found(what);
    const findings = await look("network", existing);
    expect(findings[0]?.slice(0, 2)).toEqual(["fail", why]);
  });

  it("may have a firewall between the load balancer and the internet gateway", async () => {
    found({ open: [route({ GatewayId: "vpce-2" })] });
    expect((await look("network", existing))[0]?.[0]).toBe("pass");
  });

  it("needs a way out beside endpoints too, and names a subnet of another cluster's", async () => {
    found({
      main: [],
      change: { "subnet-0000000a": { Tags: [{ Key: "kubernetes.io/cluster/theirs", Value: "owned" }] } },
    });
    const findings = await look("network", { network: { existing: EXISTING, endpoints: ["sts"] } });
    expect(findings.map(([status, why]) => [status, why])).toEqual([
      [
        "warn",
        "the private subnet subnet-0000000a of us-east-1a is tagged kubernetes.io/cluster/theirs=owned: it is deleted with that cluster",
      ],
      ...["subnet-0000000a of us-east-1a", "subnet-0000000d of us-east-1b"].map((subnet) => [
        "fail",
        expect.stringContaining(`${subnet} has no route out`),
      ]),
    ]);
  });

  it("warns of name servers that may not know the cluster's private address", async () => {
    found();
    names("10.0.0.53", "10.0.1.53");
    const trouble = (servers: string, options: string) => [
      "warn",
      `vpc-0123456789abcdef0 has its machines use ${servers} for DNS: nodes that don't find the cluster's private address there never join it`,
      `Use servers that forward to the VPC's resolver, or domain-name-servers=AmazonProvidedDNS in the DHCP options (${options})`,
    ];
    expect(await look("network", existing)).toEqual([trouble("10.0.0.53, 10.0.1.53", "dopt-1")]);
    for (const own of ["169.254.169.253", EXISTING.cidr.replace(/\.0\/\d+$/, ".2")]) {
      names(own);
      expect((await look("network", existing))[0]?.[0]).toBe("pass");
    }
    // A VPC without DHCP options.
    ec2
      .on(DescribeVpcsCommand)
      .resolves({ Vpcs: [{ CidrBlock: EXISTING.cidr, DhcpOptionsId: "default" }] })
      .on(DescribeDhcpOptionsCommand)
      .resolves({ DhcpOptions: [] });
    expect(await look("network", existing)).toEqual([trouble("no name server", "default")]);
  });

  it("is not asked for addresses that its own cluster uses", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
    found({ change: { "subnet-0000000a": { AvailableIpAddressCount: 40 } } });
    expect((await look("network", existing))[0]?.[0]).toBe("pass");
  });
});
