import { APP_SECRET_KEYS, requiredKeys } from "../../environments/app-secret-keys";

describe("the keys of the app secret", () => {
  it("are the seed's, of which only LangSmith's may be missing", () => {
    expect(APP_SECRET_KEYS.filter(({ required }) => required).map(({ name }) => name)).toEqual([
      "SUPABASE_ANON_KEY",
      "SUPABASE_SERVICE_KEY",
      "DATABASE_URL",
      "ANTHROPIC_API_KEY",
      "OPENAI_API_KEY",
      "GOOGLE_API_KEY",
    ]);
    expect(APP_SECRET_KEYS.filter(({ required }) => !required).map(({ name }) => name)).toEqual([
      "LANGSMITH_API_KEY",
    ]);
  });

  it("go to the web only where a browser may see them anyway", () => {
    expect(requiredKeys("wbot-web")).toEqual(["SUPABASE_ANON_KEY"]);
  });

  it("are each used, named as an environment variable is, and explained for the message that asks for them", () => {
    for (const { name, about, usedBy } of APP_SECRET_KEYS) {
      expect(usedBy).not.toHaveLength(0);
      expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(about).not.toBe("");
    }
    expect(new Set(APP_SECRET_KEYS.map(({ name }) => name)).size).toBe(APP_SECRET_KEYS.length);
  });
});
