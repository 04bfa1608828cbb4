import { GONE, REPLACED, riskOf, UPDATED } from "../../../commands/plan/risks";
import { kindOf, type ResourceChange } from "../../../commands/terraform/plan-json";
import { environments } from "../../../environments";
import { WITH_EVERY_TYPE } from "../../shapes";
import { custom, synth, type Written } from "../../synth";
import { changesOf, FOLDER, plan, resource, update } from "./plans";

/** Terraform's types, and the kinds of manifests. */
const typesOf = ({ infra, app }: Written) =>
  [...infra.all, ...app.all]
    .filter(({ type }) => !type.startsWith("data."))
    .map(({ type, body }) =>
      kindOf({ type, change: { actions: [], before: null, after: body, after_unknown: {} } }),
    );
const shipped = Object.keys(environments).map((name) => [name, {}] as const);
const types = [
  ...new Set(
    [...shipped, ...WITH_EVERY_TYPE].flatMap(([name, overrides]) => typesOf(synth(name, overrides))),
  ),
].sort();
/** Deleted where an earlier version is deployed. */
const EARLIER = ["kubernetes_pod_disruption_budget_v1"];

const named = (table: typeof GONE) =>
  Object.values(table)
    .flatMap((rows) => Object.values(rows))
    .flatMap((all) => all.split(" "))
    .sort();

it("has exactly one row for each type and kind, deleted or changed in place, and no others", () => {
  expect(named(GONE)).toEqual([...types, ...EARLIER].sort());
  expect(named(UPDATED)).toEqual(types);
});

it("has at most one row for a replacement of each type, and none for types that are never created", () => {
  expect(named(REPLACED)).toEqual([...new Set(named(REPLACED))].filter((type) => types.includes(type)));
});

it.each(["delete", "replace", "update"] as const)("says so if a new type has no row yet: %s", (action) => {
  expect(riskOf("aws_new", action)).toEqual([
    "medium",
    "The impact is unknown: it has no row in commands/plan/risks.ts.",
  ]);
});

it.each(types)("words the risks of a %s as sentences", (type) => {
  for (const action of ["delete", "replace", "update"] as const)
    expect(riskOf(type, action)[1]).toMatch(/^$|^[A-Z][^\n]*[^.]\.$/);
});

it.each(["ai", "web"])("rates the loss of the product's own Service as high: wbot-%s", (service) => {
  const { body } = custom(synth("dev").app, "Service", `wbot-${service}`);
  const address = "kubernetes_manifest.service";
  const [change] = changesOf(FOLDER, plan(resource(address, ["delete"], body, null)));
  expect(change).toMatchObject({ type: "Service", risk: "high", why: "Its pods get no traffic." });
});

it.each([
  ["aws_lb", "replace", "high", /^Its address changes: .* until DNS follows/],
  ["aws_lb_listener", "replace", "high", /^Its port is closed to everyone until the replacement is ready\.$/],
  ["kubernetes_ingress_v1", "replace", "medium", /^Its paths answer 503 until the replacement is ready\.$/],
  ["aws_eks_cluster", "update", "medium", /a version upgrade can be rolled back for seven days only\.$/],
  ["aws_cloudwatch_metric_alarm", "update", "low", /^$/],
  ["aws_eks_cluster", "delete", "high", /^The cluster is deleted .*: the product is down\.$/],
  ["aws_elasticache_replication_group", "delete", "high", /^Redis is deleted with its data/],
  ["aws_kms_key", "delete", "high", /^What it encrypted .* becomes unreadable/],
  ["aws_kms_alias", "delete", "low", /^$/],
  ["aws_lb", "forget", "medium", /^It stays and is still billed/],
  ["aws_lb", "import", "low", /^It already exists/],
  ["aws_lb", "move", "low", /^$/],
  ["aws_lb", "create", "low", /^$/],
] as const)("rates %s: %s as %s", (type, action, risk, why) => {
  expect(riskOf(type, action)).toEqual([risk, expect.stringMatching(why)]);
});

describe("Redis's replacement", () => {
  const risk = (after: object, actions = ["delete", "create"]) => {
    const address = "aws_elasticache_replication_group.x";
    const [found] = changesOf(FOLDER, plan(resource(address, actions, { snapshot_name: null }, after)));
    return `${found?.risk}: ${found?.why}`;
  };

  it("is a restore if it names a snapshot", () => {
    expect(risk({ snapshot_name: "before-the-change" })).toBe(
      "high: Redis is deleted and created again from the snapshot before-the-change: everything stored since then is lost, and requests that need it fail until then. To keep today's data, take a snapshot first (docs/recovery.md).",
    );
  });

  it("is no restore if it stays, though it once came from a snapshot", () => {
    expect(risk({ snapshot_name: "before-the-change" }, ["update"])).toMatch(/^medium: Applied at once/);
  });

  it("loses the data if it names none", () => {
    const [, why] = riskOf("aws_elasticache_replication_group", "replace");
    expect(risk({ snapshot_name: null })).toBe(`high: ${why}`);
  });
});

describe("a change that a deploy refuses", () => {
  const risk = (change: ResourceChange) => {
    const [found] = changesOf(FOLDER, plan(change));
    return `${found?.risk}: ${found?.why}`;
  };

  it("says so: what is still protected, and another engine of Redis", () => {
    const lb = resource("aws_lb.x", ["delete", "create"], { enable_deletion_protection: true }, {});
    expect(risk(lb)).toBe(
      "high: A deploy refuses this. It is still protected from deletion: first deploy `protection: false` alone, without the change that deletes or replaces this.",
    );
    const redis = update("aws_elasticache_replication_group.x", { engine: "redis" }, { engine: "valkey" });
    expect(risk(redis)).toMatch(/^high: A deploy refuses this\. Changing the engine would fail halfway/);
  });
});

describe("a node group", () => {
  const sized = (desired_size: number, more: object = {}) => ({
    scaling_config: [{ desired_size }],
    ...more,
  });
  const risk = (actions: readonly string[], before: object, after: object) => {
    const [found] = changesOf(FOLDER, plan(resource("aws_eks_node_group.x", actions, before, after)));
    return `${found?.risk}: ${found?.why}`;
  };

  it("loses its nodes at once if its maximum falls below their number", () => {
    expect(risk(["update"], sized(5), sized(2))).toBe(
      "high: Removes 3 nodes at once, past disruption budgets: let the autoscaler shrink the group first.",
    );
    expect(risk(["update"], sized(2), sized(3))).toMatch(/^medium: A new version or launch template/);
  });

  it("may be replaced by one that starts with as much CPU and memory, but not with less", () => {
    const large = { instance_types: ["m7g.large"] };
    const replaced = (before: object, after: object) => risk(["create", "delete"], before, after);
    const first = /^medium: New nodes start first/;
    expect(replaced(sized(5), sized(5))).toMatch(first);
    expect(replaced(sized(4, { instance_types: ["m7g.2xlarge"] }), sized(16, large))).toMatch(first);
    expect(replaced(sized(12, large), sized(3, { instance_types: ["m7g.2xlarge"] }))).toMatch(first);
    expect(replaced(sized(4, { instance_types: ["m7g.2xlarge"] }), sized(15, large))).toBe(
      "high: Starts with 15 nodes, but the CPU and memory of the old ones take 16: pods without room stay pending, and after 5 minutes EKS force-deletes what the old nodes still run. For this deploy, set its min to 16, and its max to no less.",
    );
    expect(replaced(sized(4, { instance_types: ["r7g.large"] }), sized(4, large))).toMatch(
      /^high: .* take 8:/,
    );
    expect(replaced(sized(5), sized(2))).toMatch(/^high: Starts with 2 nodes, .* take 5:/);
    // A size that only EC2 knows.
    expect(replaced(sized(4, { instance_types: ["g5.xlarge"] }), sized(3, large))).toMatch(first);
  });
});

it("of clients' rules are those of the new group, which the load balancer gets once it is whole", () => {
  const risk = (actions: readonly string[]) => {
    const change = resource("aws_security_group.x", actions, { name: "wbot-prod-clients-1" }, {});
    const [found] = changesOf(FOLDER, plan(change));
    return `${found?.risk}: ${found?.why}`;
  };
  expect(risk(["create", "delete"])).toMatch(/^medium: What it allows changes once the new one is in use/);
  expect(risk(["delete", "create"])).toMatch(/^high: Traffic that it allows is blocked/);
});
