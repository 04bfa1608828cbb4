import {
  doubts,
  keyChanges,
  missingKeys,
  rebased,
  unknownKeys,
  withoutValues,
  malformedValues,
} from "../../../commands/app-secret/values";
import { loadEnvironment } from "../../../environments";
import { APP_SECRET_KEYS, type AppSecretKey } from "../../../environments/app-secret-keys";
import { GOOD } from "../secrets/good";

const dev = loadEnvironment("dev");
const token = (role: string) =>
  ["e30", Buffer.from(JSON.stringify({ role })).toString("base64url"), "c2ln"].join(".");

it("takes good values as they are", () => {
  expect(malformedValues(GOOD).size).toBe(0);
  expect(missingKeys(dev, GOOD)).toEqual([]);
  expect(unknownKeys(GOOD)).toEqual([]);
});

const CONNECTION =
  "must be a connection string: postgresql://<user>:<password>@<host>:<port>/<database>, with the password percent-encoded";
const PLACEHOLDER = "still has a placeholder for the password: replace it and its brackets";
const KEY = "must be one word of 8 or more printable characters, without quotes or brackets around it";
const of = (owner: string) => `looks like a value of ${owner}`;
const BYPASS = "browsers would bypass row-level security";
const database = (password: string, rest = "db.test:6543/postgres") =>
  `postgresql://wbot.abc:${password}@${rest}`;

it.each<readonly [string, string, string]>([
  ["DATABASE_URL", "host=db user=wbot", CONNECTION],
  ...["pass@word", "50%off", "pa%zzss", "pa#ss", "pa?ss", "pa/ss", "pa ss", "pa[ss", "päss", "100%"].map(
    (password) => ["DATABASE_URL", database(password), CONNECTION] as const,
  ),
  ["DATABASE_URL", database("word", "<host>:5432/db"), CONNECTION],
  ["DATABASE_URL", database("word", "db.test:99999/db"), CONNECTION],
  ["DATABASE_URL", database("word", "db.test:5432/my#db"), CONNECTION],
  ["DATABASE_URL", database("[YOUR-PASSWORD]"), PLACEHOLDER],
  ["DATABASE_URL", database("<password>"), PLACEHOLDER],
  ...["%5BYOUR-PASSWORD%5D", "YOUR-PASSWORD", "your_password", "[your-password]"].map(
    (password) => ["DATABASE_URL", database(password), PLACEHOLDER] as const,
  ),
  ["DATABASE_URL", database("wo%00rd"), CONNECTION],
  // As psycopg 3.3 says, with libpq 18.
  ...[
    "sslmode",
    "=x",
    "&sslmode=require",
    "a=b&&c=d",
    "a=b&of-a-value",
    "options=-cx=y",
    "a=%zz",
    "a=%00",
  ].map(
    (query) =>
      [
        "DATABASE_URL",
        database("word", `db.test/postgres?${query}`),
        "has a parameter after its ? that isn't <name>=<value>, with the value percent-encoded",
      ] as const,
  ),
  ["OPENAI_API_KEY", "your OpenAI key", KEY],
  ["OPENAI_API_KEY", '"value-of-openai"', KEY],
  ["OPENAI_API_KEY", '"value-of-openai', KEY],
  ["OPENAI_API_KEY", "<value-of-openai>", KEY],
  ["GOOGLE_API_KEY", "short", KEY],
  ["ANTHROPIC_API_KEY", "sk-proj-value", of("OPENAI_API_KEY")],
  ["OPENAI_API_KEY", "sk-ant-value", of("ANTHROPIC_API_KEY")],
  ["GOOGLE_API_KEY", "lsv2_pt_value", of("LANGSMITH_API_KEY")],
  ["SUPABASE_SERVICE_KEY", "AIza-value", of("GOOGLE_API_KEY")],
  ["OPENAI_API_KEY", "sb_secret_value", of("SUPABASE_SERVICE_KEY")],
  // An OpenAI key without a project, which has "OpenAI" in base64 in its middle.
  ...["ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "SUPABASE_ANON_KEY"].map(
    (name) => [name, `sk-value${"T3Blbk" + "FJ"}value`, of("OPENAI_API_KEY")] as const,
  ),
  ["OPENAI_API_KEY", "AQ.value-of-google", of("GOOGLE_API_KEY")],
  ["OPENAI_API_KEY", "ls__value", of("LANGSMITH_API_KEY")],
  ["OPENAI_API_KEY", token("anon"), of("SUPABASE_ANON_KEY")],
  ["GOOGLE_API_KEY", token("service_role"), of("SUPABASE_SERVICE_KEY")],
  [
    "SUPABASE_SERVICE_KEY",
    "sbp_value",
    "is an access token of somebody's Supabase account, not a key of the project",
  ],
  ["SUPABASE_ANON_KEY", "sb_secret_value", `is a service key: ${BYPASS}`],
  ["SUPABASE_SERVICE_KEY", "sb_publishable_value", "is the public key"],
  ["SUPABASE_ANON_KEY", GOOD.SUPABASE_SERVICE_KEY, `is the same as SUPABASE_SERVICE_KEY: ${BYPASS}`],
  ["SUPABASE_ANON_KEY", token("service_role"), `is a service key: ${BYPASS}`],
  ["SUPABASE_SERVICE_KEY", token("anon"), "is the public key"],
])("refuses %s that can't be right, without showing it", (name, value, why) => {
  expect([...malformedValues({ ...GOOD, [name]: value })]).toEqual([[name, why]]);
});

it.each([
  { SUPABASE_ANON_KEY: "sb_publishable_value", SUPABASE_SERVICE_KEY: "sb_secret_value" },
  { SUPABASE_ANON_KEY: "", SUPABASE_SERVICE_KEY: "" },
  { ANTHROPIC_API_KEY: "sk-ant-value", OPENAI_API_KEY: "sk-proj-value", GOOGLE_API_KEY: "AIza-value" },
  { LANGSMITH_API_KEY: "lsv2_pt_value", OPENAI_API_KEY: "sk-anything" },
  // Keys of a gateway to several providers.
  { ANTHROPIC_API_KEY: "sk-anything", GOOGLE_API_KEY: "sk-anything", OPENAI_API_KEY: token("user") },
  { DATABASE_URL: database("50%25off%5B%2F%40", "[2001:db8::1]:5432/postgres?sslmode=require") },
  { DATABASE_URL: database("!$&'()*+,;=-._~", "db.test/my%20db") },
  { DATABASE_URL: database("word", "db.test/db?ssl=true&application_name=a+b/c?&options=-cx%3Dy&") },
  { DATABASE_URL: database("not-your-password", "db.test/db?") },
])("takes what issuers and libraries accept: %j", (values) => {
  expect([...malformedValues({ ...GOOD, ...values })]).toEqual([]);
  expect(doubts({ ...GOOD, ...values })).toEqual([]);
});

it.each([
  ["pgbouncer", "sslmode=require&pgbouncer=true"],
  ["uselibpqcompat", "uselibpqcompat=true&"],
  ["ssl", "ssl=1"],
  ["search_path", "search_path=app"],
])("doubts the parameter %s, which psycopg refuses and asyncpg may take", (parameter, query) => {
  const values = { ...GOOD, DATABASE_URL: database("word", `db.test/postgres?${query}`) };
  expect(malformedValues(values).size).toBe(0);
  expect(doubts(values)).toEqual([
    `DATABASE_URL has the parameter ${parameter}, which PostgreSQL's own library, and so psycopg, refuses: leave it out, unless the driver of wbot-ai takes it`,
  ]);
});

it.each(["postgresql://u:p?Piece@h:5432/db", "postgresql://u:p?piece=of@h:5432/db"])(
  "names no piece of the password in %s, which is malformed",
  (DATABASE_URL) => {
    expect([...malformedValues({ ...GOOD, DATABASE_URL }).keys()]).toEqual(["DATABASE_URL"]);
    expect(doubts({ ...GOOD, DATABASE_URL })).toEqual([]);
  },
);

it("takes a second key of an issuer for no value of the first, if its row has the same mark", () => {
  const keys = APP_SECRET_KEYS as AppSecretKey[];
  const first = keys.find(({ name }) => name === "OPENAI_API_KEY") as AppSecretKey;
  const values = { OPENAI_API_KEY: "sk-proj-value", SECOND_KEY: "sk-proj-another" };
  keys.push({ ...first, name: "SECOND_KEY" });
  const service = keys.find(({ name }) => name === "SUPABASE_SERVICE_KEY") as AppSecretKey;
  keys.push({ ...service, name: "THIRD_KEY" });
  try {
    expect([...malformedValues({ ...values, THIRD_KEY: token("service_role") })]).toEqual([]);
    expect([...malformedValues({ THIRD_KEY: token("anon") }).keys()]).toEqual(["THIRD_KEY"]);
  } finally {
    keys.splice(-2);
  }
});

it("needs LangSmith's key only where LangSmith is on", () => {
  const tracing = loadEnvironment("dev", { overrides: { langsmith: { enabled: true } } });
  expect(missingKeys(tracing, GOOD)).toEqual(["LANGSMITH_API_KEY"]);
  expect(missingKeys(dev, { ...GOOD, OPENAI_API_KEY: "" })).toEqual(["OPENAI_API_KEY"]);
});

it("knows the product's keys, in capitals only", () => {
  expect(unknownKeys({ OPENAI_API_KEY: "", openai_api_key: "", PATH: "" })).toEqual([
    "openai_api_key",
    "PATH",
  ]);
});

it("names what changes", () => {
  expect(keyChanges({ A: "1", B: "2", C: "3" }, { A: "1", B: "4", D: "5" })).toEqual([
    { name: "B", change: "changed" },
    { name: "C", change: "removed" },
    { name: "D", change: "added" },
  ]);
});

it("takes values out of a text, the longest first, and as JSON writes them", () => {
  const values = { A: "word", B: "word-and-more", C: 'quo"ted' };
  expect(withoutValues('word, word-and-more and {"C":"quo\\"ted"}', values)).toBe('***, *** and {"C":"***"}');
});

it("keeps of two changes of one version both, and of the same key the later", () => {
  const opened = { same: "1", mine: "1", theirs: "1", both: "1", dropped: "1", gone: "1" };
  const edited = { same: "1", mine: "2", theirs: "1", both: "2", gone: "1", added: "2" };
  const now = { same: "1", mine: "1", theirs: "3", both: "3", dropped: "1", new: "3" };
  expect(rebased(edited, opened, now)).toEqual({
    same: "1",
    mine: "2",
    theirs: "3",
    both: "2",
    added: "2",
    new: "3",
  });
});
