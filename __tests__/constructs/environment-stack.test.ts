import { join } from "node:path";
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, Fn, TerraformOutput, TerraformStack, Token } from "cdktf";
import { referencesIn } from "../../commands/terraform/references";
import { EnvironmentStack } from "../../constructs/environment-stack";
import { TERRAFORM_VERSION } from "../../environments/terraform-version";
import { loadEnvironment, type Overrides } from "../../environments";
import { synth, type WrittenStack } from "../synth";
import { CI } from "./ci/scope";

const PROJECT = join(__dirname, "../..");
const ENVIRONMENTS = ["dev", "staging", "prod"];
const STACKS = ["infra", "app"] as const;

/** The provider of everything the stack creates; the other one is the caller's. */
const aws = (stack: WrittenStack) => stack.json["provider"].aws[1];
const caller = (stack: WrittenStack) => `${stack.one("data.aws_caller_identity").address}.account_id`;
/** The first of them that is not empty is the account. */
const accounts = (stack: WrittenStack) =>
  /^\$\{coalesce\((.*)\)\}$/.exec(aws(stack).allowed_account_ids[0] as string)?.[1]?.split(", ");
const terraform = (stack: WrittenStack) => stack.json["terraform"];

describe.each(ENVIRONMENTS)("both stacks of %s", (name) => {
  it.each(STACKS)("keep the state of %s in its own file, next to cdktf.json", (id) => {
    expect(terraform(synth(name)[id]).backend).toEqual({
      local: { path: join(PROJECT, `terraform.${name}.${id}.tfstate`) },
    });
  });

  it.each(STACKS)("tag everything that %s creates", (id) => {
    expect(aws(synth(name)[id]).default_tags).toEqual([
      { tags: { Project: "wbot", Environment: name, ManagedBy: "cdktf", Stack: id } },
    ]);
  });

  it.each(STACKS)("let %s refer to nothing outside it", (id) => {
    const { all, json } = synth(name)[id];
    const own = new Set(all.map(({ address }) => address));
    for (const [type, named] of Object.entries(json["ephemeral"] as Record<string, object>))
      for (const key of Object.keys(named)) own.add(`${type}.${key}`);
    const references = [...referencesIn(json)].filter((to) =>
      /^(data\.)?(aws|helm|kubernetes|random)_/.test(to),
    );
    expect(references.length).toBeGreaterThan(30);
    expect(references.filter((to) => !own.has(to))).toEqual([]);
  });

  it.each(STACKS)("deploy %s to the credentials' account, if none is set", (id) => {
    const stack = synth(name)[id];
    expect(accounts(stack)?.[0]).toBe(caller(stack));
  });
});

it("needs a Terraform that supports ephemeral resources and S3 locks", () => {
  for (const id of STACKS)
    expect(terraform(synth("dev")[id]).required_version).toBe(`>= ${TERRAFORM_VERSION}`);
});

describe("with an account, state in S3 and tags", () => {
  const written = synth("staging", {
    account: "111122223333",
    tags: { CostCenter: "42" },
    state: { kind: "s3", bucket: "wbot-state", kmsKeyId: "alias/wbot-state" },
  });

  it.each(STACKS)("locks and encrypts the state of %s, under a key of its own in the bucket", (id) => {
    expect(terraform(written[id]).backend).toEqual({
      s3: {
        bucket: "wbot-state",
        key: `wbot/staging/${id}.tfstate`,
        region: "us-east-1",
        encrypt: true,
        kms_key_id: "alias/wbot-state",
        use_lockfile: true,
      },
    });
  });

  it.each(STACKS)("refuses credentials of another account for %s", (id) => {
    expect(accounts(written[id])?.[0]).toBe('"111122223333"');
    expect(JSON.stringify(written[id].json["resource"])).not.toContain(caller(written[id]));
  });

  it.each(STACKS)("adds the environment's tags to those of %s", (id) => {
    expect(aws(written[id]).default_tags[0].tags).toMatchObject({ Project: "wbot", CostCenter: "42" });
  });
});

it.each(STACKS)("leaves to others in %s the tags that they put on, and only those", (id) => {
  const stacks = synth("dev", { ignoreTags: { keys: ["creator"], prefixes: ["org:"] } });
  expect(aws(stacks[id]).ignore_tags).toEqual([{ keys: ["creator"], key_prefixes: ["org:"] }]);
  expect(aws(synth("dev")[id]).ignore_tags).toBeUndefined();
});

it("finds a bucket in another region, and leaves its encryption to it", () => {
  const { app } = synth("dev", { state: { kind: "s3", bucket: "wbot-state", region: "eu-central-1" } });
  expect(terraform(app).backend).toEqual({
    s3: { bucket: "wbot-state", key: "wbot/dev/app.tfstate", region: "eu-central-1", use_lockfile: true },
  });
});

it("keeps the state in a region that the oldest Terraform doesn't know", () => {
  const region = "ap-southeast-6";
  const { app } = synth("dev", { state: { kind: "s3", bucket: "wbot-state", region } });
  expect(terraform(app).backend.s3).toMatchObject({ region, skip_region_validation: true });
});

it("uses the GovCloud partition in every ARN", () => {
  const { infra, app } = synth("dev", {
    region: "us-gov-west-1",
    account: "111122223333",
    zones: ["us-gov-west-1a", "us-gov-west-1b"],
    access: { admins: ["arn:aws-us-gov:iam::111122223333:role/wbot-admin"] },
    domain: { hostedZoneId: "Z0000000000EXAMPLE" },
    ai: { image: { tag: "v0.1.0" } },
  });
  expect(new Set(JSON.stringify(infra.json).match(/arn:aws[a-z-]*:/g))).toEqual(new Set(["arn:aws-us-gov:"]));
  expect(JSON.stringify(app.json)).toContain(
    "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/dev/wbot-ai:v0.1.0",
  );
});

it.each([
  ["accepts the credentials that preflight accepts, an instance's too", "skip_metadata_api_check"],
  ["finds a bucket by its own host name", "s3_use_path_style"],
])("%s; not so with an emulator", (_, option) => {
  const set = (overrides?: Overrides) =>
    STACKS.flatMap((id) =>
      (synth("dev", overrides)[id].json["provider"].aws as object[]).map((each) => option in each),
    );
  expect(set()).toEqual([false, false, false, false]);
  const emulated = { account: "000000000000", emulator: { endpoint: "http://localhost:4566" } };
  const admins = ["arn:aws:iam::000000000000:root"];
  expect(set({ ...emulated, access: { admins } })).toEqual([true, true, true, true]);
});

it("writes what cdktf's own synthesis writes: of tokens, overrides, outputs and texts that Terraform would read", () => {
  class Small extends EnvironmentStack {
    constructor() {
      super(new App(), "small", loadEnvironment("dev"));
      const { fqn } = new DataAwsCallerIdentity(this, "identity");
      const topic = new SnsTopic(this, "topic", {
        name: `of-${Token.asString(Fn.upper(this.account))}-$\{not-ours}`,
        tags: { [this.account]: Fn.join("-", [this.account, "1e+5"]), Unset: undefined as unknown as string },
        dependsOn: [this.node.findChild("caller").node.children[0] as DataAwsCallerIdentity],
      });
      topic.addOverride("lifecycle.ignore_changes", ["tags"]);
      const ids = `\${toset([${fqn}.id])}`;
      this.addOverride("import", [{ for_each: ids, to: "aws_sns_topic.topic", id: "${each.value}" }]);
      new TerraformOutput(this, "topic-arn", { value: topic.arn });
      new TerraformOutput(this, "of-none", { value: Fn.lengthOf(Fn.split("-", topic.name)), staticId: true });
    }
  }
  const stack = new Small();
  const written = JSON.stringify(stack.toTerraform(), null, 1);
  expect(written).toBe(JSON.stringify(TerraformStack.prototype.toTerraform.call(stack), null, 1));
});

it("bounds every role of both stacks if CI deploys them, and none otherwise", () => {
  const domain = { hostedZoneId: "Z0000000000EXAMPLE" };
  const boundaries = ({ infra, app }: ReturnType<typeof synth>) =>
    [...infra.of("aws_iam_role"), ...app.of("aws_iam_role")].map(({ body }) => body["permissions_boundary"]);
  const bound = boundaries(synth("prod", { ...CI, domain }));
  expect(bound.length).toBeGreaterThanOrEqual(9);
  expect(new Set(bound)).toEqual(new Set(["arn:aws:iam::111122223333:policy/wbot-prod-boundary"]));
  expect(new Set(boundaries(synth("prod", { domain })))).toEqual(new Set([undefined]));
});

it("names the boundary that the bootstrap stack creates, in GovCloud too", () => {
  const { infra } = synth("prod", {
    ...CI,
    region: "us-gov-west-1",
    zones: ["us-gov-west-1a", "us-gov-west-1b", "us-gov-west-1c"],
    access: { admins: ["arn:aws-us-gov:iam::111122223333:role/wbot-admin"] },
  });
  for (const { body } of infra.of("aws_iam_role"))
    expect(body["permissions_boundary"]).toBe("arn:aws-us-gov:iam::111122223333:policy/wbot-prod-boundary");
});
