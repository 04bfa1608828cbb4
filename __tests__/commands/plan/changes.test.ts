import { plannedChanges } from "../../../commands/plan/changes";
import { planLines } from "../../../commands/plan/text";
import type { PlanJson, ResourceChange } from "../../../commands/terraform/plan-json";
import { changesOf, FOLDER, plan, replace, resource, update } from "./plans";

const reported = (...all: readonly ResourceChange[]) => changesOf(FOLDER, plan(...all));
const one = (...all: readonly ResourceChange[]) => {
  const [first] = reported(...all);
  if (first === undefined) throw new Error("nothing is reported");
  return first;
};

it("lists deletions first, riskiest on top, and creations last", () => {
  const sorted = reported(
    resource("aws_eip.new", ["create"], null, {}),
    update("aws_kms_alias.q", { a: 1 }, { a: 2 }),
    update("kubernetes_deployment_v1.d", { a: 1 }, { a: 2 }),
    resource("aws_lb.f", ["forget"], {}, null),
    resource("aws_eip.r", ["delete"], { id: "1" }, null),
    replace("kubernetes_config_map_v1.c", "metadata"),
    replace("aws_eks_cluster.c", "name"),
    resource("aws_ecr_repository.e", ["delete"], {}, null),
    resource("aws_vpc.same", ["no-op"], {}, {}),
    { ...resource("aws_vpc.read", ["read"], null, {}), mode: "data" },
  );
  expect(sorted.map(({ action, address, risk }) => [action, address, risk])).toEqual([
    ["delete", "aws_ecr_repository.e", "high"],
    ["replace", "aws_eks_cluster.c", "high"],
    ["delete", "aws_eip.r", "medium"],
    ["replace", "kubernetes_config_map_v1.c", "low"],
    ["update", "kubernetes_deployment_v1.d", "medium"],
    ["forget", "aws_lb.f", "medium"],
    ["update", "aws_kms_alias.q", "low"],
    ["create", "aws_eip.new", "low"],
  ]);
});

it("shows who gets a new permission, and no details of other creations", () => {
  const entry = {
    principal_arn: "arn:aws:iam::111122223333:role/me",
    tags: { a: "b" },
    tags_all: { a: "b" },
    type: null,
  };
  expect(one(resource("aws_eks_access_entry.x", ["create"], null, entry)).differences).toEqual([
    { path: "principal_arn", before: "(none)", after: '"arn:aws:iam::111122223333:role/me"' },
  ]);
  expect(one(resource("aws_vpc.x", ["create"], null, { cidr_block: "10.0.0.0/16" })).differences).toEqual([]);
});

describe("what a reviewer must see, however long the rest is", () => {
  const many = (what: (index: number) => string) => Array.from({ length: 40 }, (_, index) => what(index));
  const lines = (change: ResourceChange) => planLines({ changes: reported(change), outputs: [] }).join("\n");
  const statement = (Action: readonly string[], more = {}) => ({
    Effect: "Allow",
    Action,
    Resource: "*",
    ...more,
  });
  const reads = many((index) => `s3:Get${index}`);
  const policy = (...Statement: readonly object[]) => ({
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
  });

  it("is the second statement and the last action of a new policy", () => {
    const created = lines(
      resource(
        "aws_iam_policy.x",
        ["create"],
        null,
        policy(statement([...reads, "iam:*"]), statement(["*"])),
      ),
    );
    expect(created).toContain('"s3:Get39","iam:*"]');
    expect(created).toContain('policy.Statement[1].Action: (none) → ["*"]');
  });

  it("is what an update adds to one", () => {
    const [before, after] = [
      policy(statement(reads)),
      policy(statement([...reads, "iam:*"]), statement(["*"])),
    ];
    const updated = lines(update("aws_iam_policy.x", before, after));
    expect(updated).toContain('policy.Statement[0].Action: […] → […,"iam:*"]');
    expect(updated).toContain(
      'policy.Statement[1]: (none) → {"Effect":"Allow","Action":["*"],"Resource":"*"}',
    );
  });

  it("is the last address range of a rule", () => {
    const cidrs = many((index) => `10.0.${index}.0/24`);
    const rule = (...cidr_blocks: readonly string[]) => ({ ingress: [{ from_port: 0, cidr_blocks }] });
    expect(lines(update("aws_security_group.x", {}, rule(...cidrs, "0.0.0.0/0")))).toContain('"0.0.0.0/0"]');
    expect(lines(update("aws_security_group.x", rule(...cidrs), rule(...cidrs, "0.0.0.0/0")))).toContain(
      'ingress[0].cidr_blocks: […] → […,"0.0.0.0/0"]',
    );
  });

  it("is the line of a file that differs, and only that", () => {
    const file = (last: string) => ({
      data: { "app.conf": [...many((index) => `line ${index}`), last].join("\n") },
    });
    expect(lines(update("kubernetes_config_map_v1.x", file("open = no"), file("open = yes")))).toContain(
      'data["app.conf"]: […,"open = no"] → […,"open = yes"]',
    );
  });
});

it("names what forces a replacement, and which of the two is made first", () => {
  const { forcedBy, createFirst } = one(replace("aws_subnet.x", "cidr_block"));
  expect([forcedBy, createFirst]).toEqual([["cidr_block"], false]);
  const tainted = resource(
    "aws_x.x",
    ["create", "delete"],
    {},
    {},
    { action_reason: "replace_because_tainted" },
  );
  expect([one(tainted).forcedBy, one(tainted).createFirst]).toEqual([
    ["an earlier run left it incomplete (tainted)"],
    true,
  ]);
});

it("leaves out computed values, but not an argument whose value is unknown", () => {
  const change = update(
    "aws_x.x",
    { arn: "a", vpc_id: "b", subnet: "c" },
    { subnet: "c" },
    {
      after_unknown: { arn: true, vpc_id: true },
    },
  );
  const configuration = { root_module: { resources: [{ address: "aws_x.x", expressions: { vpc_id: {} } }] } };
  const [reportedOne] = changesOf(FOLDER, { resource_changes: [change], configuration });
  expect(reportedOne?.differences).toEqual([{ path: "vpc_id", before: '"b"', after: "(known after apply)" }]);
});

it("takes a change of tags alone for harmless, whatever else an update could do", () => {
  const tagged = (more: object) =>
    one(update("aws_lb_listener.l", { tags: { a: "1" }, port: 443 }, { tags: {}, ...more }));
  expect(tagged({ port: 443 })).toMatchObject({ risk: "low", why: "Only its tags change." });
  expect(tagged({ port: 8443 }).risk).toBe("medium");
});

// Seen in a plan: three of them beside the one name that changed.
it("leaves out what a cluster counts by itself", () => {
  const metadata = (name: string, uid: string) => ({
    metadata: [{ name, uid, resource_version: uid, generation: 1 }],
  });
  const change = resource("kubernetes_config_map_v1.c", ["create", "delete"], metadata("a", "1"), {
    metadata: [{ name: "b" }],
  });
  expect(one(change).differences).toEqual([{ path: "metadata[0].name", before: '"a"', after: '"b"' }]);
});

// Seen in a plan: each replaced node group had three of them.
it("leaves out values that are empty on both sides, except in a manifest or a chart's values, where they may mean something", () => {
  const [before, after] = [{ a: {}, b: "", c: [], d: 1 }, { d: 2 }];
  expect(one(update("aws_x.x", before, after)).differences).toEqual([{ path: "d", before: "1", after: "2" }]);
  const values = (value: object) => ({ values: [JSON.stringify(value)] });
  expect(one(update("helm_release.r", values({ a: [], b: {} }), values({}))).differences).toEqual([
    { path: "values[0].a", before: "[]", after: "(none)" },
    { path: "values[0].b", before: "{}", after: "(none)" },
  ]);
  const policy = (ingress: object[]) => ({ manifest: { kind: "NetworkPolicy", spec: { ingress } } });
  expect(one(update("kubernetes_manifest.m", policy([]), policy([{}]))).differences).toEqual([
    { path: "spec.ingress[0]", before: "(none)", after: "{}" },
  ]);
});

it("shows a custom resource by its kind, and only within its manifest", () => {
  const body = (average: number) => ({
    manifest: { kind: "Middleware", spec: { rateLimit: { average } } },
    object: { spec: { rateLimit: { average, burst: 1 } } },
  });
  const { type, differences } = one(
    update("kubernetes_manifest.m", body(10), body(20), { after_unknown: { object: true } }),
  );
  expect(type).toBe("Middleware");
  expect(differences).toEqual([{ path: "spec.rateLimit.average", before: "10", after: "20" }]);
});

it("shows values in JSON and in YAML path by path", () => {
  const values = (text: (replicas: number) => string) =>
    one(update("helm_release.r", { values: [text(2)] }, { values: [text(3)] })).differences;
  const difference = [{ path: "values[0].deployment.replicas", before: "2", after: "3" }];
  expect(values((replicas) => JSON.stringify({ deployment: { replicas } }))).toEqual(difference);
  expect(values((replicas) => `deployment:\n  replicas: ${replicas}\n`)).toEqual(difference);
});

it("labels moved, imported, forgotten and deposed resources", () => {
  expect(
    reported(
      resource("aws_x.new", ["no-op"], {}, {}, { previous_address: "aws_x.old" }),
      resource("aws_x.in", ["no-op"], {}, {}, { change: { importing: { id: "i-1" } } }),
      resource("aws_x.out", ["forget"], {}, null),
      resource("aws_x.rest", ["delete"], {}, null, { deposed: "abc" }),
    ).map(({ address, action, previousAddress, importing, deposed }) => [
      address,
      action,
      previousAddress ?? importing ?? deposed,
    ]),
  ).toEqual([
    ["aws_x.rest", "delete", "abc"],
    ["aws_x.out", "forget", undefined],
    ["aws_x.in", "import", "i-1"],
    ["aws_x.new", "move", "aws_x.old"],
  ]);
});

const output = (before: unknown, after: unknown, more: object = {}) => ({
  actions: [before === null ? "create" : after === null ? "delete" : "update"],
  before,
  after,
  after_unknown: false,
  before_sensitive: false,
  after_sensitive: false,
  ...more,
});
const outputs = (output_changes: NonNullable<PlanJson["output_changes"]>, more: PlanJson = {}) =>
  plannedChanges(FOLDER, { output_changes, ...more }).outputs.map(
    ({ path, before, after }) => `${path}: ${before} → ${after}`,
  );

it("shows outputs that change, by name", () => {
  expect(
    outputs({
      same: output("a", "a", { actions: ["no-op"] }),
      url: output("https://a", "https://b"),
      made: output(null, "a"),
      gone: output("a", null),
      later: output(null, undefined, { after_unknown: true }),
    }),
  ).toEqual([
    'url: "https://a" → "https://b"',
    'made: (none) → "a"',
    'gone: "a" → (none)',
    "later: (none) → (known after apply)",
  ]);
});

it("redacts secrets in what it says of a change, and shows characters that would fool a reader", () => {
  const mask = { name: true };
  const name = "secret-\u202evalue";
  const marked = { before_sensitive: mask, after_sensitive: mask, replace_paths: [["path"]] };
  const role = one(resource("aws_iam_role.r", ["create", "delete"], { name }, { name }, { change: marked }));
  expect(role.why).toContain('with name "(sensitive)" is refused');
  expect(role.refused).toContain('with name "(sensitive)" is refused');
  const password = "o'secret";
  const kept = resource(`aws_iam_role.r["${password}"]`, ["create", "delete"], { name, password }, { name });
  expect(one({ ...kept, action_reason: "replace_because_tainted" }).why).toContain(
    "untaint 'aws_iam_role.r[\"(sensitive)\"]'",
  );
  const restored = one(
    resource("aws_elasticache_replication_group.r", ["delete", "create"], {}, { snapshot_name: "a\u202eb" }),
  );
  expect(restored.why).toContain("from the snapshot a\\u202eb:");
});

it("redacts values that are sensitive, named like a secret, or sensitive elsewhere in the plan", () => {
  const password = resource("random_password.p", ["no-op"], { result: "secret-value" }, null, {
    change: { before_sensitive: { result: true } },
  });
  const lines = outputs(
    {
      a: output("secret-a", "secret-b", { before_sensitive: true, after_sensitive: true }),
      redis_password: output("secret-a", "secret-b"),
      url: output("a", "by secret-value"),
      marked: output("secret-a", "secret-a", { after_sensitive: true }),
      // Too short to be looked for elsewhere.
      pin: output("1234", "5678", { after_sensitive: true }),
    },
    { resource_changes: [password] },
  );
  expect(lines).toEqual(
    ["a", "redis_password", "url", "marked", "pin"].map((name) => `${name}: (sensitive) → (sensitive)`),
  );
});
