import type { PlanJson } from "../../../commands/terraform/plan-json";
import { changesOf, FOLDER, plan, resource, update } from "./plans";

const shown = (json: PlanJson) =>
  changesOf(FOLDER, json).flatMap(({ differences }) =>
    differences.map(({ path, before, after }) => `${path}: ${before} → ${after}`),
  );
/** Easy to spot in any output. */
const OLD = "secret-of-old";
const NEW = "secret-of-new";

const inValues = (yaml: (secret: string) => string) => (secret: string) => ({ values: [yaml(secret)] });

it.each<[string, (secret: string) => object, mask?: object]>([
  ["what the plan marks as sensitive, at any depth", (b) => ({ a: [{ b }] }), { a: [{ b: true }] }],
  ["a whole group that is sensitive", (b) => ({ a: { b } }), { a: true }],
  ["what is called a password", (redis_password) => ({ redis_password })],
  ["secret_string, whatever the plan says", (secret_string) => ({ secret_string })],
  ["tokens and keys", (secret) => ({ token: secret, api_key: secret })],
  ["a list of passwords", (secret) => ({ passwords: [secret] })],
  ["a value next to a secret's name", (value) => ({ set: [{ name: "auth.password", value }] })],
  ["a password in JSON", inValues((password) => JSON.stringify({ auth: { password } }))],
  ["a password in YAML", inValues((secret) => `auth:\n  password: ${secret}\n`)],
  ...["!!binary aGVsbG8=", "!!timestamp 2026-01-01", "!!set {a}", "!own {a: 1}"].map(
    (tagged): [string, (secret: string) => object] => [
      `a password in YAML beside ${tagged}`,
      inValues((secret) => `other: ${tagged}\nauth:\n  password: [${secret}]\n`),
    ],
  ),
  ["a password with a tag in YAML", inValues((secret) => `auth:\n  password: !!binary ${secret}\n`)],
  [
    "a value in YAML whose name is merged into it",
    inValues((secret) => `base: &base {name: DB_PASSWORD}\nenv:\n- <<: *base\n  value: ${secret}\n`),
  ],
  ["a password in an address", (secret) => ({ url: `redis://me:${secret}@host` })],
])("hides %s, and tells that it differs", (_, values, mask = {}) => {
  const sensitive = { before_sensitive: mask, after_sensitive: mask };
  const lines = shown(plan(update("helm_release.r", values(OLD), values(NEW), sensitive)));
  expect(lines).not.toEqual([]);
  for (const line of lines) expect(line).toMatch(/^[\w.[\]-]+: \(sensitive\) → \(sensitive\)$/);
});

it("redacts both sides if one is sensitive", () => {
  const change = { before_sensitive: {}, after_sensitive: { a: true } };
  expect(shown(plan(update("aws_x.x", { a: OLD }, { a: NEW }, change)))).toEqual([
    "a: (sensitive) → (sensitive)",
  ]);
});

it("redacts a secret that contains another as a whole, in any order of both", () => {
  const secret = (name: string, password: string) =>
    resource(`aws_x.${name}`, ["no-op"], { password }, { password });
  const [short, long] = [secret("a", OLD), secret("b", `${OLD}-and-more`)];
  for (const both of [
    [short, long],
    [long, short],
  ]) {
    const [change] = changesOf(
      FOLDER,
      plan(...both, resource(`aws_y.y["${OLD}-and-more"]`, ["create"], null, {})),
    );
    expect(change?.address).toBe('aws_y.y["(sensitive)"]');
  }
});

it("redacts the password of a JSON credential wherever it appears, and only that", () => {
  const json = JSON.stringify({ host: "redis.example.com", password: OLD });
  const secret = resource("aws_secretsmanager_secret_version.v", ["no-op"], { secret_string: json }, null);
  const other = update("aws_x.x", { a: "", host: "" }, { a: OLD, host: "redis.example.com" });
  expect(shown(plan(secret, other))).toEqual([
    "a: (sensitive) → (sensitive)",
    'host: "" → "redis.example.com"',
  ]);
});

it.each([
  ["a chart's YAML", "helm_release.r", { values: [`auth: {password: ${NEW}}`] }],
  ["a file", "kubernetes_config_map_v1.c", { data: { "a.yaml": `level: info\npassword: ${NEW}\n` } }],
  ["a Kubernetes Secret", "kubernetes_manifest.s", { manifest: { kind: "Secret", stringData: { a: NEW } } }],
])("redacts a secret of %s wherever it appears", (_, address, after) => {
  const copy = update("aws_x.x", { note: "none" }, { note: `by ${NEW}` });
  const created = resource(address, ["create"], null, after);
  expect(shown(plan(created, copy))).toEqual(["note: (sensitive) → (sensitive)"]);
  const type = address.split(".")[0] ?? "";
  const resources = [{ address, type, values: after }];
  expect(shown({ ...plan(copy), prior_state: { values: { root_module: { resources } } } })).toEqual([
    "note: (sensitive) → (sensitive)",
  ]);
});

it("redacts a number with a secret's name wherever it appears", () => {
  const before = { password: 12345678, note: "none" };
  expect(shown(plan(update("aws_x.x", before, { password: 87654321, note: "by 87654321" })))).toEqual([
    "note: (sensitive) → (sensitive)",
    "password: (sensitive) → (sensitive)",
  ]);
});

it("redacts a secret in a key whose value isn't known yet", () => {
  const secret = resource("aws_x.x", ["no-op"], { password: OLD }, { password: OLD });
  const unknown = { after_unknown: { tags: { [OLD]: true } } };
  expect(shown(plan(secret, update("aws_y.y", { tags: {} }, { tags: {} }, unknown)))).toEqual([
    'tags["(sensitive)"]: (none) → (known after apply)',
  ]);
});

it("takes a secret with half a character", () => {
  const json = '{"password":"\\ud800-of-a-pair"}';
  expect(shown(plan(update("aws_x.x", { a: "{}" }, { a: json })))).toEqual([
    "a.password: (none) → (sensitive)",
  ]);
});

it("redacts the data of a Kubernetes Secret", () => {
  const body = (value: string) => ({
    manifest: { kind: "Secret", stringData: { a: value }, data: { b: value } },
  });
  expect(shown(plan(update("kubernetes_manifest.s", body(OLD), body(NEW))))).toEqual([
    "data: (sensitive) → (sensitive)",
    "stringData: (sensitive) → (sensitive)",
  ]);
});

it("doesn't report an unchanged secret", () => {
  const mask = { before_sensitive: { a: true }, after_sensitive: { a: true } };
  expect(shown(plan(update("aws_x.x", { a: OLD, b: 1 }, { a: OLD, b: 2 }, mask)))).toEqual(["b: 1 → 2"]);
});

it("shows flags that are only named like secrets", () => {
  const flag = (value: boolean) => ({ automount_service_account_token: value });
  expect(shown(plan(update("kubernetes_deployment_v1.d", flag(true), flag(false))))).toEqual([
    "automount_service_account_token: true → false",
  ]);
});

it("redacts ConfigMap and pod values with a secret's name, and shows mere references", () => {
  const body = (value: string, name: string) => ({
    data: { JWT_SECRET: value, LOG_LEVEL: name },
    env: [
      { name: "SLACK_WEBHOOK_URL", value },
      { name: "AUTH_ENABLED", value: name },
      { name: "KEY", value_from: [{ secret_key_ref: { name, key: name } }] },
    ],
    secretStoreRef: { name },
    encryption_key: `arn:aws:kms:us-east-1:111122223333:key/${name}`,
  });
  expect(shown(plan(update("kubernetes_x.x", body(OLD, "a"), body(NEW, "b"))))).toEqual([
    "data.JWT_SECRET: (sensitive) → (sensitive)",
    'data.LOG_LEVEL: "a" → "b"',
    'encryption_key: "arn:aws:kms:us-east-1:111122223333:key/a" → "arn:aws:kms:us-east-1:111122223333:key/b"',
    "env[SLACK_WEBHOOK_URL].value: (sensitive) → (sensitive)",
    'env[AUTH_ENABLED].value: "a" → "b"',
    'env[KEY].value_from[0].secret_key_ref.key: "a" → "b"',
    'env[KEY].value_from[0].secret_key_ref.name: "a" → "b"',
    'secretStoreRef.name: "a" → "b"',
  ]);
});

it("shows the keys of an ExternalSecret, which identify its entries", () => {
  const entry = (secretKey: string, property: string) => ({
    secretKey,
    remoteRef: { key: "wbot/dev/app", property },
  });
  const body = (property: string) => ({
    manifest: { kind: "ExternalSecret", spec: { data: [entry("A_TOKEN", property), entry("B_TOKEN", "b")] } },
  });
  expect(shown(plan(update("kubernetes_manifest.e", body("a"), body("c"))))).toEqual([
    'spec.data[A_TOKEN].remoteRef.property: "a" → "c"',
  ]);
  const helm = (secretKey: string) => ({ values: [JSON.stringify({ secretKey })] });
  expect(shown(plan(update("helm_release.r", helm(OLD), helm(NEW))))).toEqual([
    "values[0].secretKey: (sensitive) → (sensitive)",
  ]);
});

it("redacts nothing just for being in a group named like a secret", () => {
  const values = (namespace: string) => ({ values: [JSON.stringify({ webhook: { namespace } })] });
  const other = update("terraform_data.x", { a: "a" }, { a: "cert-manager" });
  expect(shown(plan(update("helm_release.r", values("default-one"), values("cert-manager")), other))).toEqual(
    ['values[0].webhook.namespace: "default-one" → "cert-manager"', 'a: "a" → "cert-manager"'],
  );
});

it.each(["helm_release.r", "kubernetes_config_map_v1.c"])("shows a date in the YAML of %s", (address) => {
  const file = (day: string) => ({ values: [`from: ${day}\nto: 2026-12-31\n`] });
  expect(shown(plan(update(address, file("2026-01-01"), file("2026-01-02"))))[0]).toMatch(/01-01.*01-02/);
});

it.each([
  ["JSON in a string", `rules: '{"a": 1}'`],
  ["a list in a string", `rules: '["a"]'`],
  ["an empty password", 'password: ""'],
])("shows YAML of a ConfigMap with %s", (_, line) => {
  const file = (level: string) => ({ data: { "a.yaml": `level: ${level}\n${line}\n` } });
  expect(shown(plan(update("kubernetes_config_map_v1.c", file("info"), file("debug"))))).toEqual([
    `data["a.yaml"]: ${JSON.stringify(file("info").data["a.yaml"])} → ${JSON.stringify(file("debug").data["a.yaml"])}`,
  ]);
});

it("hides YAML of a ConfigMap with a password in JSON in a string, or with a secret in a key", () => {
  const file = (text: string) => ({ data: { "a.yaml": `level: info\n${text}\n` } });
  const secret = resource("aws_x.x", ["no-op"], { password: OLD }, { password: OLD });
  const escaped = OLD.replaceAll("-", "\\x2d");
  for (const text of [`rules: '{"p\\u0061ssword":"${NEW}"}'`, `"${escaped}": 1`])
    expect(shown(plan(secret, update("kubernetes_config_map_v1.c", file("a: 1"), file(text))))).toEqual([
      'data["a.yaml"]: (sensitive) → (sensitive)',
    ]);
});

it("takes keys that every object has: what the plan doesn't say of them is not in it", () => {
  const after_unknown = { data: { constructor: { x: true }, toString: {} } };
  const unknown = { after_unknown, after_sensitive: { data: {} } };
  expect(shown(plan(update("aws_x.x", { data: {} }, { data: { valueOf: "a" } }, unknown)))).toEqual([
    'data.constructor: (none) → {"x":(known after apply)}',
    'data.valueOf: (none) → "a"',
  ]);
});

it("redacts a password that was empty, and the others of a list", () => {
  const before = { password: "", passwords: ["", OLD] };
  expect(shown(plan(update("aws_x.x", before, { password: NEW, passwords: ["", NEW] })))).toEqual([
    "password: (sensitive) → (sensitive)",
    'passwords: ["",(sensitive)] → ["",(sensitive)]',
  ]);
});
