import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OLD_VERSION_DAYS, OLD_VERSIONS } from "../../constructs/aws/state-bucket";
import { stateKey } from "../../environments/local-state";
import { STACKS } from "../../stacks/stack-names";
import { synth } from "../synth";
import { commandsIn, mistake } from "./command-lines";

const page = readFileSync(join(__dirname, "../../docs/recovery.md"), "utf8");
const domain = { host: "chat.example.com", hostedZoneId: "Z0123456789ABCDEFGHIJ" };

it("names the resources that a twin takes over from prod by their addresses", () => {
  const section = page.slice(page.indexOf("### Retiring prod"), page.indexOf("## Deleted by mistake"));
  const named = [...section.matchAll(/\baws_\w+\.[\w-]+_[0-9A-F]{8}\b/g)].map(([address]) => address);
  const ofRepositories = (copies: boolean) =>
    ["aws_ecr_repository", "aws_ecr_lifecycle_policy"]
      .flatMap((type) => synth("prod", { domain, registry: { copies: ["us-west-2"] } }).infra.of(type))
      .filter(({ body }) => "region" in body === copies)
      .map(({ address }) => address);
  const records = synth("prod", { domain }).infra.of("aws_route53_record");
  expect(named.sort()).toEqual(
    [...ofRepositories(true), ...ofRepositories(false), ...records.map(({ address }) => address)].sort(),
  );
});

it("restores Redis by commands that their programs take", () => {
  const section = page.slice(page.indexOf("## Redis from a snapshot"), page.indexOf("## An earlier state"));
  const commands = commandsIn(section);
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
});

it("brings back what was deleted by commands that their programs take, of the key by its address", () => {
  const section = page.slice(page.indexOf("## Deleted by mistake"), page.indexOf("## Redis from a snapshot"));
  const commands = commandsIn(section);
  expect(commands.length).toBeGreaterThan(8);
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
  const keys = [...section.matchAll(/\baws_kms_key\.\S+/g)].map(([address]) => address);
  expect(new Set(keys)).toEqual(new Set([synth("prod").infra.one("aws_kms_key").address]));
});

it("moves both states to another bucket by commands that their programs take, in whose bootstrap stack no roles are left", () => {
  const section = page.slice(page.indexOf("\n## Another state bucket\n"), page.indexOf("\n## Lost state\n"));
  const commands = commandsIn(section);
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
  const keys = STACKS.map((stack) => stateKey("prod", stack));
  const keysOf = (command: string) =>
    commands
      .filter((words) => words.join(" ").startsWith(`aws s3api ${command} `))
      .map((words) => words[words.indexOf("--key") + 1]);
  expect(keysOf("copy-object").sort()).toEqual([...keys].sort());
  expect(keysOf("delete-object").sort()).toEqual([...keys].sort());
  for (const key of keys) expect(section).toContain(`--copy-source <old bucket>/${key}\n`);
  // Only then are the roles deleted by the stack that has them, and not in use.
  const steps = [
    "ci-roles.md#removing-ci",
    "npx wbot bootstrap",
    "copy-object",
    "npx wbot diff",
    "delete-object",
  ];
  const at = steps.map((each) => section.indexOf(each));
  expect(at).toEqual([...at].sort((a, b) => a - b));
  expect(at).not.toContain(-1);
  const ciRoles = readFileSync(join(__dirname, "../../docs/ci-roles.md"), "utf8");
  expect(ciRoles).toContain("](recovery.md#another-state-bucket)");
});

it("expects a drill to take as long as a first deploy does elsewhere", () => {
  const readme = readFileSync(join(__dirname, "../../README.md"), "utf8");
  const [, minutes = "none"] = /A first deploy takes about (\d+) minutes on AWS/.exec(readme) ?? [];
  expect(page).toContain(`(on AWS, expect about ${minutes} minutes; not measured)`);
});

it("says how long the bucket keeps a state's earlier versions, once", () => {
  const section = page.slice(
    page.indexOf("\n## An earlier state\n"),
    page.indexOf("\n## Another state bucket\n"),
  );
  expect(section.replaceAll("\n", " ")).toContain(
    `keeps every version for ${OLD_VERSION_DAYS} days after it was replaced, and the newest ${OLD_VERSIONS} at any age.`,
  );
  const stateLocked = readFileSync(join(__dirname, "../../docs/runbooks/state-locked.md"), "utf8");
  for (const text of [page.replace(section, ""), stateLocked]) {
    expect(text).not.toMatch(/every (earlier )?version/);
    expect(text).toContain("#an-earlier-state)");
  }
});

it("says what to do about lost state, to which preflight refers, and finds the roles that are left", () => {
  const section = page.slice(page.indexOf("\n## Lost state\n"), page.indexOf("\n## Locked out"));
  const commands = commandsIn(section);
  expect(commands.length).toBeGreaterThan(2);
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
  for (const { body } of synth("prod").infra.of("aws_iam_role")) expect(body["name"]).toMatch(/^wbot-prod-/);
  const readme = readFileSync(join(__dirname, "../../README.md"), "utf8");
  expect(readme).toContain("](docs/recovery.md#lost-state)");
});

it("lets an administrator in again by commands that their programs take, for what Terraform would create", () => {
  const section = page.slice(
    page.indexOf("\n## Locked out of the cluster\n"),
    page.indexOf("\n## Supabase\n"),
  );
  const commands = commandsIn(section);
  expect(commands.length).toBeGreaterThan(6);
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
  const admins = ["arn:aws:iam::111122223333:role/wbot-admin"];
  const { infra } = synth("prod", { access: { admins } });
  const entries = infra.of("aws_eks_access_entry").map(({ body }) => body["principal_arn"]);
  expect(entries).toEqual(expect.arrayContaining(admins));
  const [policy = "none"] = /arn:aws:eks::\S+/.exec(section) ?? [];
  const policies = infra.of("aws_eks_access_policy_association").map(({ body }) => body["policy_arn"]);
  expect(policies).toContain(policy);
});
