import { hash } from "node:crypto";
import dns from "node:dns/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import {
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeDhcpOptionsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  DescribeAddressesCommand,
  EC2Client,
  type Instance,
  type InstanceTypeInfo,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CostExplorerClient, ListCostAllocationTagsCommand } from "@aws-sdk/client-cost-explorer";
import { BatchGetImageCommand, ECRClient, GetDownloadUrlForLayerCommand } from "@aws-sdk/client-ecr";
import {
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
  type VpcConfigResponse,
} from "@aws-sdk/client-eks";
import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  type Role,
} from "@aws-sdk/client-iam";
import { GetHostedZoneCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { preflight, type PreflightOptions } from "../../../commands/preflight/preflight";
import { connectTrouble } from "../../../commands/verification/requests";
import { ciRights, nameIn } from "../../../stacks/bootstrap";
import type { Chart } from "../../../constructs/platform/helm-chart";
import { CHARTS } from "../../../stacks/controllers";
import { loadEnvironment, outputFolder, type Overrides } from "../../../environments";
import { perService, SERVICE_KEYS } from "../../../environments/services";
import { EXISTING } from "../../existing-network";
import { networkError, sdkError } from "../sdk-error";
import { GOOD } from "../secrets/good";
import { Session } from "../../../commands/session/session";
import { withPrivateFolder } from "../../../commands/cli/private-folder";

/** Without the digests, which are pinned or not as charts come and go. */
jest.mock("../../../stacks/controllers", () => {
  const actual = jest.requireActual<{ CHARTS: readonly Chart[] }>("../../../stacks/controllers");
  return {
    ...actual,
    CHARTS: actual.CHARTS.map(({ name, version, repository }) => ({ name, version, repository })),
  };
});

const reloader = () => CHARTS.find(({ name }) => name === "reloader") ?? {};

const ce = mockClient(CostExplorerClient);
const ec2 = mockClient(EC2Client);
const ecr = mockClient(ECRClient);
const eks = mockClient(EKSClient);
const elb = mockClient(ElasticLoadBalancingV2Client);
const iam = mockClient(IAMClient);
const logs = mockClient(CloudWatchLogsClient);
const route53 = mockClient(Route53Client);
const secrets = mockClient(SecretsManagerClient);
const quotas = mockClient(ServiceQuotasClient);
const sns = mockClient(SNSClient);
const sts = mockClient(STSClient);

const endpoint = process.env["AWS_ENDPOINT_URL"];
beforeEach(() => {
  delete process.env["AWS_ENDPOINT_URL"];
  for (const mock of [ce, ec2, ecr, eks, elb, iam, logs, route53, secrets, quotas, sns, sts]) mock.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "222233334444", Arn: "arn:aws:iam::222233334444:user/me" });
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  eks.on(ListNodegroupsCommand).resolves({});
  elb.on(DescribeLoadBalancersCommand).rejects(sdkError("LoadBalancerNotFoundException"));
  route53.on(ListResourceRecordSetsCommand).resolves({ ResourceRecordSets: [] });
});
afterEach(() => {
  jest.restoreAllMocks();
  if (endpoint !== undefined) process.env["AWS_ENDPOINT_URL"] = endpoint;
});

const TAGGED = { image: { tag: "v0.1.0" } };
const MINE = {
  ...perService(() => TAGGED),
  access: { admins: ["arn:aws:iam::222233334444:user/me"], publicCidrs: ["8.8.8.0/24"] },
  domain: { host: "chat.wbot.test" },
  supabase: { url: "https://project.supabase.test" },
};

const dnsError = (code: string) => Object.assign(new Error(`queryA ${code}`), { code });

/** The network beside AWS's API, as far as a test has one. */
interface Outside {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly lookup: (host: string) => Promise<string[]>;
  readonly resolve4: (host: string) => Promise<string[]>;
  readonly resolve6: (host: string) => Promise<string[]>;
  readonly resolveNs: (host: string) => Promise<string[]>;
  readonly connect: typeof connectTrouble;
}
interface Given extends PreflightOptions {
  readonly outside?: Partial<Outside>;
}

jest.mock("../../../commands/verification/requests", () => ({
  ...jest.requireActual<object>("../../../commands/verification/requests"),
  connectTrouble: jest.fn(),
}));

function networkIs({ fetch: answer, lookup, connect, ...resolvers }: Partial<Outside>): void {
  if (answer !== undefined)
    jest
      .spyOn(globalThis, "fetch")
      .mockImplementation((url, init) => answer(url instanceof Request ? url.url : String(url), init));
  if (lookup !== undefined)
    jest
      .spyOn(dns, "lookup")
      .mockImplementation((async (host: string) =>
        (await lookup(host)).map((address) => ({ address, family: 4 }))) as never);
  if (connect !== undefined) jest.mocked(connectTrouble).mockImplementation(connect);
  for (const [name, resolve] of Object.entries(resolvers))
    jest.spyOn(dns, name as keyof typeof resolvers).mockImplementation(resolve as never);
}

/** What one check finds, as "status: why" with what mends it. */
async function look(
  check: string,
  overrides: Overrides = {},
  { outside = {}, ...options }: Given = {},
  name = "dev",
) {
  networkIs(outside);
  const environment = loadEnvironment(name, { overrides: { ...MINE, ...overrides } });
  // In a folder of its own, as the command runs it.
  const findings = await withPrivateFolder((folder) =>
    preflight(new Session(environment, folder), { only: [check], silent: true, ...options }),
  );
  return findings.map(({ status, why, fix }) => [status, why, ...(fix ? [fix] : [])]);
}

describe("CI", () => {
  const CI = {
    account: "222233334444",
    state: { kind: "s3", bucket: "wbot-state" },
    ci: { repository: "example/wbot", runner: "wbot" },
  };

  /** IAM has the roles and policies of an environment as its settings were once. */
  const bootstrapped = (overrides: Overrides, { longest = 24 } = {}) => {
    const document = (wanted: object) => encodeURIComponent(JSON.stringify(wanted));
    const { roles, policies } = ciRights(loadEnvironment("dev", { overrides: { ...MINE, ...overrides } }));
    for (const { arn, trust, hours } of roles)
      iam.on(GetRoleCommand, { RoleName: nameIn(arn) }).resolves({
        Role: {
          MaxSessionDuration: Math.min(hours, longest) * 3600,
          AssumeRolePolicyDocument: document(trust),
        } as Role,
      });
    iam.on(GetPolicyCommand).resolves({ Policy: { DefaultVersionId: "v2" } });
    for (const each of policies)
      iam.on(GetPolicyVersionCommand, { PolicyArn: each.arn, VersionId: "v2" }).resolves({
        PolicyVersion: { Document: document(each.document) },
      });
  };
  const PASSED = ["pass", "wbot-dev-ci-plan and wbot-dev-ci-deploy exist, with the policies that they need"];
  const zone = { hostedZoneId: "Z0000000000EXAMPLE" };
  const others = (...hosts: string[]) => ({
    domain: { ...zone, others: hosts.map((host) => ({ host, ...zone })) },
  });

  it.each([
    ["a host", { ...CI, ...others("new.example.org") }, "wbot-dev-ci-network"],
    [
      "the first host with a zone",
      { ...CI, domain: zone },
      "wbot-dev-ci-data, wbot-dev-ci-network, wbot-dev-boundary",
    ],
    ["copies of the images", { ...CI, registry: { copies: ["us-west-2"] } }, "wbot-dev-ci-boundary"],
    ["endpoints", { ...CI, network: { endpoints: ["sts"] } }, "wbot-dev-ci-network, wbot-dev-ci-boundary"],
    ["sessions on nodes", { ...CI, nodes: { ssm: true } }, "wbot-dev-boundary"],
    [
      "another repository",
      { ...CI, ci: { ...CI.ci, repository: "example/other" } },
      "wbot-dev-ci-plan, wbot-dev-ci-deploy",
    ],
  ])("needs its policies bootstrapped again before %s", async (what, settings, policies) => {
    bootstrapped(what === "a host" ? { ...CI, ...others() } : CI);
    const [found] = await look("ci", settings);
    expect(found).toEqual([
      "fail",
      expect.stringMatching(
        / don't exist, or lack what these settings need: AWS would refuse it halfway through a deploy$/,
      ),
      "npx wbot bootstrap --env dev",
    ]);
    for (const policy of policies.split(", ")) expect(found?.[1]).toContain(policy);
    bootstrapped(settings);
    expect(await look("ci", settings as Overrides)).toEqual([PASSED]);
  });

  it("needs roles whose sessions last as long as a deploy may take", async () => {
    bootstrapped(CI, { longest: 2 });
    expect((await look("ci", CI))[0]?.[1]).toContain("wbot-dev-ci-deploy don't exist, or lack");
  });

  it("may have more in its policies than it needs: what a host that goes needs until it is gone", async () => {
    bootstrapped({ ...CI, ...others("old.example.org") });
    expect(await look("ci", { ...CI, ...others() })).toEqual([PASSED]);
  });

  it("needs a policy that doesn't exist yet", async () => {
    bootstrapped(CI);
    iam
      .on(GetPolicyCommand, { PolicyArn: "arn:aws:iam::222233334444:policy/wbot-dev-ci-read" })
      .rejects(sdkError("NoSuchEntityException"));
    expect((await look("ci", CI))[0]?.[1]).toContain("wbot-dev-ci-read don't exist, or lack");
  });

  it("needs its policies without a condition that an earlier version had", async () => {
    bootstrapped(CI);
    const { policies } = ciRights(loadEnvironment("dev", { overrides: { ...MINE, ...CI } }));
    const { arn = "", document } = policies.find((each) => nameIn(each.arn) === "wbot-dev-ci-read") ?? {};
    const [first, ...others] = document?.Statement ?? [];
    const Condition = { StringEquals: { "aws:RequestedRegion": "us-east-1" } };
    const earlier = JSON.stringify({ ...document, Statement: [{ ...first, Condition }, ...others] });
    iam.on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: "v2" }).resolves({
      PolicyVersion: { Document: encodeURIComponent(earlier) },
    });
    expect((await look("ci", CI))[0]?.[1]).toContain("wbot-dev-ci-read don't exist, or lack");
  });

  it("needs its roles before the cluster grants them access", async () => {
    bootstrapped(CI);
    expect(await look("ci", CI)).toEqual([PASSED]);
    iam.on(GetRoleCommand, { RoleName: "wbot-dev-ci-deploy" }).rejects(sdkError("NoSuchEntityException"));
    expect(await look("ci", CI)).toEqual([
      [
        "fail",
        "wbot-dev-ci-deploy don't exist, or lack what these settings need: AWS would refuse it halfway through a deploy",
        "npx wbot bootstrap --env dev",
      ],
    ]);
  });

  it("is not checked if the environment has none", async () => {
    expect(await look("ci")).toEqual([]);
    expect(iam.calls()).toEqual([]);
  });
});

describe("the budget", () => {
  const BUDGET = { budget: { monthlyUsd: 250 }, alarms: { emails: ["me@wbot.test"] } };
  const tagged = (...CostAllocationTags: { TagKey: string; Status: "Active" | "Inactive" }[]) =>
    ce.on(ListCostAllocationTagsCommand, { TagKeys: ["Environment"] }).resolves({
      CostAllocationTags: CostAllocationTags.map((each) => ({ ...each, Type: "UserDefined" })),
    });

  it("is asked about, which costs a cent, only where there is one", async () => {
    expect(await look("budget")).toEqual([]);
    expect(ce.calls()).toEqual([]);
  });

  it("counts what is tagged once the tag is active", async () => {
    tagged({ TagKey: "Environment", Status: "Active" });
    expect(await look("budget", BUDGET)).toEqual([
      ["pass", "the tag Environment is active for cost allocation"],
    ]);
  });

  const refused = (name: string) => () => ce.on(ListCostAllocationTagsCommand).rejects(sdkError(name));

  it.each<[string, () => unknown]>([
    ["is not", () => tagged({ TagKey: "Environment", Status: "Inactive" })],
    ["is unknown to AWS's billing", () => tagged()],
    ["may not be seen from this account", refused("AccessDeniedException")],
    ["may not be seen by a member of an organization", refused("ValidationException")],
  ])("reads $0 while the tag %s, and says how to activate it", async (_, given) => {
    given();
    expect(await look("budget", BUDGET)).toEqual([
      [
        "warn",
        "the tag Environment is not known to be active for cost allocation; until it is, the budget reads $0 and never sends mail",
        "In the payer account, up to 24 hours after the first deploy: aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Environment,Status=Active (takes up to 24 hours)",
      ],
    ]);
  });

  it("is not judged where AWS can't be reached", async () => {
    ce.on(ListCostAllocationTagsCommand).rejects(sdkError("ThrottlingException"));
    expect((await look("budget", BUDGET))[0]?.[1]).toMatch(/^could not check: AWS is throttling requests/);
  });
});

describe("access", () => {
  it("includes CI's deploy role without naming it, but not its plan role", async () => {
    const overrides = {
      account: "222233334444",
      access: { admins: ["arn:aws:iam::222233334444:role/wbot-admin"] },
      state: { kind: "s3", bucket: "wbot-state" },
      ci: { repository: "example/wbot", runner: "wbot" },
    };
    const as = async (role: string) => {
      const Arn = `arn:aws:iam::222233334444:role/wbot-dev-ci-${role}`;
      sts.on(GetCallerIdentityCommand).resolves({
        Account: "222233334444",
        Arn: `arn:aws:sts::222233334444:assumed-role/wbot-dev-ci-${role}/GitHubActions`,
      });
      iam.on(GetRoleCommand).resolves({ Role: { Arn } as Role });
      iam
        .on(GetRoleCommand, { RoleName: "wbot-admin" })
        .resolves({ Role: { Arn: "arn:aws:iam::222233334444:role/wbot-admin" } as Role });
      return (await look("access", overrides)).map(([status]) => status);
    };
    expect(await as("deploy")).not.toContain("fail");
    expect(await as("plan")).toContain("fail");
  });
});

describe("alarms", () => {
  const WITH_MAIL = { account: "222233334444", alarms: { emails: ["a@example.com", "b@example.com"] } };
  const TOPIC = "arn:aws:sns:us-east-1:222233334444:wbot-dev-alarms";
  const ask = (email: string) =>
    `aws sns subscribe --topic-arn ${TOPIC} --protocol email --notification-endpoint ${email} --region us-east-1`;
  const lists = (...subscriptions: (readonly [email: string, arn: string])[]) =>
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC }).resolves({
      Subscriptions: subscriptions.map(([Endpoint, SubscriptionArn]) => ({
        Protocol: "email",
        Endpoint,
        SubscriptionArn,
      })),
    });

  it("say who has never confirmed, and how to be asked again", async () => {
    lists(["a@example.com", `${TOPIC}:1`], ["b@example.com", "PendingConfirmation"]);
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["pass", "a@example.com gets the alarms"],
      [
        "warn",
        "b@example.com has never confirmed, and gets no alarms",
        `Open the mail "AWS Notification - Subscription Confirmation"; to have it sent again: ${ask("b@example.com")}`,
      ],
    ]);
  });

  it("say who has unsubscribed", async () => {
    lists(["a@example.com", "Deleted"], ["b@example.com", "Deleted"], ["b@example.com", `${TOPIC}:1`]);
    expect((await look("alarms", WITH_MAIL)).map(([status, why]) => [status, why])).toEqual([
      ["pass", "b@example.com gets the alarms"],
      [
        "warn",
        "a@example.com is not subscribed (SNS drops subscriptions not confirmed within 48 hours), and gets no alarms",
      ],
    ]);
  });

  it("say whose subscription is gone, on whichever page of the list", async () => {
    sns
      .on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC })
      .resolves({ Subscriptions: [], NextToken: "more" });
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC, NextToken: "more" }).resolves({
      Subscriptions: [{ Protocol: "email", Endpoint: "a@example.com", SubscriptionArn: `${TOPIC}:1` }],
    });
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["pass", "a@example.com gets the alarms"],
      [
        "warn",
        "b@example.com is not subscribed (SNS drops subscriptions not confirmed within 48 hours), and gets no alarms",
        `Open the mail "AWS Notification - Subscription Confirmation"; to have it sent again: ${ask("b@example.com")}`,
      ],
    ]);
  });

  it("say that nothing checks a product that the internet doesn't reach", async () => {
    lists(["a@example.com", `${TOPIC}:1`]);
    const internal = { account: "222233334444", alarms: { emails: ["a@example.com"] } };
    expect(await look("alarms", { ...internal, loadBalancer: { internal: true } })).toEqual([
      ["pass", "a@example.com gets the alarms"],
      ["skip", "no check from the internet, which the product doesn't answer: no mail of product-down"],
    ]);
  });

  it("announce the mail before the first deploy", async () => {
    sns.on(ListSubscriptionsByTopicCommand).rejects(sdkError("NotFoundException"));
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["skip", "infra will ask each address of alarms.emails to confirm: open the mail within 48 hours"],
    ]);
  });

  it("are not asked about where nobody gets mail", async () => {
    expect(await look("alarms")).toEqual([["skip", "nobody gets alarm mail (setting alarms.emails)"]]);
    expect(sns.calls()).toEqual([]);
  });
});

describe("credentials", () => {
  it("of another account fail", async () => {
    const overrides = { account: "111122223333", access: { admins: ["arn:aws:iam::111122223333:role/a"] } };
    expect(await look("credentials", overrides)).toEqual([
      [
        "fail",
        "arn:aws:iam::222233334444:user/me belongs to account 222233334444, but dev to account 111122223333 (setting account)",
        "Use a profile of that account: export AWS_PROFILE=<profile>",
      ],
    ]);
  });

  it("expired are reported once, and every check that needs them is skipped", async () => {
    sts.on(GetCallerIdentityCommand).rejects(sdkError("ExpiredTokenException"));
    const found = await preflight(new Session(loadEnvironment("dev", { overrides: MINE })), {
      only: ["credentials", "zones", "quotas", "images", "secrets"],
      silent: true,
    });
    expect(found.filter(({ status }) => status === "fail")).toEqual([
      {
        check: "credentials",
        status: "fail",
        why: "the AWS credentials have expired",
        fix: "Sign in again: aws sso login, or name a profile: export AWS_PROFILE=<profile>",
      },
    ]);
    expect(found.filter(({ status }) => status === "skip").map(({ check }) => check)).toEqual([
      "zones",
      "quotas",
      "secrets",
      "images",
    ]);
  });

  it("expired fail, too, where only checks that need them are asked for", async () => {
    sts.on(GetCallerIdentityCommand).rejects(sdkError("ExpiredTokenException"));
    expect((await look("images")).map(([status, why]) => [status, why])).toEqual([
      ["skip", "no access to AWS"],
      ["fail", "the AWS credentials have expired"],
    ]);
    expect((await look("examples")).map(([status]) => status)).not.toContain("fail");
  });
});

it.each([
  [
    sdkError("UnauthorizedOperation", "not authorized to perform: ec2:DescribeAvailabilityZones"),
    "could not check: not authorized to perform: ec2:DescribeAvailabilityZones",
  ],
  [
    sdkError("RequestLimitExceeded"),
    "could not check: AWS is throttling requests (RequestLimitExceeded), even after 5 attempts",
  ],
  [networkError(), "could not check: AWS can't be reached (ECONNRESET)"],
])("warns if AWS denies access: %s", async (error, why) => {
  ec2.on(DescribeAvailabilityZonesCommand).rejects(error);
  expect((await look("zones")).map(([status, text]) => [status, text])).toEqual([["warn", why]]);
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
    expect(await why(zone("us-east-1b", id), c)).toMatch(`us-east-1b is ${id} in this account, where EKS`);
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
      'zones of the environment "dev" are us-east-1a, us-east-1b, but the cluster wbot-dev is in us-east-1a, us-east-1c, and EKS can\'t move it. Set zones to those in environments/dev.ts; for others, deploy another environment and migrate to it.',
      'zones: ["us-east-1a","us-east-1c"] in environments/dev.ts',
    ],
  ]);
  expect((await look("zones", { zones: ["us-east-1c", "us-east-1a"] }))[0]?.[0]).toBe("pass");
});

/** Nodes of a type that only EC2 knows the size of, as EC2 describes it. */
const G5 = { architecture: "x86_64", ...groupsOf("g5.xlarge") };
function groupsOf(...instanceTypes: string[]) {
  return { onDemand: { instanceTypes }, spot: { instanceTypes } };
}
function described(name: string, vcpus: number, gib: number, more: InstanceTypeInfo = {}): InstanceTypeInfo {
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
function sells(...InstanceTypes: InstanceTypeInfo[]) {
  ec2.on(DescribeInstanceTypesCommand).resolves({ InstanceTypes });
  // And what the cache runs on.
  offers(...InstanceTypes.map(({ InstanceType = "" }) => InstanceType));
}
/** Types that dev's zones have, or "<type> <zone>" for a single one. */
function offers(...types: string[]) {
  ec2.on(DescribeInstanceTypeOfferingsCommand).resolves({
    InstanceTypeOfferings: types.flatMap((each) => {
      const [type, zone] = each.split(" ");
      const zones = zone === undefined ? ["us-east-1a", "us-east-1b"] : [zone];
      return zones.map((Location) => ({ InstanceType: type as _InstanceType, Location }));
    }),
  });
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
    expect((await look("instances", { nodes: G5 })).at(-1)?.[1]).toMatch(/due to the pod limit of the nodes/);
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
      [
        "warn",
        "9 vCPUs of spot instances are allowed, others use 0, and this environment needs 2 to 16, counting the nodes that an update adds",
      ],
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
    expect((await look("quotas")).map(([, why]) => why)).toContain(
      "100 vCPUs of on-demand instances are allowed, others use 2, and this environment needs 2 to 12, counting the nodes that an update adds",
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
    expect((await look("quotas")).map(([, why]) => why)).toContain(
      "100 vCPUs of on-demand instances are allowed, others use 0, and this environment needs 2 to 14, counting the nodes that an update adds",
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

it.each([
  ["2027-01-01", "pass", "EKS supports Kubernetes 1.36 until 2027-08-02, 213 days"],
  ["2027-05-01", "warn", "EKS supports Kubernetes 1.36 until 2027-08-02, 93 days"],
  ["2027-07-01", "fail", "EKS supports Kubernetes 1.36 until 2027-08-02, 32 days"],
  [
    "2027-09-01",
    "fail",
    "EKS's support for Kubernetes 1.36 ended on 2027-08-02: AWS upgrades the cluster itself",
  ],
])("reports on %s how long EKS supports the version", async (day, status, why) => {
  jest.spyOn(Date, "now").mockReturnValue(Date.parse(day));
  expect((await look("kubernetes"))[0]?.slice(0, 2)).toEqual([status, why]);
});

it("waits for the updates that an interrupted deploy has left to EKS", async () => {
  eks.on(DescribeClusterCommand).resolves({ cluster: { version: "1.35", status: "UPDATING" } });
  eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["spot-1"] });
  eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { status: "UPDATING" } });
  expect((await look("kubernetes")).at(-1)).toEqual([
    "fail",
    "EKS is still updating wbot-dev and spot-1, and accepts no other update until that is done",
    "aws eks wait cluster-active --name wbot-dev --region us-east-1\n" +
      "aws eks wait nodegroup-active --cluster-name wbot-dev --nodegroup-name spot-1 --region us-east-1",
  ]);
});

describe("add-ons", () => {
  const running = (version: string) =>
    eks.on(DescribeAddonCommand).callsFake(({ addonName }: { addonName: string }) =>
      Promise.resolve({
        addon: { addonName, addonVersion: addonName === "vpc-cni" ? version : "v1.30.3-eksbuild.1" },
      }),
    );
  const preferred = (kubernetesVersion: string, version: string) => {
    const addonVersions = [
      { addonVersion: "v9.9.9-eksbuild.9", compatibilities: [{ defaultVersion: false }] },
      { addonVersion: version, compatibilities: [{ defaultVersion: true }] },
    ];
    eks
      .on(DescribeAddonVersionsCommand, { kubernetesVersion })
      .resolves({ addons: [{ addonVersions: [...addonVersions] }] });
  };

  it("are the defaults for the Kubernetes version, or reported with the setting for it", async () => {
    running("v1.30.2-eksbuild.1");
    preferred("1.36", "v1.30.3-eksbuild.1");
    expect(await look("add-ons")).toEqual([
      [
        "warn",
        "vpc-cni v1.30.2-eksbuild.1 is older than v1.30.3-eksbuild.1, EKS's default for Kubernetes 1.36",
        'cluster: { addOns: { "vpc-cni": "v1.30.3-eksbuild.1" } } in environments/dev.ts',
      ],
    ]);
    const named = { cluster: { addOns: { "vpc-cni": "v1.30.3-eksbuild.1" } } };
    expect(await look("add-ons", named)).toEqual([
      ["pass", "7 add-ons at EKS's default versions for Kubernetes 1.36, or newer ones"],
    ]);
  });

  it("are refused in a version that EKS doesn't offer, unless they run already", async () => {
    running("v1.30.2-eksbuild.1");
    preferred("1.36", "v1.30.3-eksbuild.1");
    const named = (version: string) => ({ cluster: { addOns: { "vpc-cni": version } } });
    expect(await look("add-ons", named("v1.30.3-eksbuild.7"))).toEqual([
      [
        "fail",
        "EKS does not offer vpc-cni v1.30.3-eksbuild.7 (cluster.addOns) for Kubernetes 1.36",
        'cluster: { addOns: { "vpc-cni": "v1.30.3-eksbuild.1" } } in environments/dev.ts',
      ],
    ]);
    expect((await look("add-ons", named("v1.30.2-eksbuild.1")))[0]?.[0]).toBe("warn");
    eks.on(DescribeAddonVersionsCommand).resolves({ addons: [] });
    expect((await look("add-ons", named("v1.30.3-eksbuild.7")))[0]?.[0]).toBe("pass");
  });

  it("are EKS's choice on a first deploy", async () => {
    eks.on(DescribeAddonCommand).rejects(sdkError("ResourceNotFoundException"));
    preferred("1.36", "v1.30.3-eksbuild.1");
    expect(await look("add-ons")).toEqual([
      ["skip", "not created yet: EKS creates them at their default versions"],
    ]);
  });

  it("are refused where their agent cuts streams, installed or to be, with what to write", async () => {
    running("v1.21.1-eksbuild.1");
    preferred("1.36", "v1.22.0-eksbuild.1");
    const [found] = await look("add-ons");
    expect(found).toEqual([
      "fail",
      "vpc-cni v1.21.1-eksbuild.1 is below v1.23.1: its network policy agent denies return packets of live connections after pods or policies change: streams are cut",
      'cluster: { addOns: { "vpc-cni": "v9.9.9-eksbuild.9" } } in environments/dev.ts',
    ]);
    eks.on(DescribeAddonCommand).rejects(sdkError("ResourceNotFoundException"));
    expect((await look("add-ons"))[0]?.[1]).toContain("vpc-cni v1.22.0-eksbuild.1 is below v1.23.1");
  });

  it("are in order where they are newer than the default, which may be refused itself", async () => {
    running("v1.23.1-eksbuild.1");
    preferred("1.36", "v1.22.3-eksbuild.1");
    const named = (version: string) => ({ cluster: { addOns: { "vpc-cni": version } } });
    expect((await look("add-ons", named("v1.23.1-eksbuild.1")))[0]?.[0]).toBe("pass");
    // One that EKS doesn't offer: the default would be refused next.
    expect(await look("add-ons", named("v1.23.9-eksbuild.1"))).toEqual([
      [
        "fail",
        "EKS does not offer vpc-cni v1.23.9-eksbuild.1 (cluster.addOns) for Kubernetes 1.36",
        'cluster: { addOns: { "vpc-cni": "v9.9.9-eksbuild.9" } } in environments/dev.ts',
      ],
    ]);
  });

  it("are outdated by a newer build too, in the order of their numbers", async () => {
    running("v1.30.3-eksbuild.9");
    preferred("1.36", "v1.30.3-eksbuild.10");
    expect(await look("add-ons")).toContainEqual([
      "warn",
      expect.stringContaining("vpc-cni v1.30.3-eksbuild.9 is older"),
      expect.stringContaining('"vpc-cni": "v1.30.3-eksbuild.10"'),
    ]);
  });
});

describe("access", () => {
  const outside = { fetch: () => Promise.resolve(new Response("8.8.8.8\n")) };

  it("is that of a listed role, with the path that its session does not show", async () => {
    sts
      .on(GetCallerIdentityCommand)
      .resolves({ Account: "222233334444", Arn: "arn:aws:sts::222233334444:assumed-role/sso-admin/me" });
    const real = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/sso-admin";
    iam.on(GetRoleCommand).resolves({ Role: { Arn: real } } as object);
    const listed = { access: { admins: [real], publicCidrs: ["8.8.8.0/24"] } };
    expect((await look("access", listed, { outside })).map(([status]) => status)).toEqual(["pass", "pass"]);
    expect(await look("access", {}, { outside })).toContainEqual([
      "fail",
      `${real} is not among access.admins: the cluster would deny access, and no chart could be installed`,
      // A list that is written replaces the one before: without it, this would shut the others out.
      `"access": { "admins": ["arn:aws:iam::222233334444:user/me", "${real}"] } in environments/dev.local.json`,
    ]);
    iam.on(GetRoleCommand).rejects(sdkError("AccessDenied"));
    expect((await look("access", listed, { outside })).map(([status]) => status)).toEqual(["pass", "pass"]);
  });

  it("warns if this machine's address may not reach the API", async () => {
    const elsewhere = { fetch: () => Promise.resolve(new Response("9.9.9.9")) };
    expect((await look("access", {}, { outside: elsewhere }))[1]?.slice(0, 2)).toEqual([
      "warn",
      "this machine's public address 9.9.9.9 is not in access.publicCidrs: without a route into the VPC, no chart can be installed from here once infra has created or changed the cluster",
    ]);
    const unknown = { fetch: () => Promise.reject(new Error("offline")) };
    expect((await look("access", {}, { outside: unknown })).map(([status]) => status)).toEqual([
      "pass",
      "skip",
    ]);
  });

  it("names a role that EKS would refuse, and how its path is written", async () => {
    const named = "arn:aws:iam::222233334444:role/wbot-team";
    const other = "arn:aws:iam::999900001111:role/others";
    const access = { viewers: [other, named], admins: ["arn:aws:iam::222233334444:user/me"] };
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    expect(await look("access", { access }, { outside })).toContainEqual([
      "fail",
      `access.viewers: ${named} does not exist, so EKS would reject it`,
      `"access": { "viewers": ["${other}", "<the ARN of a role>"] } in environments/dev.local.json`,
    ]);
    const real = "arn:aws:iam::222233334444:role/people/wbot-team";
    iam.on(GetRoleCommand).resolves({ Role: { Arn: real } as Role });
    const found = (await look("access", { access }, { outside })).map(([, , fix]) => fix);
    expect(found).toContain(
      `"access": { "viewers": ["${other}", "${real}"] } in environments/dev.local.json`,
    );
  });
});

describe("leftovers", () => {
  beforeEach(() => {
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    ec2.on(DescribeTagsCommand).resolves({});
    logs.on(DescribeLogGroupsCommand).resolves({});
    secrets.on(ListSecretsCommand).resolves({});
  });

  it("of an earlier cluster are found before AWS refuses to create them again", async () => {
    ec2.on(DescribeTagsCommand).resolves({
      Tags: [{ ResourceId: "vol-1", ResourceType: "volume", Key: "kubernetes.io/cluster/wbot-dev" }],
    });
    const name = "/aws/eks/wbot-dev/cluster";
    logs
      .on(DescribeLogGroupsCommand, { logGroupNamePrefix: "/aws/eks/wbot-dev/" })
      .resolves({ logGroups: [{ logGroupName: name }] });
    secrets.on(ListSecretsCommand).resolves({
      SecretList: [{ Name: "wbot/dev/app", DeletedDate: new Date() }],
    });
    expect(await look("leftovers")).toEqual([
      [
        "warn",
        "volume vol-1 is left over from an earlier cluster, and billed if it holds data",
        "aws ec2 describe-volumes --volume-ids vol-1 --region us-east-1 (docs/runbooks/volumes-left.md says how to delete it without losing what is in it)",
      ],
      [
        "warn",
        `log group ${name} is left over from an earlier cluster, and billed if it holds data`,
        `once nobody needs its logs: aws logs delete-log-group --log-group-name ${name} --region us-east-1`,
      ],
      [
        "warn",
        "secret wbot/dev/app (scheduled for deletion; its name stays taken until then) is left over from an earlier cluster; unless infra's state has it, AWS refuses to create it again",
        "aws secretsmanager restore-secret --secret-id wbot/dev/app --region us-east-1",
      ],
    ]);
  });

  it("are not a running environment of the same name in another region, whose roles a deploy would take over", async () => {
    const trust = {
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:eks:us-west-2:111122223333:cluster/wbot-dev" } },
    };
    iam
      .on(GetRoleCommand, { RoleName: "wbot-dev-cluster" })
      .resolves({ Role: { AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)) } as Role });
    expect(await look("leftovers")).toEqual([
      [
        "fail",
        "the role wbot-dev-cluster is dev's in us-west-2: IAM roles have no region, so an account can't have dev in two",
        'Give this one another name (docs/recovery.md), or set region: "us-west-2" in environments/dev.ts',
      ],
    ]);
  });

  it("are not looked for beside a cluster, whose own they would be", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://example.com" } });
    expect((await look("leftovers"))[0]?.[0]).toBe("pass");
    expect(ec2.calls()).toEqual([]);
  });
});

describe("the way to the Kubernetes API", () => {
  const HOST = "ABC.gr7.us-east-1.eks.amazonaws.com";
  const PRIVATE = {
    access: {
      admins: ["arn:aws:iam::222233334444:user/me"],
      publicCidrs: [],
      privateCidrs: ["10.20.0.0/16"],
      securityGroups: ["sg-0123456789abcdef0"],
    },
  };
  const open = (...publicAccessCidrs: string[]) => ({ endpointPublicAccess: true, publicAccessCidrs });
  const closed = (...publicAccessCidrs: string[]) => ({ endpointPublicAccess: false, publicAccessCidrs });
  const LET_IN = (ranges: string) =>
    [
      `aws eks update-cluster-config --name wbot-dev --region us-east-1 --resources-vpc-config endpointPublicAccess=true,publicAccessCidrs=${ranges}`,
      "aws eks wait cluster-active --name wbot-dev --region us-east-1",
      "npx wbot deploy infra --env dev",
    ].join("\n");
  /** What is found if the name resolves to an address, and the connection ends with a code. */
  async function way(
    address: string | undefined,
    code: string | undefined,
    overrides: Overrides = PRIVATE,
    resourcesVpcConfig: VpcConfigResponse = {},
    stacks?: PreflightOptions["stacks"],
  ) {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}`, resourcesVpcConfig } });
    const asked: unknown[] = [];
    const outside = {
      lookup: (host: string) =>
        address === undefined
          ? Promise.reject(dnsError("ENOTFOUND"))
          : Promise.resolve(host === HOST.toLowerCase() ? [address] : []),
      connect: (...to: unknown[]) => {
        asked.push(to);
        return Promise.resolve(code);
      },
      fetch: () => Promise.resolve(new Response("9.9.9.9")),
    };
    const [, found] = await look("access", overrides, { outside, ...(stacks ? { stacks } : {}) });
    if (address !== undefined) expect(asked).toEqual([[address, 443]]);
    return found;
  }

  it("is open if the port is", async () => {
    expect(await way("10.0.1.2", undefined)).toEqual([
      "pass",
      "the Kubernetes API can be reached from here, at 10.0.1.2",
    ]);
  });

  it("is found as every program here finds it: a bastion's forwarded port is named in /etc/hosts", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}` } });
    const outside = {
      lookup: () => Promise.resolve(["127.0.0.1"]),
      connect: () => Promise.resolve(undefined),
    };
    expect((await look("access", PRIVATE, { outside }))[1]).toEqual([
      "pass",
      "the Kubernetes API can be reached from here, at 127.0.0.1",
    ]);
    expect(dns.lookup).toHaveBeenCalledWith(HOST.toLowerCase(), { all: true, family: 4 });
  });

  it("is the proxy's to find, as it is for kubectl and the providers", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}` } });
    const outside = {
      lookup: () => Promise.reject(dnsError("ENOTFOUND")),
      connect: () => Promise.resolve("ETIMEDOUT"),
    };
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy.test:3128" });
    expect((await look("access", PRIVATE, { outside }))[1]).toEqual([
      "skip",
      "the Kubernetes API is reached through HTTPS_PROXY",
    ]);
    jest.replaceProperty(process, "env", { ...process.env, NO_PROXY: ".eks.amazonaws.com" });
    expect((await look("access", PRIVATE, { outside }))[1]?.[0]).toBe("fail");
  });

  it.each([
    ["name", undefined, undefined, "its host name abc.gr7.us-east-1.eks.amazonaws.com doesn't resolve"],
    ["route", "10.0.1.2", "EHOSTUNREACH", "the route is missing, from this machine to 10.0.1.2"],
    [
      "rule",
      "10.0.1.2",
      "ETIMEDOUT",
      "the rule is missing, access.privateCidrs includes none of this machine's addresses (192.168.1.7)",
    ],
    ["proxy", "10.0.1.2", "ECONNREFUSED", "10.0.1.2 answers ECONNREFUSED, which the API never does"],
  ])("says that the %s is missing", async (_, address, code, why) => {
    mine("192.168.1.7");
    expect((await way(address, code))?.slice(0, 2)).toEqual([
      "fail",
      `the Kubernetes API can't be reached from here: ${why}`,
    ]);
  });

  it("is not judged where DNS gives no answer, which hides nothing else", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}` } });
    const outside = { lookup: () => Promise.reject(dnsError("EAI_AGAIN")) };
    const overrides = { access: { ...PRIVATE.access, admins: ["arn:aws:iam::111122223333:role/other"] } };
    expect((await look("access", overrides, { outside })).map((each) => each.slice(0, 2))).toEqual([
      ["warn", `could not check: DNS gives no answer about ${HOST.toLowerCase()} (EAI_AGAIN)`],
      ["fail", expect.stringMatching(/is not among access.admins/)],
    ]);
  });

  it("names the setting that lets this machine in, or the groups that it may join", async () => {
    mine("192.168.1.7");
    expect((await way("10.0.1.2", "ETIMEDOUT"))?.[2]).toBe(
      '"access": { "privateCidrs": ["10.20.0.0/16", "192.168.1.7/32"] } in environments/dev.local.json, deployed from where it can be reached (or join sg-0123456789abcdef0)',
    );
    expect((await way("3.4.5.6", "ETIMEDOUT", {}, open("8.8.8.0/24")))?.slice(1)).toEqual([
      "the Kubernetes API can't be reached from here: the cluster doesn't let in this machine's public address 9.9.9.9",
      '"access": { "publicCidrs": ["8.8.8.0/24", "9.9.9.9/32"] } in environments/dev.local.json\nLet it in, since even a plan reads the API, and deploy:\n' +
        LET_IN("8.8.8.0/24,9.9.9.9/32"),
    ]);
    // Nothing opens what the settings close.
    expect((await way("3.4.5.6", "ETIMEDOUT", PRIVATE, open("8.8.8.0/24")))?.[2]).toBe(
      "Deploy from a machine that access.privateCidrs or access.securityGroups lets in: docs/private-api.md",
    );
  });

  it.each([
    ["to another range", "3.4.5.6", "ETIMEDOUT", open("8.8.8.0/24"), "8.8.8.0/24,9.9.9.9/32"],
    // EKS names ranges while the public address is off, too, such as its default.
    ["to nobody", "10.0.1.2", "ETIMEDOUT", closed("0.0.0.0/0"), "9.9.9.9/32"],
    ["to nobody, without a route", "10.0.1.2", "EHOSTUNREACH", closed(), "9.9.9.9/32"],
    ["to nobody, without an answer of DNS", undefined, undefined, closed(), "9.9.9.9/32"],
  ])(
    "lets this machine in as the settings will, where it is open %s",
    async (_, address, code, live, ranges) => {
      mine("192.168.1.7");
      expect(await way(address, code, { access: { publicCidrs: ["9.9.9.0/24"] } }, live)).toEqual([
        "fail",
        "the Kubernetes API can't be reached from here: the cluster doesn't let in this machine's public address 9.9.9.9",
        `Let it in, since even a plan reads the API, and deploy:\n${LET_IN(ranges)}`,
      ]);
    },
  );

  it.each([
    ["as the settings say", "9.9.9.0/24"],
    ["whatever the settings say", "8.8.8.0/24"],
  ])("is something on the path's to drop where the cluster lets this machine in, %s", async (_, range) => {
    const access = { publicCidrs: [range] };
    expect((await way("3.4.5.6", "ETIMEDOUT", { access }, open("9.9.9.0/24")))?.[1]).toBe(
      "the Kubernetes API can't be reached from here: it is allowed in, but 3.4.5.6 doesn't answer: a route is missing in either direction, a firewall drops it, or the setting isn't deployed yet",
    );
  });

  it("warns if a deploy would close it to this machine, at a public address", async () => {
    const live = open("9.9.9.0/24");
    const HERE = ["pass", "the Kubernetes API can be reached from here, at 3.4.5.6"];
    expect(await way("3.4.5.6", undefined, {}, live)).toEqual([
      "warn",
      "this machine's public address 9.9.9.9 is not in access.publicCidrs: without a route into the VPC, no chart can be installed from here once infra has created or changed the cluster",
      '"access": { "publicCidrs": ["8.8.8.0/24", "9.9.9.9/32"] } in environments/dev.local.json',
    ]);
    expect((await way("3.4.5.6", undefined, PRIVATE, live))?.slice(0, 2)).toEqual([
      "warn",
      expect.stringMatching(/^access\.publicCidrs is empty: once infra has created or changed the cluster, /),
    ]);
    const both = { access: { ...PRIVATE.access, publicCidrs: ["9.9.9.0/24"] } };
    expect(await way("3.4.5.6", undefined, both, live)).toEqual(HERE);
    // Nothing of infra is deployed, or it is reached through a node.
    expect(await way("3.4.5.6", undefined, {}, live, ["app"])).toEqual(HERE);
    expect((await way("127.0.0.1", undefined, {}, live))?.[0]).toBe("pass");
  });

  it("looks for the way back where the settings let this machine in", async () => {
    mine("10.20.3.4");
    expect((await way("10.0.1.2", "ETIMEDOUT"))?.[1]).toContain("a route is missing in either direction");
  });

  it("is foreseen to be shut for a first deploy without public addresses", async () => {
    const [, found] = await look("access", PRIVATE);
    expect(found?.[0]).toBe("warn");
    expect(found?.[2]).toContain("then empty it: docs/private-api.md");
  });

  function mine(address: string) {
    jest
      .spyOn(os, "networkInterfaces")
      .mockReturnValue({ eth0: [{ address, family: "IPv4", internal: false } as os.NetworkInterfaceInfo] });
  }
});

it("finds every example value, and fails if Let's Encrypt would refuse them", async () => {
  const shipped = loadEnvironment("prod");
  const found = await preflight(new Session(shipped), { only: ["examples"], silent: true });
  expect(found.map(({ status, why }) => [status, why])).toEqual([
    ["fail", "domain.host still has the example chat.example.com"],
    ["fail", "access.admins still has the example arn:aws:iam::111122223333:role/wbot-admin"],
    ["fail", "access.publicCidrs still has the example 203.0.113.0/24"],
    ["fail", "alarms.emails still has the example ops@example.com"],
    ["fail", "supabase.url still has the example https://example.supabase.co"],
  ]);
  expect(await look("examples")).toEqual([["pass", "no example values are left"]]);
});

it("fails for an example address, but not for a name or a certificate that need not be public", async () => {
  const local = "set it in environments/dev.local.json";
  const alarms = { emails: ["me@my-example.com", "ops@example.com"] };
  expect(await look("examples", { alarms, domain: { host: "chat.example.com" } })).toEqual([
    ["warn", "domain.host still has the example chat.example.com", local],
    ["fail", "alarms.emails still has the example ops@example.com", local],
  ]);
});

describe("the app secret", () => {
  const holds = (values: object) =>
    secrets.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify(values) });
  const push = "npx wbot secrets push app-secret.env --env dev";

  it("must exist, complete and well-formed, and is never quoted", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("ResourceNotFoundException"));
    expect(await look("secrets")).toEqual([["fail", "the secret wbot/dev/app does not exist", push]]);
    holds({ ...GOOD, OPENAI_API_KEY: "", GOOGLE_API_KEY: undefined });
    expect(await look("secrets")).toEqual([
      ["fail", "wbot/dev/app has no value for OPENAI_API_KEY, GOOGLE_API_KEY", push],
    ]);
    holds({ ...GOOD, DATABASE_URL: "value-of-database" });
    const [found] = await look("secrets");
    expect(found?.[0]).toBe("fail");
    expect(found?.join(" ")).not.toContain("value-of-database");
    holds(GOOD);
    expect(await look("secrets")).toEqual([["pass", "wbot/dev/app has all 6 keys"]]);
  });

  it("that is scheduled for deletion fails, with the command that restores it", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("InvalidRequestException", "marked for deletion"));
    const restore =
      "wbot/dev/app is scheduled for deletion. To restore it: aws secretsmanager restore-secret --secret-id wbot/dev/app --region us-east-1";
    expect(await look("secrets")).toEqual([["fail", restore]]);
    expect(await look("database")).toEqual([["fail", restore]]);
    // For a role that may not read it.
    secrets.on(GetSecretValueCommand).rejects(sdkError("AccessDeniedException"));
    secrets.on(DescribeSecretCommand).resolves({ DeletedDate: new Date() });
    expect((await look("secrets")).map(([status]) => status)).toEqual(["fail"]);
  });

  it("that is no object of keys fails, rather than looking empty", async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: "value-of-everything" });
    const [found] = await look("secrets");
    expect(found).toEqual(["fail", expect.stringMatching(/^wbot\/dev\/app is not a JSON object/)]);
    expect(found?.join(" ")).not.toContain("value-of-everything");
  });

  it("is only checked for existence if the caller may not read it, which is not a failure", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("AccessDeniedException"));
    secrets.on(DescribeSecretCommand).resolves({});
    expect(await look("secrets")).toEqual([
      [
        "warn",
        "wbot/dev/app exists, but its keys were not checked: you may not read it. Terraform then plans with TF_VAR_check_app_secret=false",
        "With read access, run: npx wbot secrets status --env dev",
      ],
    ]);
    expect(await look("database")).toEqual([
      ["skip", "DATABASE_URL was not checked: you may not read the app secret"],
    ]);
    secrets.on(DescribeSecretCommand).rejects(sdkError("ResourceNotFoundException"));
    expect(await look("secrets")).toEqual([["fail", "the secret wbot/dev/app does not exist", push]]);
  });

  it.each([
    [["10.0.0.1"], [], "pass", "the host of DATABASE_URL has an IPv4 address"],
    [[], ["::1"], "fail", "the host of DATABASE_URL has only IPv6 addresses, and the VPC is IPv4 only"],
    [[], [], "fail", "the host of DATABASE_URL has no address"],
  ])("names a database that pods can find: %j %j", async (four, six, status, why) => {
    holds(GOOD);
    const outside = {
      resolve4: () => (four.length > 0 ? Promise.resolve(four) : Promise.reject(dnsError("ENODATA"))),
      resolve6: () => (six.length > 0 ? Promise.resolve(six) : Promise.reject(dnsError("ENODATA"))),
    };
    const [found] = await look("database", {}, { outside });
    expect(found?.slice(0, 2)).toEqual([status, why]);
    expect(found?.join(" ")).not.toContain("db.test");
  });

  it.each(["ESERVFAIL", "ETIMEOUT", "ECONNREFUSED"])(
    "is no reason to refuse where DNS gives no answer: %s",
    async (code) => {
      holds(GOOD);
      const outside = { resolve4: () => Promise.reject(dnsError(code)) };
      expect(await look("database", {}, { outside })).toEqual([
        ["warn", `could not check: DNS gives no answer about the host of DATABASE_URL (${code})`],
      ]);
    },
  );

  it("is no reason to refuse behind a proxy, where DNS may know only names within", async () => {
    holds(GOOD);
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy.test:3128" });
    const none = () => Promise.reject(dnsError("ENOTFOUND"));
    const [found] = await look("database", {}, { outside: { resolve4: none, resolve6: none } });
    expect(found?.[0]).toBe("warn");
  });

  it("says that prepared statements fail at the pooler's port of transactions", async () => {
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@10.1.2.3:6543/x" });
    const [found, warning] = await look("database");
    expect(found).toEqual(["pass", "the host of DATABASE_URL is an IPv4 address"]);
    expect(warning?.slice(0, 2)).toEqual([
      "warn",
      "the port of DATABASE_URL is 6543, the pooler's transaction mode, in which prepared statements fail",
    ]);
    expect(warning?.[2]).toContain("prepare_threshold=None");
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@10.1.2.3:5432/x" });
    expect(await look("database")).toHaveLength(1);
  });

  it("says that the pooler in session mode takes fewer clients than the pods may open", async () => {
    const outside = { resolve4: () => Promise.resolve(["192.0.2.1"]) };
    const warned = async (host: string, connections: number) => {
      holds({ ...GOOD, DATABASE_URL: `postgresql://u:p@${host}/x` });
      return (await look("database", { database: { connections, poolSize: 1 } }, { outside })).slice(1);
    };
    const pooler = "eu-1.pooler.supabase.com";
    expect(await warned(`${pooler}:5432`, 200)).toEqual([
      [
        "warn",
        "DATABASE_URL is Supabase's pooler in session mode, which takes 15 clients for a small project, but database.connections is 200",
        "Use port 6543, or set database: { connections: 15 } in environments/dev.ts, which then says how large database.poolSize may be.",
      ],
    ]);
    expect(await warned(pooler, 16)).toHaveLength(1);
    expect(await warned(pooler, 15)).toEqual([]);
    expect(await warned("db.test", 200)).toEqual([]);
  });

  it("names a database at a port that the network policy allows", async () => {
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@db.test:5433/x" });
    expect((await look("database"))[0]?.[1]).toBe(
      "the port of DATABASE_URL is 5433, which the network policy blocks (database.ports: 5432, 6543)",
    );
  });
});

describe("images", () => {
  const index = (...platforms: string[]) =>
    JSON.stringify({ manifests: platforms.map((architecture) => ({ platform: { architecture } })) });
  const manifest = (text: string) =>
    ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: text }] });

  it("are looked up in the repositories that infra creates, once they exist", async () => {
    ecr.on(BatchGetImageCommand).rejects(sdkError("RepositoryNotFoundException"));
    expect((await look("images"))[0]).toEqual([
      "skip",
      "wbot-ai: infra creates its repository; checked again before app",
    ]);
    expect((await look("images", {}, { stacks: ["app"] }))[0]?.slice(0, 2)).toEqual([
      "fail",
      "the image repository dev/wbot-ai does not exist",
    ]);
  });

  it("must have repositories already where infra creates none", async () => {
    ecr.on(BatchGetImageCommand).rejects(sdkError("RepositoryNotFoundException"));
    expect((await look("images", { registry: { create: false } }))[0]).toEqual([
      "fail",
      "the image repository dev/wbot-ai does not exist in us-east-1",
      'Add "us-east-1" to registry.copies of the environment that creates it, deploy its infra, and push the images there as well',
    ]);
  });

  it("must exist, and be built for the nodes' architecture", async () => {
    const repository = "222233334444.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai";
    ecr.on(BatchGetImageCommand).resolves({ images: [] });
    expect((await look("images"))[0]).toEqual([
      "fail",
      `${repository} has no image v0.1.0`,
      "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin 222233334444.dkr.ecr.us-east-1.amazonaws.com\n" +
        `docker build --platform linux/arm64 --tag ${repository}:v0.1.0 <folder of wbot-ai>\n` +
        `docker push ${repository}:v0.1.0`,
    ]);
    manifest(index("amd64", "unknown"));
    expect((await look("images"))[0]).toEqual([
      "fail",
      `${repository}:v0.1.0 is built for amd64, but the nodes are arm64 (nodes.architecture)`,
      "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin 222233334444.dkr.ecr.us-east-1.amazonaws.com\n" +
        `docker build --platform linux/arm64 --tag ${repository}:<another tag> <folder of wbot-ai>\n` +
        `docker push ${repository}:<another tag>\n` +
        "Then deploy that tag: tags are immutable, so the same one can't be pushed again.",
    ]);
    manifest(index("amd64", "arm64"));
    expect((await look("images"))[0]).toEqual(["pass", `${repository}:v0.1.0, built for arm64`]);
  });

  describe("that are one manifest", () => {
    const shown = "222233334444.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai:v0.1.0";
    const URL = "https://layers.test/config";
    const configured = (answer: () => Response) => {
      manifest(JSON.stringify({ config: { digest: "sha256:1" } }));
      ecr
        .on(GetDownloadUrlForLayerCommand, { repositoryName: "dev/wbot-ai", layerDigest: "sha256:1" })
        .resolves({ downloadUrl: URL });
      return { fetch: (url: unknown) => (url === URL ? Promise.resolve(answer()) : Promise.reject(Error())) };
    };

    it.each([
      ["pass", "arm64", `${shown}, built for arm64`],
      ["fail", "amd64", `${shown} is built for amd64, but the nodes are arm64 (nodes.architecture)`],
    ])("%s by their configuration: %s", async (status, architecture, why) => {
      const outside = configured(() => Response.json({ architecture, os: "linux" }));
      expect((await look("images", {}, { outside })).map((each) => each.slice(0, 2))).toContainEqual([
        status,
        why,
      ]);
    });

    it("are left unchecked where the configuration can't be read, or by a role that may not", async () => {
      const outside = configured(() => new Response(null, { status: 500 }));
      const whys = async () => (await look("images", {}, { outside })).map((each) => each.slice(0, 2));
      expect(await whys()).toContainEqual([
        "warn",
        `${shown}: its architecture could not be checked (ECR's storage answered 500)`,
      ]);
      manifest("{}");
      expect(await whys()).toContainEqual([
        "warn",
        `${shown}: its architecture could not be checked (it names no configuration)`,
      ]);
      configured(() => new Response());
      ecr.on(GetDownloadUrlForLayerCommand).rejects(sdkError("AccessDeniedException", "no"));
      expect(await whys()).toContainEqual([
        "skip",
        `${shown}: its architecture was not checked, since you lack ecr:GetDownloadUrlForLayer`,
      ]);
    });
  });

  it("are looked up anonymously in other registries", async () => {
    const image = { repository: "ghcr.io/acme/wbot", tag: "v1" };
    const asked: string[] = [];
    const outside = {
      fetch: (url: string, init?: RequestInit) => {
        const authorization = (init?.headers as Record<string, string> | undefined)?.["Authorization"];
        asked.push(`${url}${authorization === undefined ? "" : ` ${authorization}`}`);
        if (url.startsWith("https://ghcr.io/token")) return Promise.resolve(Response.json({ token: "t" }));
        const challenge =
          'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:acme/wbot:pull"';
        return Promise.resolve(
          authorization === undefined
            ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
            : new Response(null, { status: 200 }),
        );
      },
    };
    expect(await look("images", { ...perService(() => ({ image })) }, { outside })).toEqual(
      SERVICE_KEYS.map(() => ["pass", "ghcr.io/acme/wbot:v1"]),
    );
    expect(asked).toContain("https://ghcr.io/v2/acme/wbot/manifests/v1 Bearer t");
    expect(asked).toContain("https://ghcr.io/token?service=ghcr.io&scope=repository%3Aacme%2Fwbot%3Apull");
  });

  it("are left unchecked where their registry can't be reached, saying why", async () => {
    const image = { repository: "ghcr.io/acme/wbot", tag: "v1" };
    const outside = {
      fetch: () => Promise.reject(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" })),
    };
    expect((await look("images", { ...perService(() => ({ image })) }, { outside }))[0]).toEqual([
      "warn",
      "ghcr.io/acme/wbot:v1 could not be checked (a server can't be reached (ENOTFOUND)); the nodes must be able to pull it",
    ]);
  });
});

it("reports each chart that can't be downloaded, and the alternative", async () => {
  const outside = {
    fetch: () => Promise.reject(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" })),
  };
  const found = await look("charts", {}, { outside });
  expect(found).toHaveLength(6);
  expect(found).toContainEqual([
    "fail",
    "traefik 41.3.0 can't be downloaded from oci://ghcr.io/traefik/helm (a server can't be reached (ENOTFOUND))",
    "export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull oci://ghcr.io/traefik/helm/traefik --version 41.3.0)",
  ]);
  expect(found).toContainEqual([
    "fail",
    "cluster-autoscaler 9.59.0 can't be downloaded from https://kubernetes.github.io/autoscaler (a server can't be reached (ENOTFOUND))",
    "export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull cluster-autoscaler --repo https://kubernetes.github.io/autoscaler --version 9.59.0)",
  ]);
});

describe("without infra", () => {
  it("downloads no charts", async () => {
    const asked = jest.spyOn(globalThis, "fetch");
    expect(await look("charts", {}, { stacks: ["app"] })).toEqual([["skip", "infra is not to be deployed"]]);
    expect(asked).not.toHaveBeenCalled();
  });

  it("looks at nothing that infra alone would change", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { version: "1.34" } });
    expect(await look("kubernetes", {}, { stacks: ["app"] })).toEqual([
      ["skip", "infra is not to be deployed"],
    ]);
  });

  it("only warns of roles that infra would let in", async () => {
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    const named = "arn:aws:iam::222233334444:role/wbot-team";
    const access = { viewers: [named], admins: ["arn:aws:iam::222233334444:user/me"] };
    const outside = { fetch: () => Promise.resolve(new Response("8.8.8.8")) };
    expect(await look("access", { access }, { outside, stacks: ["app"] })).toContainEqual([
      "warn",
      `access.viewers: ${named} does not exist, so EKS would reject it`,
      expect.any(String),
    ]);
  });

  it("still fails for what app needs", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("ResourceNotFoundException"));
    expect((await look("secrets", {}, { stacks: ["app"] })).map(([status]) => status)).toEqual(["fail"]);
  });
});

it("refuses a chart that does not match its pin, from a folder too, unless an emulator may have stand-ins", async () => {
  const mirror = mkdtempSync(join(os.tmpdir(), "wbot-charts-"));
  for (const { name, version } of CHARTS) writeFileSync(join(mirror, `${name}-${version}.tgz`), name);
  const session = new Session(
    loadEnvironment("dev", { overrides: MINE, chartMirror: mirror }),
    join(mirror, "out"),
  );
  const found = async () =>
    (await preflight(session, { only: ["charts"], silent: true })).map(({ status, why }) => [status, why]);
  const digest = "ab".repeat(32);
  Object.assign(reloader(), { digest });
  try {
    expect(await found()).toEqual([
      ["fail", expect.stringContaining(`reloader-2.2.16.tgz doesn't match its pinned digest`)],
    ]);
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566";
    expect(await found()).toEqual([["pass", "6 charts can be downloaded"]]);
    delete process.env["AWS_ENDPOINT_URL"];
    Object.assign(reloader(), { digest: hash("sha256", "reloader") });
    expect(await found()).toEqual([["pass", "6 charts can be downloaded"]]);
  } finally {
    delete (reloader() as Chart & { digest?: string }).digest;
    rmSync(mirror, { recursive: true });
  }
});

describe("the domain", () => {
  const zone = { domain: { host: "chat.wbot.test", hostedZoneId: "Z0123456789ABC" } };
  const servers = { resolveNs: () => Promise.resolve(["ns-1.awsdns.test"]) };

  it.each([
    [
      { Name: "wbot.test." },
      ["ns-1.awsdns.test."],
      "pass",
      "chat.wbot.test is in the hosted zone wbot.test, which DNS delegates to",
    ],
    [
      { Name: "other.test." },
      [],
      "fail",
      "the hosted zone Z0123456789ABC is for other.test, which does not contain chat.wbot.test",
    ],
    [
      { Name: "bot.test." },
      [],
      "fail",
      "the hosted zone Z0123456789ABC is for bot.test, which does not contain chat.wbot.test",
    ],
    [
      { Name: "wbot.test.", Config: { PrivateZone: true } },
      [],
      "fail",
      "the hosted zone wbot.test is private: it does not resolve outside the VPC",
    ],
    [
      { Name: "wbot.test." },
      ["ns-2.awsdns.test"],
      "warn",
      "DNS does not delegate to the hosted zone wbot.test: its NS records name ns-1.awsdns.test",
    ],
  ])("is checked against the hosted zone %j", async (HostedZone, NameServers, status, why) => {
    route53.on(GetHostedZoneCommand).resolves({ HostedZone, DelegationSet: { NameServers } } as object);
    expect((await look("domain", zone, { outside: servers }))[0]?.slice(0, 2)).toEqual([status, why]);
  });

  const delegated = () =>
    route53.on(GetHostedZoneCommand).resolves({
      HostedZone: { Name: "wbot.test." },
      DelegationSet: { NameServers: ["ns-1.awsdns.test"] },
    } as object);
  const none = (code: string) => () => Promise.reject(dnsError(code));

  it("is not delegated where DNS says so", async () => {
    delegated();
    expect((await look("domain", zone, { outside: { resolveNs: none("ENOTFOUND") } }))[0]).toEqual([
      "warn",
      "DNS does not delegate to the hosted zone wbot.test: it has no NS records",
      "At the domain's registrar, or in the parent zone, set these name servers: ns-1.awsdns.test",
    ]);
  });

  it("is left unchecked where DNS gives no answer, beside a host that can be checked", async () => {
    delegated();
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "lb.test" }] });
    const others = [{ host: "chat.other.test" }];
    const outside = { resolveNs: none("ESERVFAIL"), resolve4: () => Promise.resolve(["1.2.3.4"]) };
    const found = await look("domain", { domain: { ...zone.domain, others } }, { outside }, "prod");
    expect(found.map(([status, why]) => [status, why])).toEqual([
      ["pass", "chat.other.test points at the load balancer"],
      ["warn", "could not check: DNS gives no answer about wbot.test (ESERVFAIL)"],
    ]);
    expect(await look("domain", {}, { outside: { resolve4: none("ETIMEOUT") } }, "prod")).toEqual([
      ["warn", "could not check: DNS gives no answer about chat.wbot.test (ETIMEOUT)"],
    ]);
  });

  it("is left unchecked behind a proxy, where DNS may know only names within", async () => {
    delegated();
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy.test:3128" });
    expect(await look("domain", zone, { outside: { resolveNs: none("ENOTFOUND") } })).toEqual([
      ["warn", "could not check: DNS knows nothing about wbot.test here, behind a proxy"],
    ]);
  });

  describe("with a record already", () => {
    const records = (...ResourceRecordSets: object[]) => {
      route53.on(GetHostedZoneCommand).resolves({
        HostedZone: { Name: "wbot.test." },
        DelegationSet: { NameServers: ["ns-1.awsdns.test"] },
      } as object);
      route53.on(ListResourceRecordSetsCommand).resolves({ ResourceRecordSets } as object);
    };
    const elsewhere = {
      Name: "chat.wbot.test.",
      Type: "CNAME",
      ResourceRecords: [{ Value: "old.example.com" }],
    };

    it("is refused before a first deploy, which must leave it alone: nothing can be imported yet", async () => {
      records(elsewhere);
      expect((await look("domain", zone, { outside: servers }))[0]).toEqual([
        "fail",
        "chat.wbot.test already has a record, CNAME old.example.com: Route 53 refuses a second one",
        "Leave it alone in a first deploy: domain: { records: false } in environments/dev.ts. How to move without downtime: docs/moving-here.md",
      ]);
    });

    it("passes if it is the load balancer's, if the settings leave it alone, or if it is another name's", async () => {
      elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "Wbot-1.elb.test" }] });
      records({ ...elsewhere, Type: "A", ResourceRecords: [], AliasTarget: { DNSName: "wbot-1.elb.test." } });
      expect((await look("domain", zone, { outside: servers }))[0]?.[0]).toBe("pass");
      records({ ...elsewhere, Name: "mail.wbot.test." }, { ...elsewhere, Type: "TXT" });
      expect((await look("domain", zone, { outside: servers }))[0]?.[0]).toBe("pass");
      records(elsewhere);
      const alone = { domain: { ...zone.domain, records: false } };
      expect((await look("domain", alone, { outside: servers }))[0]?.[0]).toBe("pass");
    });

    it("is named where infra is there, whose state may have it, with the commands that import it", async () => {
      elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "wbot-1.elb.test" }] });
      records({ ...elsewhere, Type: "A", ResourceRecords: [{ Value: "192.0.2.1" }] });
      const [[status, why, fix = ""] = []] = await look("domain", zone, { outside: servers });
      expect([status, why]).toEqual([
        "warn",
        "chat.wbot.test already has a record, A 192.0.2.1, not to this environment's load balancer: unless infra's state has it, Route 53 refuses a second one",
      ]);
      // In the folder that the diff prepares: preflight's own is gone by now.
      expect(fix.replace(outputFolder(), "cdktf.out")).toMatch(
        /^To move it here .*: npx wbot diff infra --env dev && terraform -chdir=cdktf\.out\/dev\/stacks\/infra import aws_route53_record\.dns-chat_wbot_test_alias_\w+ Z0123456789ABC_chat\.wbot\.test_A\. To leave it alone for now: domain: \{ records: false \} in environments\/dev\.ts/,
      );
    });

    it("that takes IPv6 clients elsewhere is named too", async () => {
      records({ ...elsewhere, Type: "AAAA", ResourceRecords: [{ Value: "2001:db8::1" }] });
      expect((await look("domain", zone, { outside: servers }))[0]?.slice(0, 2)).toEqual([
        "warn",
        "chat.wbot.test has an AAAA record, 2001:db8::1: IPv6 clients would keep going there, since this project creates only an A record",
      ]);
    });
  });

  it("need not point at the load balancer where proxies are in front", async () => {
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "lb.test" }] });
    expect(await look("domain", { traffic: { trustedProxies: ["203.0.113.0/24"] } }, {}, "staging")).toEqual([
      ["skip", "chat.wbot.test must point at the proxies in traffic.trustedProxies; not checked"],
    ]);
  });

  it("must point at the load balancer for Let's Encrypt's HTTP-01 check", async () => {
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "lb.test" }] });
    const outside = {
      resolve4: (host: string) => Promise.resolve([host === "lb.test" ? "1.2.3.4" : "5.6.7.8"]),
    };
    expect(await look("domain", {}, { outside }, "prod")).toEqual([
      [
        "warn",
        "chat.wbot.test does not point at the load balancer, so no certificate can be issued over HTTP-01",
        "chat.wbot.test. CNAME lb.test. (this moves its users here; to have a certificate before that, set domain.hostedZoneId)",
      ],
    ]);
  });
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
        "Redis has a node in subnet-0000000b, which is not a cache subnet in the settings: ElastiCache refuses to give up a subnet in use, so every deploy of infra would fail",
        'network.existing.subnets["us-east-1a"].cache: { id: "subnet-0000000b", cidr: "172.30.2.0/24" } in environments/dev.ts: docs/network.md',
      ],
    ]);
    const inCluster = { ...existing, redis: { kind: "in-cluster" } };
    expect((await look("network", inCluster))[0]?.[0]).toBe("pass");
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
      ["where nothing opens the cache's subnets", [], {}],
      ["where it is in other subnets", ["kms"], { SubnetIds: ["subnet-0000000c", "subnet-000000ff"] }],
    ])("would be closed to pods %s", async (_, services, more) => {
      endpoint(more);
      expect(await look("network", network(...services))).toEqual([
        [
          "warn",
          "vpc-0123456789abcdef0 has an endpoint of sts already, vpce-1: network policies keep pods from it, since its addresses are the VPC's, and those of the cache's subnets are opened by network.endpoints only",
          "docs/network.md",
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
      "the private subnet subnet-0000000a of us-east-1a has 100 free addresses, and needs 102 for 3 nodes and their pods",
    ],
    [
      "no room for the load balancer",
      { change: { "subnet-0000000b": { AvailableIpAddressCount: 7 } } },
      "the public subnet subnet-0000000b of us-east-1a has 7 free addresses, and needs 8",
    ],
    [
      "no room for Redis",
      { change: { "subnet-0000000c": { AvailableIpAddressCount: 0 } } },
      "the cache subnet subnet-0000000c of us-east-1a has 0 free addresses, and needs 1",
    ],
    [
      "no way in",
      { open: [nat] },
      "the public subnet subnet-0000000b of us-east-1a has no route to an internet gateway, so nobody could reach the load balancer",
    ],
    [
      "no way out",
      { main: [] },
      "the private subnet subnet-0000000a of us-east-1a has no route out: nodes could not pull the platform's images, whatever the endpoints",
    ],
    [
      "the wrong way out",
      { main: [internet] },
      "the private subnet subnet-0000000a of us-east-1a routes out through an internet gateway, which nodes without public addresses can't use",
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
        `the private subnet ${subnet} has no route out: nodes could not pull the platform's images, whatever the endpoints`,
      ]),
    ]);
  });

  it("warns of name servers that may not know the cluster's private address", async () => {
    found();
    names("10.0.0.53", "10.0.1.53");
    const trouble = (servers: string, options: string) => [
      "warn",
      `vpc-0123456789abcdef0 has its machines ask ${servers}: nodes that don't find the cluster's private address there never join it`,
      `Servers that forward to the VPC's resolver, or domain-name-servers=AmazonProvidedDNS in the DHCP options (${options})`,
    ];
    expect(await look("network", existing)).toEqual([trouble("10.0.0.53, 10.0.1.53", "dopt-1")]);
    for (const own of ["169.254.169.253", EXISTING.cidr.replace(/\.0\/\d+$/, ".2")]) {
      names(own);
      expect((await look("network", existing))[0]?.[0]).toBe("pass");
    }
    // Of a VPC without DHCP options.
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

describe("the nodes' release", () => {
  const image = (release: string, day: string) => ({
    Name: `bottlerocket-aws-k8s-1.36-aarch64-v${release}`,
    CreationDate: `${day}T00:00:00.000Z`,
  });
  const running = (releaseVersion: string, version = "1.36") => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
    eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["on-demand-1", "spot-1"] });
    eks
      .on(DescribeNodegroupCommand)
      .resolves({ nodegroup: { releaseVersion: "1.50.0-aaaaaaaa", version } })
      .on(DescribeNodegroupCommand, { clusterName: "wbot-dev", nodegroupName: "spot-1" })
      .resolves({ nodegroup: { releaseVersion, version } });
  };
  beforeEach(() => {
    ec2.on(DescribeImagesCommand).resolves({
      Images: [
        image("1.49.9-713f44ce", "2026-08-01"),
        image("1.50.0-aaaaaaaa", "2026-09-01"),
        image("1.9.0-bbbbbbbb", "2026-07-01"),
      ],
    });
  });

  it("is the newest", async () => {
    running("1.50.0-aaaaaaaa");
    expect(await look("nodes")).toEqual([["pass", "Bottlerocket 1.50.0-aaaaaaaa, its newest release"]]);
    expect(ec2.commandCalls(DescribeImagesCommand)[0]?.args[0].input).toEqual({
      Owners: ["amazon"],
      Filters: [{ Name: "name", Values: ["bottlerocket-aws-k8s-1.36-aarch64-v*"] }],
      IncludeDeprecated: true,
    });
  });

  it("is older than it could be: named with the line that raises it", async () => {
    running("1.49.9-713f44ce");
    expect(await look("nodes")).toEqual([
      [
        "warn",
        "Bottlerocket 1.50.0-aaaaaaaa was released on 2026-09-01; older: spot-1 (1.49.9-713f44ce)",
        'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts, then a deploy of infra replaces the nodes, a third at a time (docs/runbooks/upgrade.md)',
      ],
    ]);
  });

  it("is the newest after a deploy that upgrades Kubernetes, if the settings name none", async () => {
    running("1.49.9-713f44ce", "1.35");
    expect((await look("nodes"))[0]?.[0]).toBe("pass");
  });

  it("is what the next deploy sets", async () => {
    running("1.49.9-713f44ce");
    expect((await look("nodes", { nodes: { release: "1.50.0-aaaaaaaa" } }))[0]?.[0]).toBe("pass");
  });

  it("is looked at before a first deploy only if the settings name one", async () => {
    expect((await look("nodes"))[0]?.[0]).toBe("pass");
    expect((await look("nodes", { nodes: { release: "1.49.9-713f44ce" } }))[0]?.[1]).toContain(
      "older: nodes.release (1.49.9-713f44ce)",
    );
  });

  it("can't go back, which EKS would refuse", async () => {
    running("1.49.9-713f44ce");
    expect(await look("nodes", { nodes: { release: "1.49.9-713f44ce" } })).toEqual([
      [
        "fail",
        "nodes.release is 1.49.9-713f44ce, but on-demand-1 runs 1.50.0-aaaaaaaa, and EKS can't downgrade a node group",
        'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts',
      ],
    ]);
  });

  it.each([
    ["1.49.9-713f44ce", "1.35", "fail"],
    // EKS takes the newest, which is this one.
    ["1.50.0-aaaaaaaa", "1.35", "pass"],
    // Nothing makes EKS choose.
    ["1.49.9-713f44ce", "1.36", "warn"],
  ])("must be raised with the Kubernetes version: %s on %s", async (release, version, status) => {
    running(release);
    eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { releaseVersion: release, version } });
    const found = await look("nodes", { nodes: { release } });
    expect(found[0]?.[0]).toBe(status);
    if (status === "fail")
      expect(found).toEqual([
        [
          "fail",
          "nodes.release stays 1.49.9-713f44ce while on-demand-1 goes from Kubernetes 1.35 to 1.36: EKS would take the newest release instead, and can't downgrade a node group",
          'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts',
        ],
      ]);
  });

  it("can't be one that this version of Kubernetes has no image of", async () => {
    expect(await look("nodes", { nodes: { release: "1.50.0-cccccccc" } })).toEqual([
      [
        "fail",
        "nodes.release is 1.50.0-cccccccc, of which there is no image for Kubernetes 1.36 on arm64",
        'nodes: { release: "1.50.0-aaaaaaaa" } in environments/dev.ts',
      ],
    ]);
  });
});
