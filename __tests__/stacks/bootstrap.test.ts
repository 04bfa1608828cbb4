import { loadEnvironment, type Environment, type Overrides } from "../../environments";
import { bootstrapOf } from "../../environments/bootstrap";
import { policiesOf, rolesOf } from "../../constructs/ci/ci-roles";
import { ciTargetOf } from "../../constructs/ci/policies/policy";
import { CI } from "../constructs/ci/scope";
import type { BootstrapOptions } from "../../stacks/bootstrap";
import { synth, synthBootstrap, target } from "../synth";

const ACCOUNT = "111122223333";
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const prod = loadEnvironment("prod", { overrides: CI });
const alone = (name: string) => loadEnvironment(name);

function stack(environment: Environment = prod, options?: Partial<BootstrapOptions>, load = alone) {
  const bootstrap = bootstrapOf(environment, ACCOUNT, load);
  if (bootstrap === undefined) throw new Error("no bucket");
  return synthBootstrap(bootstrap, options);
}
const sharing = (overrides: Overrides) => (name: string) =>
  loadEnvironment(name, name === "staging" ? { overrides } : {});
const imports = (found: ReturnType<typeof stack>) =>
  ((found.json["import"] ?? []) as { to: string; id: string }[]).map(({ to, id }) => [to.split(".")[0], id]);

/** In any order. */
function expectSame(actual: readonly unknown[], expected: readonly unknown[]): void {
  expect(actual).toHaveLength(expected.length);
  expect(actual).toEqual(expect.arrayContaining([...expected]));
}

describe("the state bucket", () => {
  const bootstrap = stack();
  const of = (type: string) => bootstrap.one(`aws_s3_bucket${type}`).body;

  it("is never destroyed", () => {
    expect(of("")).toMatchObject({ bucket: "wbot-state", lifecycle: { prevent_destroy: true } });
    expect(of("")["force_destroy"]).toBeUndefined();
  });

  it("lets nobody in from outside, and keeps no ACLs", () => {
    expect(of("_public_access_block")).toMatchObject({
      block_public_acls: true,
      ignore_public_acls: true,
      block_public_policy: true,
      restrict_public_buckets: true,
    });
    expect(of("_ownership_controls")["rule"]).toEqual({ object_ownership: "BucketOwnerEnforced" });
  });

  it("is versioned, and keeps the newest versions whatever their age", () => {
    expect(of("_versioning")["versioning_configuration"]).toEqual({ status: "Enabled" });
    expect(of("_lifecycle_configuration")["rule"][0]).toMatchObject({
      status: "Enabled",
      noncurrent_version_expiration: [{ noncurrent_days: 90, newer_noncurrent_versions: 20 }],
    });
  });

  it("is encrypted by a key that AWS manages, or by one of one's own", () => {
    const encryption = (from: ReturnType<typeof stack>) =>
      from.one("aws_s3_bucket_server_side_encryption_configuration").body["rule"][0];
    expect(encryption(bootstrap)).toEqual({
      apply_server_side_encryption_by_default: { sse_algorithm: "aws:kms" },
      blocked_encryption_types: ["SSE-C"],
      bucket_key_enabled: true,
    });
    const state = { kind: "s3", bucket: "wbot-state", kmsKeyId: "alias/state" };
    const own = stack(loadEnvironment("prod", { overrides: { ...CI, state } }));
    expect(encryption(own).apply_server_side_encryption_by_default).toEqual({
      sse_algorithm: "aws:kms",
      kms_master_key_id: "alias/state",
    });
  });

  it("refuses requests without TLS 1.2, and any encryption but KMS", () => {
    const { Statement } = JSON.parse(String(of("_policy")["policy"])) as { Statement: { Sid: string }[] };
    expect(Statement.map(({ Sid }) => Sid)).toEqual(["WbotTlsOnly", "WbotTls12", "WbotKmsOnly"]);
  });

  it("lies in the region of the state, and in no account but the environment's", () => {
    const state = { kind: "s3", bucket: "wbot-state", region: "eu-west-1" };
    const elsewhere = stack(loadEnvironment("prod", { overrides: { ...CI, state } }));
    expect(elsewhere.json["provider"].aws).toEqual([
      expect.objectContaining({ region: "eu-west-1", allowed_account_ids: [ACCOUNT] }),
    ]);
  });
});

describe("its own state", () => {
  it("lies in a local file until there is a bucket", () => {
    const { path } = stack(prod, { state: "local" }).json["terraform"].backend.local;
    expect(path).toMatch(/terraform\.wbot-state\.bootstrap\.tfstate$/);
  });

  it("lies in the bucket afterwards, where no environment's roles may read it", () => {
    expect(stack().json["terraform"].backend.s3).toEqual({
      bucket: "wbot-state",
      key: "wbot/bootstrap.tfstate",
      region: "us-east-1",
      use_lockfile: true,
    });
  });
});

describe("CI's roles", () => {
  const bootstrap = stack();
  const scope = ciTargetOf(prod);

  it("are made as their documents say, each within its boundary", () => {
    const made = bootstrap.of("aws_iam_role").map(({ body }) => ({
      name: body["name"] as string,
      trust: JSON.parse(String(body["assume_role_policy"])) as unknown,
      boundary: target(bootstrap, String(body["permissions_boundary"])).body["name"] as string,
      seconds: body["max_session_duration"] as number,
    }));
    expectSame(
      made,
      rolesOf(scope).map(({ arn, trust, hours }) => ({
        name: arn.split("/")[1],
        trust,
        boundary: "wbot-prod-ci-boundary",
        seconds: hours * 3600,
      })),
    );
    const documents = bootstrap
      .of("aws_iam_policy")
      .map(({ body }) => [body["name"], JSON.parse(String(body["policy"])) as unknown]);
    expectSame(
      documents,
      policiesOf(scope).map(({ arn, document }) => [arn.split("/")[1], document]),
    );
  });

  it("have the policies that are theirs, and keep what others attach", () => {
    const attached = bootstrap
      .of("aws_iam_role_policy_attachment")
      .map(({ body }) =>
        ["role", "policy_arn"].map((key) => target(bootstrap, String(body[key])).body["name"] as string),
      );
    expectSame(
      attached,
      rolesOf(scope).flatMap(({ arn, policies }) =>
        policies.map((policy) => [arn.split("/")[1], policy.split("/")[1]]),
      ),
    );
    for (const type of ["aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachments_exclusive"])
      expect(bootstrap.of(type)).toEqual([]);
  });

  it("trust a provider that is there before them, is never destroyed, and keeps the audiences of others", () => {
    const provider = bootstrap.one("aws_iam_openid_connect_provider");
    expect(provider.body).toMatchObject({
      url: "https://token.actions.githubusercontent.com",
      client_id_list: ["sts.amazonaws.com"],
      lifecycle: { prevent_destroy: true },
    });
    expect(provider.body["lifecycle"].ignore_changes).toContain("client_id_list");
    for (const role of bootstrap.of("aws_iam_role")) expect(bootstrap.isAfter(role, provider)).toBe(true);
  });

  it("are not made for an environment without ci, whose provider is forgotten and not destroyed", () => {
    const { account, state } = CI;
    const bucketOnly = stack(loadEnvironment("prod", { overrides: { account, state } }));
    expect(bucketOnly.all.filter(({ type }) => type.startsWith("aws_iam"))).toEqual([]);
    expect(bucketOnly.json["removed"]).toEqual([
      { from: "aws_iam_openid_connect_provider.github", lifecycle: [{ destroy: false }] },
    ]);
    expect(bootstrap.json["removed"]).toBeUndefined();
    expect(bootstrap.one("aws_iam_openid_connect_provider").address).toBe(
      "aws_iam_openid_connect_provider.github",
    );
  });
});

describe("what is there already", () => {
  it("is imported, whole or in part", () => {
    const partly = stack(prod, {
      existingProvider: PROVIDER,
      existingBucket: { policy: true, lifecycle: false },
    });
    expect(imports(partly).sort()).toEqual([
      ["aws_iam_openid_connect_provider", PROVIDER],
      ["aws_s3_bucket", "wbot-state"],
      ["aws_s3_bucket_policy", "wbot-state"],
    ]);
    expect(imports(stack())).toEqual([]);
  });
});

describe("environments that share a bucket", () => {
  it("have one stack, whichever is named", () => {
    const both = sharing(CI);
    const names = (environment: Environment, load: typeof both) =>
      stack(environment, {}, load)
        .of("aws_iam_role")
        .map(({ body }) => body["name"] as string)
        .sort();
    const all = ["prod", "staging"].flatMap((name) => [`wbot-${name}-ci-deploy`, `wbot-${name}-ci-plan`]);
    expect(names(prod, both)).toEqual(all);
    const staging = both("staging");
    expect(names(staging, (name) => (name === "prod" ? prod : loadEnvironment(name)))).toEqual(all);
  });

  it("lose only the roles and policies of the one that gives ci up, and no part of the bucket", () => {
    const { account, state } = CI;
    const addresses = (overrides: Overrides) =>
      stack(prod, {}, sharing(overrides)).all.map(({ type, body }) => `${type} ${String(body["name"])}`);
    const before = addresses(CI);
    const after = addresses({ account, state });
    const gone = before.filter((each) => !after.includes(each));
    expect(gone.length).toBeGreaterThan(8);
    expect(gone.filter((each) => !/^aws_iam_(role|policy) wbot-staging-/.test(each))).toEqual([]);
    expect(after.filter((each) => !before.includes(each))).toEqual([]);
  });

  it("must agree on where it lies and how it is encrypted", () => {
    const load = sharing({ ...CI, state: { kind: "s3", bucket: "wbot-state", kmsKeyId: "alias/state" } });
    expect(() => bootstrapOf(prod, ACCOUNT, load)).toThrow(
      'The environments staging and prod share the state bucket wbot-state, but state.kmsKeyId is "alias/state" in staging and not set in prod. Set the same in both, or give one of them another bucket.',
    );
  });

  it("leave alone the tags that either of them leaves to others", () => {
    const ignoring = (keys: readonly string[]) => ({ ...CI, ignoreTags: { keys, prefixes: ["org:"] } });
    const first = loadEnvironment("prod", { overrides: ignoring(["creator"]) });
    const provider = (found: ReturnType<typeof stack>) => found.json["provider"].aws[0];
    expect(provider(stack(first, {}, sharing(ignoring(["owner", "creator"])))).ignore_tags).toEqual([
      { keys: ["creator", "owner"], key_prefixes: ["org:"] },
    ]);
    expect(provider(stack()).ignore_tags).toBeUndefined();
  });

  it("have none where the state lies in local files", () => {
    expect(bootstrapOf(loadEnvironment("dev"), ACCOUNT, alone)).toBeUndefined();
  });
});

it("agrees with the other stacks on the provider's version", () => {
  const { aws } = synth("prod").infra.json["terraform"].required_providers;
  expect(stack().json["terraform"].required_providers).toEqual({ aws });
});
