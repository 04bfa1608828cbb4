import { GONE, REPLACED, riskOf, UPDATED } from "../../../commands/plan/risks";
import { changesOf } from "../../../commands/plan/changes";
import { kindOf, type ResourceChange } from "../../../commands/terraform/plan-json";
import { environments } from "../../../environments";
import { WITH_EVERY_TYPE } from "../../shapes";
import { custom, synth, type Written } from "../../synth";
import { plan, replace, resource, update } from "./plans";

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

it("has exactly one row for each type and kind, and no others", () => {
  expect(named(GONE)).toEqual([...types, ...EARLIER].sort());
});

it.each([
  ["a replacement", REPLACED],
  ["a change in place", UPDATED],
])("has at most one row for %s of each type, and none for types that are never created", (_, rows) => {
  expect(named(rows)).toEqual([...new Set(named(rows))].filter((type) => types.includes(type)));
});

it("says so if a new type has no row yet", () => {
  expect(riskOf("aws_new", "delete")).toEqual([
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
  const [change] = changesOf({ nameOf: () => "" }, plan(resource(address, ["delete"], body, null)));
  expect(change).toMatchObject({ type: "Service", risk: "high", why: "Its pods get no traffic." });
});

it.each([
  ["aws_lb", "replace", "high", /^Its address changes: .* until DNS follows/],
  ["aws_lb_listener", "replace", "high", /^Its port is closed to everyone until the replacement is ready\.$/],
  ["kubernetes_ingress_v1", "replace", "medium", /^Its paths answer 503 until the replacement is ready\.$/],
  ["aws_eks_cluster", "update", "medium", /a version upgrade can't be undone\.$/],
  ["aws_kms_alias", "delete", "low", /^$/],
  ["aws_lb", "forget", "medium", /^It stays and is still billed/],
  ["aws_lb", "import", "low", /^It already exists/],
  ["aws_lb", "move", "low", /^$/],
  ["aws_lb", "create", "low", /^$/],
] as const)("rates %s: %s as %s", (type, action, risk, why) => {
  expect(riskOf(type, action)).toEqual([risk, expect.stringMatching(why)]);
});

describe("the password slots of Redis", () => {
  const nameOf = (address: string) => address.replace(/^random_password\./, "redis/");
  const SECRET = "redis-secret/version";
  const slots = (...all: readonly ResourceChange[]) =>
    changesOf({ nameOf }, plan(...all))
      .filter(({ name }) => name !== SECRET)
      .map(({ risk, why }) => `${risk}: ${why}`);
  const slot = (index: number) => {
    const replaced = replace(`random_password.password-${index}`, "keepers");
    return { ...replaced, change: { ...replaced.change, before: { keepers: "a", result: `slot${index}` } } };
  };
  /** The secret, from which pods have the password of a slot by now. */
  const given = (password: string, actions = ["update"]) =>
    resource(SECRET, actions, { secret_string: JSON.stringify({ host: "x", password }) }, {});
  const IN_USE = expect.stringMatching(
    /^high: Redis no longer accepts the password that pods use: logins fail until they have the new one/,
  );
  const UNUSED = expect.stringMatching(/^medium: A new password/);

  it("are a high risk if both are replaced at once", () => {
    expect(slots(slot(0), slot(1))).toEqual([IN_USE, IN_USE]);
  });

  it.each([["update"], ["no-op"]])(
    "are a high risk if the one in use is replaced, as by two steps at once or two back (secret: %s)",
    (action) => {
      expect(slots(slot(0), given("slot0", [action]))).toEqual([IN_USE]);
      expect(slots(slot(1), given("slot1", [action]))).toEqual([IN_USE]);
    },
  );

  it("are no risk in one step of a rotation, or if both are new", () => {
    const same = resource("random_password.password-1", ["no-op"], { length: 64 }, { length: 64 });
    expect(slots(slot(0), same, given("slot1", ["no-op"]))).toEqual([UNUSED]);
    expect(slots(slot(0), same)).toEqual([UNUSED]);
    const made = (index: number) => resource(`random_password.password-${index}`, ["create"], null, {});
    expect(slots(made(0), made(1))).toEqual(["low: ", "low: "]);
  });

  it("are distinguished from other passwords", () => {
    expect(slots(slot(0), replace("random_password.other", "keepers"))).toEqual([
      expect.stringMatching(/^medium: /),
      expect.stringMatching(/^medium: /),
    ]);
  });
});

describe("Redis's replacement", () => {
  const risk = (after: object, actions = ["delete", "create"]) => {
    const address = "aws_elasticache_replication_group.x";
    const [found] = changesOf(
      { nameOf: (each: string) => each },
      plan(resource(address, actions, { snapshot_name: null }, after)),
    );
    return `${found?.risk}: ${found?.why}`;
  };

  it("is a restore if it names a snapshot", () => {
    expect(risk({ snapshot_name: "before-the-change" })).toBe(
      "high: Redis is deleted and created again from the snapshot before-the-change: whatever it stored since is lost, and requests that need it fail until then. To keep today's data, take a snapshot first (docs/recovery.md).",
    );
  });

  it("is no restore if it stays, though it once came from a snapshot", () => {
    expect(risk({ snapshot_name: "before-the-change" }, ["update"])).toMatch(/^medium: Applied at once/);
  });

  it("loses the data if it names none", () => {
    expect(risk({ snapshot_name: null })).toMatch(/^high: Redis is deleted with its data/);
  });
});

describe("a Deployment that is adopted", () => {
  const spec = [{ replicas: 2 }];
  const risk = (after: object, importing: object | undefined) => {
    const address = "kubernetes_deployment_v1.x";
    const [found] = changesOf(
      { nameOf: (each: string) => each },
      plan(update(address, { spec, timeouts: null }, after, { importing })),
    );
    return `${found?.risk}: ${found?.why}`;
  };

  it("goes on as it runs if only Terraform's own arguments are new", () => {
    const after = { spec, timeouts: { create: "900s" }, wait_for_rollout: true };
    expect(risk(after, { id: "wbot/wbot-ai" })).toBe(
      "low: It already exists, and this stack manages it from now on.",
    );
    expect(risk(after, undefined)).toMatch(/^medium: A new pod template/);
  });

  it("is restarted if its pods change", () => {
    expect(risk({ spec: [{ replicas: 3 }] }, { id: "wbot/wbot-ai" })).toMatch(/^medium: A new pod template/);
  });
});

describe("a change that a deploy refuses", () => {
  const risk = (change: ResourceChange) => {
    const [found] = changesOf({ nameOf: (each: string) => each }, plan(change));
    return `${found?.risk}: ${found?.why}`;
  };

  it("says so: what is still protected, and another engine of Redis", () => {
    const lb = resource("aws_lb.x", ["delete", "create"], { enable_deletion_protection: true }, {});
    expect(risk(lb)).toBe(
      "high: A deploy refuses this. It is still protected from deletion: first deploy `protection: false` alone, without what deletes or replaces this.",
    );
    const redis = update("aws_elasticache_replication_group.x", { engine: "redis" }, { engine: "valkey" });
    expect(risk(redis)).toMatch(/^high: A deploy refuses this\. Another engine would be refused halfway/);
  });
});

describe("a node group", () => {
  const sized = (desired_size: number, more: object = {}) => ({
    scaling_config: [{ desired_size }],
    ...more,
  });
  const risk = (actions: readonly string[], before: object, after: object) => {
    const [found] = changesOf(
      { nameOf: (each: string) => each },
      plan(resource("aws_eks_node_group.x", actions, before, after)),
    );
    return `${found?.risk}: ${found?.why}`;
  };

  it("loses its nodes at once if its maximum falls below their number", () => {
    expect(risk(["update"], sized(5), sized(2))).toBe(
      "high: Removes 3 nodes at once, past disruption budgets: let the autoscaler shrink the group first.",
    );
    expect(risk(["update"], sized(2), sized(3))).toMatch(/^medium: A new version or launch template/);
    // The new group's nodes start first.
    expect(risk(["create", "delete"], sized(5), sized(2))).toMatch(/^medium: New nodes start first/);
  });

  it("may leave pods without a node if its architecture changes", () => {
    const [arm, x86] = ["BOTTLEROCKET_ARM_64", "BOTTLEROCKET_x86_64"].map((ami_type) =>
      sized(2, { ami_type }),
    );
    expect(risk(["create", "delete"], arm ?? {}, x86 ?? {})).toMatch(
      /^high: Its nodes are replaced by those of another architecture/,
    );
  });
});

it("of clients' rules are those of the new group, which the load balancer gets once it is whole", () => {
  const risk = (actions: readonly string[]) => {
    const change = resource("aws_security_group.x", actions, { name: "wbot-prod-clients-1" }, {});
    const [found] = changesOf({ nameOf: (each: string) => each }, plan(change));
    return `${found?.risk}: ${found?.why}`;
  };
  expect(risk(["create", "delete"])).toMatch(/^medium: What it allows changes once the new one is in use/);
  expect(risk(["delete", "create"])).toMatch(/^high: Traffic that it allows is blocked/);
});
