import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { DescribeAddressesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { CommandError } from "../../../commands/cli/exit-codes";
import { deploy } from "../../../commands/deploy/deploy";
import { destroy } from "../../../commands/destroy/destroy";
import { runningImages } from "../../../commands/images/running";
import { recover } from "../../../commands/recover/recover";
import { copy } from "../../../commands/secrets/copy";
import { Session } from "../../../commands/session/session";
import { loadEnvironment, type Overrides } from "../../../environments";
import { sdkError } from "../sdk-error";

jest.mock("../../../environments/services", () => jest.requireActual("../../two-services"));

// What it is composed of has tests of its own.
jest.mock("../../../commands/deploy/deploy", () => ({ deploy: jest.fn() }));
jest.mock("../../../commands/destroy/destroy", () => ({ destroy: jest.fn() }));
jest.mock("../../../commands/secrets/copy", () => ({ copy: jest.fn() }));
jest.mock("../../../commands/images/running", () => ({
  ...jest.requireActual("../../../commands/images/running"),
  runningImages: jest.fn(),
}));

const eks = mockClient(EKSClient);
const ec2 = mockClient(EC2Client);
const balancers = mockClient(ElasticLoadBalancingV2Client);
const secrets = mockClient(SecretsManagerClient);
mockClient(STSClient).on(GetCallerIdentityCommand).resolves({ Account: "111122223333", Arn: "me" });
const DIGEST = `sha256:${"a".repeat(64)}`;
const REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
const lost = sdkError("TimeoutError", "no answer");
const missing = sdkError("ResourceNotFoundException", "no such secret");

let printed: string[];
let done: string[];
beforeEach(() => {
  printed = [];
  done = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  for (const mock of [ec2, eks, balancers, secrets]) mock.reset();
  ec2.on(DescribeAddressesCommand).resolves({});
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException", "no such cluster"));
  secrets.on(GetSecretValueCommand).rejects(missing);
  secrets.on(DescribeSecretCommand).resolves({ LastChangedDate: new Date("2026-10-01T00:00:00Z") });
  balancers.on(DescribeLoadBalancersCommand, { Names: ["wbot-prod-west"] }).resolves({
    LoadBalancers: [
      { DNSName: "wbot-prod-west.elb.us-west-2.test", CanonicalHostedZoneId: "Z18D5FSROUN65G" },
    ],
  });
  const steps = { deploy, destroy, copy } as unknown as Record<string, jest.Mock>;
  for (const [name, step] of Object.entries(steps))
    step.mockReset().mockImplementation(() => {
      done.push(name);
      return Promise.resolve(0);
    });
  jest
    .mocked(runningImages)
    .mockReset()
    .mockResolvedValue({
      ai: `${REGISTRY}/wbot-ai:v7@${DIGEST}`,
      web: `${REGISTRY}/wbot-web:v8@${DIGEST}`,
    });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const text = () => printed.join("\n").replaceAll(/\d+(\.\d)? (ms|s)/g, "0 s");
const run = (options = {}, overrides: Overrides = {}, fromOverrides: Overrides = {}) =>
  recover(
    new Session(loadEnvironment("prod", { overrides: fromOverrides })),
    new Session(loadEnvironment("prod-west", { overrides })),
    { yes: true, keep: false, ...options },
  );

it("copies the secret, deploys and verifies, says how to switch the name, and destroys: a drill", async () => {
  expect(await run()).toBe(0);
  expect(done).toEqual(["copy", "deploy", "destroy"]);
  expect(jest.mocked(deploy).mock.calls[0]?.[1]).toMatchObject({
    stacks: ["infra", "app"],
    yes: true,
    preflight: true,
    verify: true,
    resumeCommand: `npx wbot deploy --image-tag ai=v7@${DIGEST},web=v8@${DIGEST} --env prod-west`,
  });
  expect(jest.mocked(destroy).mock.calls[0]?.[1]).toBe("prod-west");
  expect(text()).toContain("To switch to it:\n  chat.example.com. CNAME wbot-prod-west.elb.us-west-2.test.");
  expect(text()).toMatch(/app secret +0 s +copied from us-east-1\ndeploy .*\ndestroy .*destroyed again/);
});

it("takes the steps of a drill in the order in which its page lists them", async () => {
  await run();
  const page = readFileSync(join(__dirname, "../../../docs/recovery.md"), "utf8");
  const steps = [
    ["looks up which images", runningImages],
    ["copies the app secret", copy],
    ["deploys both stacks", deploy],
    ["destroys the twin", destroy],
  ] as const;
  const [, drill = ""] = page.split("\n### Drill\n");
  const inOrder = (at: readonly number[]) => [...at].sort((a, b) => a - b);
  const listed = steps.map(([text]) => drill.indexOf(text));
  expect(listed).toEqual(inOrder(listed));
  expect(listed).not.toContain(-1);
  const taken = steps.map(([, step]) => jest.mocked(step).mock.invocationCallOrder[0] ?? 0);
  expect(taken).toEqual(inOrder(taken));
  expect(taken).not.toContain(0);
});

it("says which addresses to let in before the switch, if the twin has its own", async () => {
  const Values = ["a", "b", "c"].map((letter) => `wbot-prod-west-nat-${letter}`);
  ec2
    .on(DescribeAddressesCommand, { Filters: [{ Name: "tag:Name", Values }] })
    .resolves({ Addresses: [{ PublicIp: "198.51.100.7" }, { PublicIp: "198.51.100.8" }] });
  await run();
  expect(text()).toContain(
    "To switch to it:\n  add 198.51.100.7, 198.51.100.8 to the allow-lists of the database and of providers, if they have any\n  chat.example.com. CNAME",
  );
});

it("changes the origin of proxies that are in front, and no record", async () => {
  const domain = { hostedZoneId: "Z0123456789ABCDEFGHIJ", records: false };
  await run({}, { traffic: { trustedProxies: ["cloudfront"] }, domain }, { domain });
  expect(text()).toContain(
    "To switch to it:\n  chat.example.com: make wbot-prod-west.elb.us-west-2.test the origin in the proxies of traffic.trustedProxies; the record stays\n",
  );
});

it("changes also the record where proxies are in front of some users only, and others go by the record", async () => {
  const overrides = {
    loadBalancer: { allowedCidrs: ["203.0.113.0/24"] },
    traffic: { trustedProxies: ["203.0.113.8/32"] },
    domain: { hostedZoneId: "Z0123456789ABCDEFGHIJ" },
  };
  await run({}, overrides, overrides);
  expect(text()).toMatch(
    /\n {2}chat\.example\.com: .* wbot-prod-west\.elb\.us-west-2\.test .* traffic\.trustedProxies\n {2}aws route53 /,
  );
});

it("asks for the name before the destroy unless told not to ask", async () => {
  await run({ yes: false });
  expect(jest.mocked(destroy).mock.calls[0]?.[1]).toBeUndefined();
});

it("deploys the images that run in the other, by digest, from its own region's repositories", async () => {
  await run();
  const { ai, web } = jest.mocked(deploy).mock.calls[0]?.[0].environment ?? {};
  expect(ai?.image).toEqual({ tag: "v7", digest: DIGEST });
  expect(web?.image).toEqual({ tag: "v8", digest: DIGEST });
});

it("deploys images that are named, and asks nobody", async () => {
  jest.mocked(runningImages).mockRejectedValue(lost);
  expect(await run({}, { ai: { image: { tag: "v1" } }, web: { image: { tag: "v2" } } })).toBe(0);
  expect(runningImages).not.toHaveBeenCalled();
});

it("wants the images named if the other can't be asked", async () => {
  jest.mocked(runningImages).mockRejectedValue(lost);
  await expect(run({}, { ai: { image: { tag: "v1" } } })).rejects.toThrow(
    "It is unknown which image to run for wbot-web: prod can't be queried (AWS can't be reached (TimeoutError)). Specify them: npx wbot recover --from prod --as prod-west --image-tag ai=<tag>,web=<tag>",
  );
  expect(done).toEqual([]);
});

it("keeps a twin's own secret without reading the original, and says how to compare and copy that", async () => {
  secrets.on(GetSecretValueCommand).rejects(lost);
  const own = { VersionId: "one", SecretString: JSON.stringify({ DATABASE_URL: "of-drills" }) };
  secrets.on(GetSecretValueCommand, { SecretId: "wbot/prod-west/app" }).resolves(own);
  expect(await run()).toBe(0);
  expect(done).toEqual(["deploy", "destroy"]);
  expect(text()).toContain(
    "prod-west uses its own, of 2026-10-01T00:00:00.000Z. To see what differs from prod's, and copy it: npx wbot secrets copy --env prod-west\n",
  );
  expect(text()).toMatch(/app secret +0 s +its own, of 2026-10-01/);
});

it("stops if the original can't be read and there is no copy", async () => {
  jest.mocked(copy).mockRejectedValue(lost);
  await expect(run()).rejects.toThrow(
    "Nothing was deployed: wbot/prod/app can't be read (AWS can't be reached (TimeoutError)), and us-west-2 has no copy of it. Push the keys: npx wbot secrets push app-secret.env --env prod-west",
  );
  expect(done).toEqual([]);
});

it("keeps it with --keep, also if it was deployed before, and says what to protect it by", async () => {
  eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://k8s.test" } });
  expect(await run({ keep: true })).toBe(0);
  expect(done).toEqual(["copy", "deploy"]);
  expect(text()).toContain(
    "It stays, unprotected: set protection: true in environments/prod-west.ts, and deploy.",
  );
});

it("keeps one that is protected already with --keep", async () => {
  expect(await run({ keep: true }, { protection: true })).toBe(0);
  expect(text()).toContain("\nIt stays.\n");
});

it("never destroys what it did not deploy", async () => {
  eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://k8s.test" } });
  await expect(run()).rejects.toThrow(
    "Nothing was done: prod-west is already deployed, and a drill destroys it at the end. It may have been serving users since a switch. To deploy it again and keep it, add --keep. Only if no name points to it, destroy it first: npx wbot destroy --env prod-west",
  );
  expect(done).toEqual([]);
});

it("refuses a first deploy to which nobody could connect, and none of a network that may be connected", async () => {
  const access = { publicCidrs: [], privateCidrs: ["10.20.0.0/16"] };
  await expect(run({ keep: true }, { access })).rejects.toThrow(
    'Nothing was done: access.publicCidrs of prod-west is empty, so no chart could be installed in its new cluster: set access: { publicCidrs: ["<your address>/32"] } in environments/prod-west.ts, until its VPC is connected (docs/private-api.md)',
  );
  expect(done).toEqual([]);
  const subnet = (letter: string, third: number) => ({
    id: `subnet-0123456${letter}`,
    cidr: `10.8.${third}.0/24`,
  });
  const existing = {
    vpcId: "vpc-0123456789abcdef0",
    cidr: "10.8.0.0/16",
    subnets: {
      "us-west-2a": { private: subnet("a", 1), public: subnet("b", 2) },
      "us-west-2b": { private: subnet("c", 3), public: subnet("d", 4) },
      "us-west-2c": { private: subnet("e", 5), public: subnet("f", 6) },
    },
  };
  await run({}, { access, network: { existing } });
  eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://k8s.test" } });
  await run({ keep: true }, { access });
  expect(done).toEqual(["copy", "deploy", "destroy", "copy", "deploy"]);
});

it("doesn't refuse a rehearsal, whose emulator is on this machine", async () => {
  const [from, twin] = ["rehearsal", "rehearsal-west"].map((name) => new Session(loadEnvironment(name)));
  await expect(recover(from as Session, twin as Session, { yes: true })).rejects.toThrow(
    /"rehearsal-west" .* 000000000000 /,
  );
});

const LEFT =
  "What was created so far stays. When you are done with it, and no name points to it: npx wbot destroy --env prod-west";

it("leaves a twin that failed its verification, to be looked at", async () => {
  jest.mocked(deploy).mockResolvedValue(3);
  expect(await run()).toBe(3);
  expect(done).toEqual(["copy"]);
  expect(text()).toContain(`The drill failed: prod-west stays for inspection, and costs money. ${LEFT}`);
});

it.each([
  ["its deploy fails", "no", () => jest.mocked(deploy).mockRejectedValue(new CommandError("no"))],
  [
    "the load balancer can't be looked up",
    "AWS can't be reached \\(TimeoutError\\)\\. .+",
    () => balancers.reset().onAnyCommand().rejects(lost),
  ],
  ["its destroy fails", "no", () => jest.mocked(destroy).mockRejectedValue(new CommandError("no"))],
])("says what is left of a drill where %s", async (_, error, given) => {
  given();
  await expect(run()).rejects.toThrow(new RegExp(`^${error}\n\n${LEFT}$`));
});

it("never advises to destroy what is to stay", async () => {
  jest.mocked(deploy).mockRejectedValue(new CommandError("no"));
  await expect(run({ keep: true })).rejects.toThrow(
    new RegExp(
      `^no\n\n(?!.* destroy).*: npx wbot recover --from prod --as prod-west --keep --image-tag ai=v7@${DIGEST},web=v8@${DIGEST}$`,
    ),
  );
});

it("gives the command for Route 53 where it has the zone", async () => {
  const domain = { host: "chat.example.com", hostedZoneId: "Z0000000000EXAMPLE" };
  await run({}, { domain }, { domain });
  const command =
    /change-resource-record-sets --hosted-zone-id Z0000000000EXAMPLE --change-batch '(.*)'/.exec(text());
  expect(JSON.parse(command?.[1] ?? "")).toEqual({
    Changes: [
      {
        Action: "UPSERT",
        ResourceRecordSet: {
          Name: "chat.example.com",
          Type: "A",
          AliasTarget: {
            DNSName: "wbot-prod-west.elb.us-west-2.test",
            HostedZoneId: "Z18D5FSROUN65G",
            EvaluateTargetHealth: true,
          },
        },
      },
    ],
  });
});

it.each<[what: string, overrides: Overrides, why: string]>([
  [
    "keeps its state there",
    { state: { kind: "s3", bucket: "states", region: "us-east-1" } },
    "state.bucket is a bucket in us-east-1, prod's region: set one in us-west-2 in environments/prod-west.ts (npx wbot bootstrap --env prod-west)",
  ],
  [
    "pulls its images from there",
    { ai: { image: { repository: `${REGISTRY}/wbot-ai`, tag: "v1" } } },
    `ai.image.repository is ${REGISTRY}/wbot-ai in us-east-1, prod's region: set one in us-west-2 in environments/prod-west.ts`,
  ],
  [
    "sends its metrics there",
    {
      observability: {
        metrics: {
          kind: "remote-write",
          url: "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-0123-abcd/api/v1/remote_write",
        },
      },
    },
    "observability.metrics.url is a workspace in us-east-1, prod's region: set one in us-west-2 in environments/prod-west.ts",
  ],
  [
    "is there itself",
    { region: "us-east-1", zones: ["us-east-1a", "us-east-1b", "us-east-1c"] },
    'region is "us-east-1", the same as prod\'s: set another in environments/prod-west.ts',
  ],
  [
    "would take its DNS record",
    { domain: { hostedZoneId: "Z0000000000EXAMPLE", records: true } },
    "domain.records is true, but chat.example.com has a record of prod's: set it to false in environments/prod-west.ts",
  ],
  [
    "could not be destroyed",
    { protection: true },
    "protection is true, so the drill could not destroy it: set it to false in environments/prod-west.ts, or --keep",
  ],
])("refuses a twin that %s", async (_, overrides, why) => {
  await expect(run({}, overrides)).rejects.toThrow(
    `Nothing was done: prod-west can't stand in for prod:\n  - ${why}`,
  );
  expect(done).toEqual([]);
});

it("refuses a twin with names that only the other's region has, and knows CloudFront's list in both", async () => {
  const names: Overrides = {
    access: { securityGroups: ["sg-0123456789abcdef0"] },
    loadBalancer: { allowedPrefixLists: ["cloudfront", "pl-0123456789abcdef0"] },
    traffic: { trustedProxies: ["cloudfront"] },
    domain: { hostedZoneId: "Z0000000000EXAMPLE", records: false },
  };
  await expect(run({}, names, names)).rejects.toThrow(
    [
      "Nothing was done: prod-west can't stand in for prod:",
      "access.securityGroups has sg-0123456789abcdef0 of us-east-1, prod's region: set those of us-west-2 in environments/prod-west.ts",
      "loadBalancer.allowedPrefixLists has pl-0123456789abcdef0 of us-east-1, prod's region: set those of us-west-2 in environments/prod-west.ts",
    ].join("\n  - "),
  );
});
