/**
 * Forms by which a secret is recognized whatever its name, and what each user looks for: settings refuse one, diffs and
 * logs redact it. A setting that is refused stops a deploy, so its forms are the narrowest where a word might be meant,
 * and the loosest where an issuer's mark leaves no doubt.
 */
interface SecretShape {
  readonly about: string;
  /** What no setting may contain. @default - settings may contain it, and only redact it in messages */
  readonly setting?: string;
  /** What a diff redacts. @default - found by its name there: secret-names.ts */
  readonly diff?: string;
  /** What the logs redact. @default - as a diff */
  readonly log?: string;
}

/**
 * Between a name and what it holds in a log. A quoted name's value must be quoted, too: without its `false`, number or `null`,
 * a line would no longer be JSON, and lose its level and trace.
 */
const IS = String.raw`(?:\\?["']\s*[:=]\s*\\?["']|\s*[:=]\s*\\?["']?)`;
/** What a name holds, up to its end. */
const VALUE = String.raw`([^\s"'\\,;&}\]]+)`;

/**
 * Regular expressions of JavaScript; those of logs are Go's (RE2), too, where `(?i)` in front ignores case. Those of diffs
 * and logs have one group: what is replaced. A value that looks like nothing in particular, such as the password of Redis,
 * is only found where it is named or part of an address: services must not log it otherwise. The widest come first, since a
 * log's are replaced one after the other: what is found within a match would cut it short.
 */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    about: "private keys in PEM; in a log as far as the line has them",
    setting: "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    diff: "(-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*-----)?)",
    log: String.raw`(-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\*[^-"\\])*)`,
  },
  {
    about:
      "passwords in addresses: postgresql://…, rediss://…; in a diff also with a / or @ that nobody encoded",
    setting: String.raw`://[^\s/:@]*:[^\s/@]+@`,
    diff: String.raw`://([^\s/:@"'<>{}]*:[^\s"'<>{}]+)@`,
    log: String.raw`\b[a-z][a-z0-9+.-]*://[^\s:/@"'\\]*:([^\s/@"'\\]+)@`,
  },
  {
    about: "credentials in headers; in a setting with a digit, unlike prose on a bearer",
    setting: String.raw`\b(?:Bearer|Basic) +(?=\S*\d)[\w.~+/=-]{16,}`,
    diff: String.raw`\b((?:Bearer|Basic) +[\w.~+/=-]{8,})`,
    log: String.raw`(?i)\b(?:bearer|basic)(?:\s+|%20)([\w.~+/=%-]{8,})`,
  },
  {
    about: "Supabase's session cookies, base64 of a user's tokens: sb-<ref>-auth-token=…, in chunks .0, .1",
    log: String.raw`\bsb-[\w-]+-auth-token(?:-code-verifier)?(?:\.\d+)?(?:\\?["']?\s*,\s*\\?["']?value)?${IS}${VALUE}`,
  },
  {
    about: 'what is named a secret: password=…, "api_key": …, dd-api-key: …',
    log: String.raw`(?i)(?:password|passwd|api[-_]?key|honeycomb-team|(?:client|app)[-_]secret|(?:access|refresh|session)[-_]token|token_hash)${IS}${VALUE}`,
  },
  {
    about: "Anthropic and OpenAI: sk-…, sk-ant-…, sk-proj-…",
    setting: String.raw`\bsk-[\w-]{8}`,
    diff: String.raw`\b(sk-[\w-]{16,})`,
  },
  {
    about: "Google: AIza…, AQ.…",
    setting: String.raw`\b(?:AIza[\w-]{30}|AQ\.[\w-]{20})`,
    diff: String.raw`\b((?:AIza|AQ\.)[\w-]{20,})`,
  },
  {
    about: "Supabase's secret keys; sb_publishable_… is public",
    setting: String.raw`\bsb_secret_`,
    diff: String.raw`\b(sb_secret[_-][\w-]{8,})`,
  },
  {
    about: "LangSmith: lsv2_pt_…, lsv2_sk_…, ls__…",
    setting: String.raw`\b(?:lsv2_(?:pt|sk)_|ls__\w{16})`,
    diff: String.raw`\b(lsv2_[a-z]{2}[_-][\w-]{8,}|ls__\w{16,})`,
  },
  {
    about: "GitHub and GitLab: ghp_…, github_pat_…, glpat-…",
    setting: String.raw`\b(?:gh[pousr]_|github_pat_|glpat-)`,
    diff: String.raw`\b((?:gh[pousr]|github_pat|glpat)[_-][\w-]{8,})`,
  },
  {
    about: "AWS: AKIA…, ASIA…",
    setting: String.raw`\bA[KS]IA[A-Z0-9]{16}\b`,
    diff: String.raw`\b(A[KS]IA[A-Z0-9]{16})\b`,
  },
  {
    about: "Stripe: sk_live_…, rk_test_…",
    setting: String.raw`\b[rs]k_(?:live|test)_`,
    diff: String.raw`\b([rs]k_(?:live|test)_\w{8,})`,
  },
  {
    about: "Slack: xoxb-…",
    setting: String.raw`\bxox[abprs]-`,
    diff: String.raw`\b(xox[abeprs][_-][\w-]{8,})`,
  },
  {
    about: "npm and Hugging Face; hf_hub_download is a function",
    setting: String.raw`\b(?:npm|hf)_[A-Za-z0-9]{30}`,
    diff: String.raw`\b((?:npm|hf)[_-][\w-]{8,})`,
    log: String.raw`\b((?:npm|hf)_[A-Za-z0-9]{30,})`,
  },
  {
    about: "Grafana Cloud, Honeycomb",
    setting: String.raw`\b(?:glc|hca[a-z]k)_[\w=+/-]{16}`,
    diff: String.raw`\b((?:glc|hca[a-z]k)_[\w=+/-]{16,})`,
  },
  { about: "New Relic: …NRAL", diff: String.raw`\b(\w{36}NRAL)\b` },
  {
    about: "JWTs: Supabase's older keys, and every user's session",
    setting: String.raw`\beyJ[\w-]{8,}\.[\w-]+\.`,
    diff: String.raw`\b(eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)`,
  },
];

const SETTING = SECRET_SHAPES.flatMap(({ setting }) => (setting === undefined ? [] : [new RegExp(setting)]));
const DIFF = new RegExp(SECRET_SHAPES.flatMap(({ diff }) => diff ?? []).join("|"), "g");

/** What the logs redact, in this order. */
export const LOG_EXPRESSIONS = SECRET_SHAPES.flatMap(({ diff, log = diff }) => log ?? []);

/** Whether a text contains what no setting may. */
export function looksSecret(text: string): boolean {
  return SETTING.some((shape) => shape.test(text));
}

/** A text with what looks like a secret replaced. Best effort. */
export function withoutSecretShapes(text: string, instead: string): string {
  return text.replace(DIFF, (whole, ...groups: unknown[]) => {
    const secret = groups.find((group) => group !== undefined) as string;
    const at = whole.lastIndexOf(secret);
    return whole.slice(0, at) + instead + whole.slice(at + secret.length);
  });
}
