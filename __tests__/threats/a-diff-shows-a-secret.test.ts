import { redactedText } from "../../commands/cli/redacted-text";
import type { PlanJson } from "../../commands/terraform/plan-json";
import { changesOf, FOLDER, plan, resource, update } from "../commands/plan/plans";

/**
 * A diff is a comment on a pull request, an artifact, and the text of the issue on drift: a secret in it is public, or the
 * team's. Somebody set one by hand, put one where none belongs, or a provider quotes one.
 */

const SECRET = "made-up/value+1@x";
const report = (json: PlanJson) => JSON.stringify(changesOf(FOLDER, json));
const fake = (start: string, length = 24) => start + "0aB".repeat(length).slice(0, length);

/** A variable that is removed from a container, as one set by hand is. */
const removed = (name: string, value: unknown) =>
  plan(
    update(
      "kubernetes_deployment_v1.d",
      {
        env: [
          { name: "A", value: "a" },
          { name, value },
        ],
      },
      { env: [{ name: "A", value: "a" }] },
    ),
  );

it.each(
  "OPENAI_KEY ANTHROPIC_KEY DB_PASS PASS PGPASS DB_PWD JWT SUPABASE_ANON SENTRY_DSN COOKIE cookie Authorization API_KEYS".split(
    " ",
  ),
)("by the name %s", (name) => {
  expect(report(removed(name, SECRET))).not.toContain(SECRET);
});

it.each([
  ["OpenAI's", fake("sk-")],
  ["Supabase's", fake("sb_secret_")],
  ["GitHub's", fake("ghp_")],
  ["AWS's", `AKIA${"A1B2".repeat(4)}`],
  ["Google's", fake("AIza", 35)],
  ["a web token", `${fake("eyJ")}.${fake("eyJ")}.${fake("")}`],
  ["a private key", `-----BEGIN PRIVATE KEY-----\n${fake("")}\n-----END PRIVATE KEY-----`],
  ["a header", `Bearer ${fake("")}`],
  ["an address", `postgresql://wbot:${SECRET}@db.test/postgres`],
])("by its form, whatever its name: %s", (_, value) => {
  for (const text of [value, `run --with ${value} now`])
    expect(report(removed("SETTING", text))).not.toContain(value.slice(-12));
});

it.each<[string, object]>([
  ["a line of a ConfigMap's file", { data: { "app.env": `LOG_LEVEL=info\nDB_PASSWORD=${SECRET}\n` } }],
  ["YAML in a ConfigMap", { data: { "app.yaml": `db:\n  password: ${SECRET}\n` } }],
  ["YAML with a comment", { data: { "app.yaml": `db:\n  password: ${SECRET} # of prod\n` } }],
  ["YAML with spaces after it", { data: { "app.yaml": `db:\n  password: ${SECRET}  \n  port: 1\n` } }],
  ["YAML with a name beside it", { data: { "app.yaml": `env:\n- name: DB_PASSWORD\n  value: ${SECRET}\n` } }],
  ["YAML on a line of its own", { data: { "app.yaml": `db:\n  password: |\n    ${SECRET}\n` } }],
  ["an argument with a variable", { args: [`--env=DB_PASSWORD=${SECRET}`] }],
  ["an argument with a setting of a chart", { args: [`--set=auth.password=${SECRET}`] }],
  ["an option of a command in a variable", { data: { "app.env": `CMD="run --password=${SECRET}"` } }],
  ["the query of an address", { url: `https://host.test/path?user=a&token=${SECRET}` }],
  ["the query of a database's address", { url: `postgres://host.test/db?user=a&password=${SECRET}` }],
  ["the arguments of a command", { args: ["--user", "me", "--password", SECRET] }],
  ["the arguments of a command, as letters only", { args: ["-token", "abcdefgh"], note: "abcdefgh" }],
  ["the arguments of a shell", { command: ["sh", "-c", `psql --password ${SECRET} --host db`] }],
  ["a command line", { command: ["sh", "-c", `PGPASSWORD='${SECRET}' psql`] }],
  ["key and value", { entries: [{ key: "DB_PASSWORD", value: SECRET }] }],
  ["JSON", { input: JSON.stringify({ dsn: SECRET }) }],
  ["a header in a middleware", { headers: { Authorization: `Basic ${SECRET}` } }],
])("in %s", (_, before) => {
  const shown = report(plan(update("kubernetes_x.x", before, {})));
  for (const secret of [SECRET, "abcdefgh"]) expect(shown).not.toContain(secret);
});

it("as a number", () => {
  const values = (adminPassword: number) => ({ values: [JSON.stringify({ adminPassword })] });
  const shown = report(plan(update("helm_release.r", values(4711081599), values(4711081600))));
  expect(shown).not.toContain("47110815");
  expect(shown).toContain("adminPassword");
});

describe("what the plan marks as sensitive", () => {
  // Each of its copies differs from the others.
  const MARKED = 'a+value/that is"marked"??a';
  const markedAs = (result: unknown) =>
    resource(
      "random_password.p",
      ["no-op"],
      { result },
      { result },
      {
        change: { before_sensitive: { result: true }, after_sensitive: { result: true } },
      },
    );
  const marked = markedAs(MARKED);
  const noted = (note: string) => update("aws_x.x", { note: "" }, { note });

  it.each<[string, string, string]>([
    ["as it is", MARKED, "a+value"],
    ["in base64", Buffer.from(MARKED).toString("base64"), "YSt2YWx1ZS90"],
    ["within base64 that goes on", Buffer.from(`${MARKED}:more`).toString("base64"), "YSt2YWx1ZS90"],
    ["in base64 for URLs", Buffer.from(MARKED).toString("base64url"), "YSt2YWx1ZS90"],
    ["in a URL", encodeURIComponent(MARKED), "a%2Bvalue"],
    ["in JSON", JSON.stringify({ v: MARKED }), "a+value"],
  ])("copied %s", (_, copy, part) => {
    expect(report(plan(marked, noted(`see ${copy}`)))).not.toContain(part);
  });

  it.each<[string, PlanJson, string]>([
    ["a group", plan(markedAs({ of: [{ deep: MARKED }] })), MARKED],
    ["a number", plan(markedAs(4711081599)), "4711081599"],
    ["what changed outside Terraform", { resource_drift: [marked] }, MARKED],
    ["an output", { output_changes: { v: { ...marked.change, after_sensitive: true } } }, MARKED],
    [
      "a data source",
      {
        prior_state: {
          values: {
            root_module: {
              resources: [{ address: "data.x.x", values: { v: MARKED }, sensitive_values: { v: true } }],
            },
          },
        },
      },
      MARKED,
    ],
    [
      "a variable",
      {
        variables: { v: { value: MARKED } },
        configuration: { root_module: { variables: { v: { sensitive: true } } } },
      },
      MARKED,
    ],
  ])("copied from %s that is marked nowhere else", (_, { resource_changes = [], ...json }, copy) => {
    const shown = report({ ...json, ...plan(...resource_changes, noted(`see ${copy}`)) });
    expect(shown).not.toContain(copy.slice(0, 7));
  });

  it("copied as a number", () => {
    const copy = update("aws_x.x", { port: 1 }, { port: 4711081599 });
    expect(report(plan(markedAs(4711081599), copy))).not.toContain("4711081599");
  });

  it("in an address, an import's id, or a key of a map", () => {
    const shown = report(
      plan(
        marked,
        resource(`aws_x.x["${MARKED}"]`, ["create"], null, {}, { change: { importing: { id: MARKED } } }),
        resource("aws_x.w", ["no-op"], {}, {}, { previous_address: `aws_x.w["${MARKED}"]` }),
        update("aws_x.y", { map: { [MARKED]: 1 } }, { map: { [MARKED]: 2 } }),
      ),
    );
    expect(shown).not.toContain("a+value");
    expect(shown).toContain("(sensitive)");
  });

  it.each(["before_sensitive", "after_sensitive"])("as a key of what is replaced: %s", (side) => {
    const change = { replace_paths: [["map", "the-key-is-secret"]], [side]: { map: true } };
    const shown = report(
      plan(
        resource(
          "aws_x.x",
          ["delete", "create"],
          { map: { "the-key-is-secret": 1 } },
          { map: {} },
          { change },
        ),
      ),
    );
    expect(shown).not.toContain("the-key-is-secret");
  });
});

it.each([
  `passwords = ["${SECRET}", "b"]`,
  `spec.password: Invalid value: "${SECRET}"`,
  `Password ${SECRET} is not valid`,
  `failed: redis-cli --pass ${SECRET} ping`,
  `failed: kubectl create secret generic a --from-literal=DB_PASSWORD=${SECRET}`,
  `{"cmd":"run --password=${SECRET}"}`,
  `password: "${SECRET}-{{ .suffix }}"`,
  `Authorization: Bearer ${fake("")}`,
  `can't reach postgresql://wbot:p@ss${SECRET}@db.test`,
])("in an error: %#", (message) => {
  const redacted = redactedText(message);
  for (const part of [SECRET, fake(""), "p@ss"]) expect(redacted).not.toContain(part);
});

/** A template of Redis' address, as an ExternalSecret has it. */
const address = (host: string, password = "{{ .redisPassword | urlquery }}") =>
  `rediss://{{ .redisUsername }}:${password}@${host}:{{ .redisPort }}/0`;
const REDIS_URL = address("{{ .redisHost }}");
const templated = (key: string, before: string, after: string) =>
  changesOf(
    FOLDER,
    plan(
      update(
        "kubernetes_manifest.e",
        { manifest: { data: { [key]: before } } },
        { manifest: { data: { [key]: after } } },
      ),
    ),
  )[0];

it.each([
  ["ANTHROPIC_API_KEY", "{{ .ANTHROPIC_API_KEY }}", "{{ .SUPABASE_SERVICE_KEY }}"],
  ["REDIS_URL", REDIS_URL, address("evil.test")],
  ["REDIS_URL", REDIS_URL, "https://evil.test/{{ .SUPABASE_SERVICE_KEY }}"],
  ["DATABASE_URL", "postgresql://me:{{ .password }}@{{ .host }}:5432/db?sslmode=require", "{{ .url }}"],
  ["AUTHORIZATION", "Bearer {{ .ANTHROPIC_API_KEY }}", "Basic {{ .user }}:{{ .SUPABASE_SERVICE_KEY }}"],
])(
  "the references of a template are shown, and others are another change: %s, %s, %s",
  (key, before, after) => {
    const change = templated(key, before, after);
    expect(change?.differences).toMatchObject([
      { before: JSON.stringify(before), after: JSON.stringify(after) },
    ]);
    expect(change?.fingerprint).not.toBe(
      templated(key, before, `${before}{{ .OPENAI_API_KEY }}`)?.fingerprint,
    );
  },
);

it.each([
  address("{{ .redisHost }}", SECRET),
  address("{{ .redisHost }}", `{{ .redisPassword }}${SECRET}`),
  "rediss://made-up{{ .suffix }}@{{ .redisHost }}",
  "https://host.test/{{ .path }}?password=made-up",
  "made-up-{{ .suffix }}",
  "{{ .prefix }}-made-up",
  "Bearer made-up{{ .suffix }}",
  `{{ .redisHost }} ${fake("sk-")}`,
  `https://host.test/${fake("sk-")}/{{ .path }}`,
  `{{ .redisHost }}:{{ .redisPassword | default "${SECRET}" }}`,
])("a secret beside them is not: %s", (template) => {
  expect(JSON.stringify(templated("REDIS_URL", REDIS_URL, template))).not.toMatch(/made-up|sk-/);
});
