import { costDifference, costLine } from "../../../commands/cost/difference";
import type { PlanJson } from "../../../commands/terraform/plan-json";
import { FOLDER, plan, resource, update } from "../plan/plans";

const DEV = { region: "us-east-1", tier: "development" } as const;
const difference = (
  json: PlanJson,
  written: object = {},
  place: { region: string; tier: "development" } = DEV,
) => costDifference([{ json, folder: { ...FOLDER, json: { resource: written } as never } }], place);
const line = (...all: Parameters<typeof difference>) => {
  const found = difference(...all);
  return found && costLine(found);
};

const create = (address: string, after: object) => resource(address, ["create"], null, after);
const destroy = (address: string, before: object) => resource(address, ["delete"], before, null);

it("says what a change costs a month, and what makes it", () => {
  const added = plan(create("aws_eip.a", {}), create("aws_nat_gateway.a", {}), create("aws_vpc.a", {}));
  expect(line(added)).toBe(
    "Cost: +$37.18 a month (NAT gateways +$32.85; Public IPv4 addresses +$3.65; NAT, data +$0.67)",
  );
  expect(difference(added)?.usd).toBeCloseTo(37.175);
});

it("says what a change saves", () => {
  expect(line(plan(destroy("aws_kms_key.a", {}), destroy("aws_secretsmanager_secret.a", {})))).toBe(
    "Cost: -$1.40 a month (KMS keys -$1.00; Secrets -$0.40)",
  );
});

it("shows both sides of another node type", () => {
  const cache = (node_type: string) => ({ node_type, engine: "valkey", num_cache_clusters: 1 });
  expect(
    line(
      plan(update("aws_elasticache_replication_group.a", cache("cache.t4g.micro"), cache("cache.t4g.small"))),
    ),
  ).toBe("Cost: +$9.34 a month (Valkey, cache.t4g.small +$18.69; Valkey, cache.t4g.micro -$9.34)");
});

describe("to a type without a price, or from one", () => {
  const cache = (node_type: string) => ({ node_type, engine: "valkey", num_cache_clusters: 2 });
  const change = (from: string, to: string) =>
    update("aws_elasticache_replication_group.a", cache(from), cache(to));
  const missing =
    "aws_elasticache_replication_group.a (aws_elasticache_replication_group): environments/prices.ts has no price for cache.r9g.large valkey in us-east-1";

  it.each([
    ["cache.t4g.small", "cache.r9g.large"],
    ["cache.r9g.large", "cache.t4g.small"],
  ])("counts neither %s nor %s", (from, to) => {
    expect(line(plan(change(from, to), create("aws_kms_key.a", {})))).toBe(
      `Cost: +$1.00 a month (KMS keys +$1.00), without ${missing}`,
    );
    expect(difference(plan(change(from, to)))).toEqual({ because: [], unpriced: [missing] });
    expect(line(plan(change(from, to)))).toBe(`Cost: ${missing}`);
  });

  it("says so of what goes, too", () => {
    expect(line(plan(destroy("aws_elasticache_replication_group.a", cache("cache.r9g.large"))))).toBe(
      `Cost: ${missing}`,
    );
  });

  it("leaves out what else it uses, such as volumes", () => {
    const group = (type: string) => ({
      node_group_name_prefix: "on-demand-",
      capacity_type: "ON_DEMAND",
      instance_types: [type],
      scaling_config: [{ min_size: 1, max_size: 1 }],
    });
    const template = {
      name_prefix: "wbot-dev-on-demand-",
      block_device_mappings: [{ ebs: [{ volume_size: 24 }] }],
    };
    expect(
      line(
        plan(
          resource("aws_launch_template.a", ["no-op"], template, template),
          update("aws_eks_node_group.a", group("m7g.large"), group("m9g.2xlarge")),
          create("aws_nat_gateway.a", {}),
        ),
      ),
    ).toMatch(
      /^Cost: \+\$33\.53 a month \(NAT gateways \S+; NAT, data \S+\), without aws_eks_node_group\.a \(aws_eks_node_group\): /,
    );
  });
});

it("says nothing where nothing costs more or less", () => {
  const lb = { subnets: ["a", "b"] };
  expect(
    line(plan(create("aws_iam_role.a", {}), update("aws_lb.a", lb, { ...lb, name: "x" }))),
  ).toBeUndefined();
});

it("looks at what stays only to price what changes", () => {
  const template = { name_prefix: "wbot-dev-spot-", block_device_mappings: [{ ebs: [{ volume_size: 24 }] }] };
  const group = (max: number) => ({
    node_group_name_prefix: "spot-",
    capacity_type: "SPOT",
    instance_types: ["t4g.medium"],
    scaling_config: [{ min_size: max, max_size: max }],
  });
  expect(
    line(
      plan(
        resource("aws_launch_template.a", ["no-op"], template, template),
        resource("aws_eip.a", ["no-op"], {}, {}),
        update("aws_eks_node_group.a", group(1), group(2)),
      ),
    ),
  ).toBe("Cost: +$11.73 a month (Spot nodes, t4g.medium +$9.81; Volumes, gp3 +$1.92)");
});

it("is the difference of the two costs where what stays has another share", () => {
  const stays = (address: string, body: object) => resource(address, ["no-op"], body, body);
  // The same data, through more gateways.
  expect(
    line(
      plan(stays("aws_nat_gateway.a", {}), create("aws_nat_gateway.b", {}), create("aws_nat_gateway.c", {})),
    ),
  ).toBe("Cost: +$65.70 a month (NAT gateways +$65.70)");
});

it("leaves out what has no figure and stays", () => {
  const stays = resource("aws_rds_cluster.a", ["no-op"], {}, {});
  expect(line(plan(stays, destroy("aws_kms_key.a", {})))).toBe("Cost: -$1.00 a month (KMS keys -$1.00)");
});

it("counts ids that the plan can't know yet as they were synthesized", () => {
  const unknown = create("aws_lb.a", { internal: false });
  const written = { aws_lb: { a: { subnets: ["${aws_subnet.a.id}", "${aws_subnet.b.id}"] } } };
  expect(difference(plan(unknown), written)?.because).toContainEqual({
    item: "Public IPv4 addresses",
    usd: expect.closeTo(7.3),
  });
});

it("leaves what is forgotten in the bill", () => {
  expect(line(plan(resource("aws_kms_key.a", ["forget"], {}, null)))).toBeUndefined();
});

it("says what it has no figure for", () => {
  expect(line(plan(create("aws_kms_key.a", {}), update("aws_rds_cluster.a", { a: 1 }, { a: 2 })))).toContain(
    ", without aws_rds_cluster.a (aws_rds_cluster): ",
  );
  expect(line(plan(create("aws_kms_key.a", {}), create("aws_rds_cluster.a", {})))).toContain(
    "Cost: +$1.00 a month (KMS keys +$1.00), without aws_rds_cluster.a (aws_rds_cluster): ",
  );
});

it("tells a region without prices from a change that costs nothing", () => {
  const place = { region: "eu-west-1", tier: "development" } as const;
  expect(difference(plan(create("aws_kms_key.a", {})), {}, place)).toEqual({
    because: [],
    unpriced: ["eu-west-1 is not priced"],
  });
  expect(line(plan(create("aws_kms_key.a", {})), {}, place)).toBe("Cost: eu-west-1 is not priced");
  expect(line(plan(resource("aws_kms_key.a", ["no-op"], {}, {})), {}, place)).toBeUndefined();
});

it("names the four largest line items and counts the others", () => {
  const many = ["kms_key", "eip", "nat_gateway", "eks_cluster", "secretsmanager_secret"];
  expect(line(plan(...many.map((type) => create(`aws_${type}.a`, {}))))).toMatch(
    /^Cost: \+\$\S+ a month \(EKS control plane \S+; NAT gateways \S+; Public IPv4 addresses \S+; KMS keys \S+; 3 more\)$/,
  );
});
