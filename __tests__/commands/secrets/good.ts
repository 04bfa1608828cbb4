/** Values of the right shape, which are nobody's. */
export const GOOD = {
  SUPABASE_ANON_KEY: "value-of-anon",
  SUPABASE_SERVICE_KEY: "value-of-service",
  DATABASE_URL: "postgresql://wbot:word@db.test:6543/postgres",
  ANTHROPIC_API_KEY: "value-of-anthropic",
  OPENAI_API_KEY: "value-of-openai",
  GOOGLE_API_KEY: "value-of-google",
} as const;
