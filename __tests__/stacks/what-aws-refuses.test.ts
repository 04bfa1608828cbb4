import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENT_NAME, namesOf } from "../../environments/names";
import { overlap } from "../../environments/cidr";
import { SHAPES } from "../shapes";
import { synth, type Body, type Found, type WrittenStack } from "../synth";

/** Rules of AWS that an emulator doesn't have, held to all that is synthesized: docs/decisions/what-aws-refuses.md. */

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
const EC2_TEXT = /^(?!sg-)[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
/** What each service's API reference allows. Those that restrict only a length are here where theirs is short. */
const TEXTS: readonly (readonly [type: string, attribute: string, pattern: RegExp])[] = [
  ["aws_security_group", "name", EC2_TEXT],
  ["aws_security_group", "description", EC2_TEXT],
  ["aws_vpc_security_group_ingress_rule", "description", EC2_TEXT],
  ["aws_vpc_security_group_egress_rule", "description", EC2_TEXT],
  ["aws_launch_template", "name_prefix", /^[\w()./-]{3,102}$/],
  ["aws_iam_role", "name", /^[\w+=,.@-]{1,64}$/],
  ["aws_iam_role_policy", "name", /^[\w+=,.@-]{1,128}$/],
  ["aws_kms_alias", "name", /^alias\/(?!aws\/)[\w/-]{1,250}$/],
  ["aws_cloudwatch_log_group", "name", /^[\w./#-]{1,512}$/],
  ["aws_cloudwatch_event_rule", "name", /^[\w.-]{1,64}$/],
  ["aws_cloudwatch_event_rule", "description", /^.{0,512}$/],
  ["aws_lambda_function", "function_name", /^[\w-]{1,64}$/],
  ["aws_lambda_function", "description", /^.{0,256}$/],
  ["aws_sns_topic", "name", /^[\w-]{1,256}$/],
  ["aws_secretsmanager_secret", "name", /^[\w/+=.@-]{1,512}$/],
  ["aws_elasticache_replication_group", "replication_group_id", /^[a-z](-?[a-z\d]){0,39}$/],
];

describe.each(SHAPES)("%s", (_, name, overrides) => {
  const stacks = (): WrittenStack[] => {
    const { infra, app } = synth(name, overrides);
    return [infra, app];
  };
  const of = (type: string): Found[] => stacks().flatMap((stack) => stack.of(type));

  it("has tags that IAM and all others take: no reserved key, none twice but for its case, no odd characters", () => {
    const tagged = stacks().flatMap((stack) => {
      // One provider makes, another looks before it.
      const providers = stack.json["provider"].aws as Body[];
      const [defaults = {}] = providers
        .flatMap((each) => (each["default_tags"] ?? []) as { tags: Record<string, string> }[])
        .map(({ tags }) => tags);
      return stack.all.map(({ path, body }) => ({
        path,
        tags: { ...defaults, ...(body["tags"] as object) },
      }));
    });
    expect(tagged.filter(({ tags }) => tags["Project"] === "wbot").length).toBeGreaterThan(20);
    const wrong = tagged.flatMap(({ path, tags }) => {
      const keys = Object.keys(tags).map((key) => key.toLowerCase());
      const odd = Object.entries(tags).filter(
        ([key, value]) =>
          !/^(?!aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/iu.test(key) ||
          !(value.includes("${") || /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u.test(value)),
      );
      const fine = keys.length <= 50 && keys.length === new Set(keys).size && odd.length === 0;
      return fine ? [] : [{ path, keys, odd }];
    });
    expect(wrong).toEqual([]);
  });

  it("has names and descriptions that AWS takes: EC2 refuses an apostrophe in a security group's", () => {
    for (const [type, attribute, pattern] of TEXTS)
      for (const { path, body } of of(type))
        expect([path, attribute, body[attribute] ?? body[`${attribute}_prefix`]]).toEqual([
          path,
          attribute,
          expect.stringMatching(pattern),
        ]);
  });

  it("has names of load balancers and target groups that Elastic Load Balancing takes", () => {
    for (const { body } of of("aws_lb"))
      expect(body["name"]).toMatch(/^(?!internal-)[a-z\d][a-z\d-]{0,30}[a-z\d]$/);
    // Terraform appends 26 characters.
    for (const { body } of of("aws_lb_target_group")) expect(body["name_prefix"]).toMatch(/^[a-z\d-]{1,6}$/);
  });

  it("has ElastiCache's windows an hour long, and apart", () => {
    for (const { body } of of("aws_elasticache_replication_group")) {
      const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
      const length = (from: string, to: string) => (minutes(to) - minutes(from) + 1440) % 1440;
      const [begin = "", end = ""] = String(body["maintenance_window"])
        .split("-")
        .map((each) => each.slice(4));
      expect(length(begin, end)).toBeGreaterThanOrEqual(60);
      if (body["snapshot_window"] === undefined) continue;
      const [from = "", to = ""] = String(body["snapshot_window"]).split("-");
      expect(length(from, to)).toBeGreaterThanOrEqual(60);
      expect(minutes(to) <= minutes(begin) || minutes(end) <= minutes(from)).toBe(true);
      expect(body["auto_minor_version_upgrade"]).toBe("false");
    }
  });

  it("has no two subnets with a common range", () => {
    const ranges = of("aws_subnet").map(({ body }) => String(body["cidr_block"]));
    for (const [at, range] of ranges.entries())
      for (const other of ranges.slice(at + 1))
        expect([range, other, overlap(range, other)]).toEqual([range, other, false]);
  });

  it("has at most sixty rules in a security group, of which CloudFront's list is fifty-five", () => {
    const lists = new Map(
      of("data.aws_ec2_managed_prefix_list").map(({ address }) => [`\${${address}.id}`, 55]),
    );
    for (const direction of ["ingress", "egress"]) {
      const sizes = new Map<string, number>();
      for (const { body } of of(`aws_vpc_security_group_${direction}_rule`)) {
        const group = String(body["security_group_id"]);
        sizes.set(group, (sizes.get(group) ?? 0) + (lists.get(String(body["prefix_list_id"])) ?? 1));
      }
      for (const [group, size] of sizes) expect([group, size <= 60]).toEqual([group, true]);
    }
  });

  it("waits longer for a node group than EKS drains it, a quarter of an hour a wave", () => {
    for (const { body } of of("aws_eks_node_group")) {
      const { update, delete: gone } = body["timeouts"] as Record<string, string>;
      for (const patience of [update, gone])
        expect(Number(String(patience).replace(/m$/, ""))).toBeGreaterThanOrEqual(45);
    }
  });
});

it("has names that fit for the longest name of an environment", () => {
  const { prefix } = namesOf({ name: "", registry: {} });
  const fits = (length: number) => ENVIRONMENT_NAME.pattern.test("x".repeat(length - prefix.length));
  // That of a load balancer is the shortest.
  expect([fits(32), fits(33)]).toEqual([true, false]);
});

describe("the page about it", () => {
  const project = join(__dirname, "../..");
  const page = readFileSync(join(project, "docs/decisions/what-aws-refuses.md"), "utf8");
  const rows = page
    .split("\n")
    .filter(
      (line) => line.startsWith("| ") && !line.startsWith("| AWS refuses") && !line.startsWith("| ---"),
    );

  it("has a source for each rule, and where it is held", () => {
    expect(rows.length).toBeGreaterThanOrEqual(18);
    for (const row of rows)
      for (const cell of row.split("|").slice(1, -1))
        expect([row, cell.trim().length > 3]).toEqual([row, true]);
    expect(page).not.toContain("not held");
  });

  it("names files and checks that exist", () => {
    const files = ["commands", "constructs", "environments", "stacks"].flatMap((folder) =>
      readdirSync(join(project, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        file.split("/").at(-1),
      ),
    );
    for (const [, file] of page.matchAll(/`([\w-]+\.ts)`/g))
      expect([file, files.includes(file)]).toEqual([file, true]);
    const checks = [...page.matchAll(/preflight ((?:`[\w-]+`(?:, )?)+)/g)].flatMap(
      ([, names = ""]) => names.match(/[\w-]+/g) ?? [],
    );
    expect(checks.length).toBeGreaterThan(5);
    for (const check of checks)
      expect([check, existsSync(join(project, `commands/preflight/checks/${check}.ts`))]).toEqual([
        check,
        true,
      ]);
  });
});
