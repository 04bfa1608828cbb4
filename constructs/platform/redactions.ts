/** What a secret is replaced by. */
export const REDACTED = "[redacted]";

/** A secret's shape; what its group matches is replaced wherever it is found in a line of a log. */
export interface Redaction {
  readonly about: string;
  /** Regular expression of Go (RE2) and JavaScript alike, with one group; `(?i)` in front ignores case. */
  readonly expression: string;
}

/**
 * The product's secrets, by what tells them apart from other text. A value that looks like nothing in particular, such
 * as the password of Redis, is only found where it is named or part of an address: services must not log it otherwise.
 */
export const REDACTIONS: readonly Redaction[] = [
  { about: "Anthropic and OpenAI: sk-…, sk-ant-…, sk-proj-…", expression: String.raw`\b(sk-[\w-]{16,})` },
  { about: "Google: AIza…, AQ.…", expression: String.raw`\b((?:AIza|AQ\.)[\w-]{20,})` },
  {
    about: "JWTs: Supabase's older keys, and every user's session",
    expression: String.raw`\b(eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)`,
  },
  {
    about: "Supabase's secret keys; sb_publishable_… is public",
    expression: String.raw`\b(sb_secret_[\w-]{8,})`,
  },
  {
    about: "LangSmith: lsv2_pt_…, lsv2_sk_…, ls__…",
    expression: String.raw`\b((?:lsv2_[a-z]{2}|ls_)_\w{16,})`,
  },
  { about: "Grafana Cloud, Honeycomb", expression: String.raw`\b((?:glc|hca[a-z]k)_[\w=+/-]{16,})` },
  { about: "New Relic: …NRAL", expression: String.raw`\b(\w{36}NRAL)\b` },
  {
    about: "passwords in addresses: postgresql://…, rediss://…",
    expression: String.raw`\b[a-z][a-z0-9+.-]*://[^\s:/@"'\\]*:([^\s/@"'\\]+)@`,
  },
  {
    about: "credentials in headers",
    expression: String.raw`(?i)\b(?:bearer|basic)(?:\s+|%20)([\w.~+/=%-]{8,})`,
  },
  {
    about: 'what is named a secret: password=…, "api_key": …, dd-api-key: …',
    expression: String.raw`(?i)(?:password|passwd|api[-_]?key|honeycomb-team|(?:client|app)[-_]secret|(?:access|refresh|session)[-_]token)\\?["']?\s*[:=]\s*\\?["']?([^\s"'\\,;&}\]]+)`,
  },
];
