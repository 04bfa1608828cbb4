import {
  keyChanges,
  missingKeys,
  unknownKeys,
  withoutValues,
  wrongShapes,
} from "../../../commands/app-secret/values";
import { loadEnvironment } from "../../../environments";
import { GOOD } from "../secrets/good";

const dev = loadEnvironment("dev");
const token = (role: string) =>
  ["e30", Buffer.from(JSON.stringify({ role })).toString("base64url"), "c2ln"].join(".");

it("takes good values as they are", () => {
  expect(wrongShapes(GOOD).size).toBe(0);
  expect(missingKeys(dev, GOOD)).toEqual([]);
  expect(unknownKeys(GOOD)).toEqual([]);
});

it.each([
  [
    "DATABASE_URL",
    "host=db user=wbot",
    "must be a connection string: postgresql://<user>:<password>@<host>:<port>/<database>, with the password percent-encoded",
  ],
  [
    "DATABASE_URL",
    "postgresql://wbot:pass@word@host:5432/db",
    "must be a connection string: postgresql://<user>:<password>@<host>:<port>/<database>, with the password percent-encoded",
  ],
  ["OPENAI_API_KEY", "your OpenAI key", "must be one word of 8 or more printable characters"],
  ["GOOGLE_API_KEY", "short", "must be one word of 8 or more printable characters"],
  [
    "SUPABASE_ANON_KEY",
    GOOD.SUPABASE_SERVICE_KEY,
    "is the same as SUPABASE_SERVICE_KEY: browsers would bypass row-level security",
  ],
  ["SUPABASE_ANON_KEY", token("service_role"), "is a service key: browsers would bypass row-level security"],
  ["SUPABASE_SERVICE_KEY", token("anon"), "is the public key"],
])("refuses %s that can't be right, without showing it", (name, value, why) => {
  expect([...wrongShapes({ ...GOOD, [name]: value })]).toEqual([[name, why]]);
});

it("needs LangSmith's key only where LangSmith is on", () => {
  const tracing = loadEnvironment("dev", { overrides: { langsmith: { enabled: true } } });
  expect(missingKeys(tracing, GOOD)).toEqual(["LANGSMITH_API_KEY"]);
  expect(missingKeys(dev, { ...GOOD, OPENAI_API_KEY: "" })).toEqual(["OPENAI_API_KEY"]);
});

it("guesses what an unknown key was meant to be", () => {
  expect(unknownKeys({ OPENAI_APIKEY: "", openai_api_key: "", PATH: "" })).toEqual([
    { name: "OPENAI_APIKEY", meant: "OPENAI_API_KEY" },
    { name: "openai_api_key", meant: "OPENAI_API_KEY" },
    { name: "PATH", meant: undefined },
  ]);
});

it("names what changes", () => {
  expect(keyChanges({ A: "1", B: "2", C: "3" }, { A: "1", B: "4", D: "5" })).toEqual([
    { sign: "~", name: "B" },
    { sign: "-", name: "C" },
    { sign: "+", name: "D" },
  ]);
});

it("takes values out of a text, the longest first, and as JSON writes them", () => {
  const values = { A: "word", B: "word-and-more", C: 'quo"ted' };
  expect(withoutValues('word, word-and-more and {"C":"quo\\"ted"}', values)).toBe('***, *** and {"C":"***"}');
});
