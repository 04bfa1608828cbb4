import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentEnvironment, environments, layersOf, loadEnvironment, twins } from "../../environments";
import { inherited } from "../../environments/twin";
import { resolved } from "../../environments/origins";
import { synth } from "../synth";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-twin-"));
});
const local = (name: string, settings: object) => {
  writeFileSync(join(folder, `${name}.local.json`), JSON.stringify(settings));
};
const west = () => currentEnvironment({ WBOT_ENV: "prod-west" }, folder);

it.each(Object.entries(twins))("makes %s the twin of an environment in another region", (name, { of }) => {
  expect(Object.keys(twins)).not.toContain(of);
  expect(Object.keys(environments)).toContain(of);
  expect(loadEnvironment(name).region).not.toBe(loadEnvironment(of).region);
});

it("has the other's settings, those of its local file included, and its own differences on top", () => {
  local("prod", { account: "111122223333", region: "eu-west-1", domain: { host: "chat.acme.test" } });
  local("prod-west", { nodes: { onDemand: { max: 20 } } });
  const { account, region, domain, nodes, redis } = west();
  expect({ account, region }).toEqual({ account: "111122223333", region: "us-west-2" });
  expect(domain).toMatchObject({ host: "chat.acme.test", records: false });
  expect(nodes.onDemand).toMatchObject({ instanceTypes: ["m7g.large", "m6g.large"], max: 20 });
  expect(redis).toMatchObject({ nodeType: "cache.t4g.small", replicas: 1, finalSnapshot: false });
});

it("may be of another kind than what the other's local file is about", () => {
  local("prod", { observability: { metrics: { retentionDays: 30 } } });
  local("prod-west", { observability: { metrics: { kind: "none" } } });
  expect(west().observability.metrics).toEqual({ kind: "none" });
});

it("may be of another kind by its own file, too", () => {
  const { differences } = twins["prod-west"] as { differences: object };
  const before = { ...differences };
  Object.assign(differences, { observability: { metrics: { kind: "none" } } });
  local("prod", { observability: { metrics: { retentionDays: 30 } } });
  try {
    expect(west().observability.metrics).toEqual({ kind: "none" });
  } finally {
    Reflect.deleteProperty(differences, "observability");
    Object.assign(differences, before);
  }
});

it("takes over nothing of the other's place: its state, its CI roles, its protection", () => {
  const state = { kind: "s3", bucket: "prod-state" };
  local("prod", { account: "111122223333", state, ci: { repository: "acme/wbot", runner: "wbot-prod" } });
  expect(west()).toMatchObject({ protection: false, state: { kind: "local" } });
  expect(west().ci).toBeUndefined();
  expect(inherited({ state, ci: {}, protection: true, region: "us-east-1" })).toEqual({
    region: "us-east-1",
  });
});

it("takes over neither copies of images nor a snapshot to restore, of which its region has none", () => {
  local("prod", { registry: { copies: ["us-west-2"] }, redis: { restoreFrom: "to-restore" } });
  expect(west().registry).toMatchObject({ create: false, copies: [] });
  expect(west().redis).toMatchObject({ nodeType: "cache.t4g.small" });
  expect(west().redis).not.toHaveProperty("restoreFrom");
});

it("has a network of its own where the other's is an existing one, or another that is there already", () => {
  const existing = (region: string) => ({
    vpcId: "vpc-0123456789abcdef0",
    cidr: "172.30.0.0/16",
    subnets: Object.fromEntries(
      ["a", "b", "c"].map((letter, index) => [
        `${region}${letter}`,
        {
          private: { id: `subnet-0000000${letter}`, cidr: `172.30.${index}.0/24` },
          public: { id: `subnet-0000001${letter}`, cidr: `172.30.1${index}.0/24` },
        },
      ]),
    ),
  });
  local("prod", { network: { existing: existing("us-east-1"), endpoints: ["sts"] } });
  expect(west().network.existing).toBeUndefined();
  expect(west().network.endpoints).toEqual(["sts"]);
  local("prod-west", { network: { existing: existing("us-west-2") } });
  expect(Object.keys(west().network.existing?.subnets ?? {})).toEqual(west().zones);
});

it("says where each setting comes from", () => {
  local("prod", { domain: { host: "chat.acme.test" } });
  const from = (path: string) =>
    resolved(west(), layersOf("prod-west", {}, folder)).find((each) => each.path === path)?.from;
  expect(["tier", "domain.host", "region", "protection"].map(from)).toEqual([
    "environments/prod.ts",
    "environments/prod.local.json",
    "environments/prod-west.ts",
    "default",
  ]);
});

it("names every file that a bad value may be in, once", () => {
  local("prod", { tier: "huge" });
  expect(west).toThrow(
    'The environment "prod-west" is not valid (environments/prod.ts, environments/prod.local.json, environments/prod-west.ts):',
  );
});

it("gives it no name in IAM, which has no regions, that the other has", () => {
  const roles = (name: string) =>
    synth(name)
      .infra.of("aws_iam_role")
      .map(({ body }) => body["name"] as string);
  expect(roles("prod").length).toBeGreaterThan(5);
  expect(roles("prod").filter((role) => roles("prod-west").includes(role))).toEqual([]);
});

it("leaves DNS records and image repositories to the other", () => {
  const zone = { domain: { hostedZoneId: "Z0000000000EXAMPLE" } };
  const { infra } = synth("prod-west", zone);
  expect([infra.of("aws_route53_record"), infra.of("aws_ecr_repository")]).toEqual([[], []]);
  expect(synth("prod", zone).infra.of("aws_route53_record")).toHaveLength(1);
});
