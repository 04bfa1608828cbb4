/** Beginnings by which issuers mark their keys and tokens. */
const ISSUED = [
  /\bsk-[\w-]{8}/,
  /\bsb_secret_/,
  /\blsv2_(pt|sk)_/,
  /\b(gh[pousr]_|github_pat_|glpat-)/,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bAIza[\w-]{30}/,
  /\b[rs]k_(live|test)_/,
  /\bxox[abprs]-/,
  /\beyJ[\w-]{8,}\.[\w-]+\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // A password in a URL.
  /:\/\/[^\s/:@]*:[^\s/@]+@/,
];
const NAMES = /(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|DSN|JWT|CREDENTIALS?)$/;
/** A connection string may have no password, or one of an unknown form. */
const ADDRESSES = /^(DATABASE|POSTGRES|POSTGRESQL|REDIS|MONGO|MONGODB|AMQP)_UR[IL]$/;
/** Keys that browsers get anyway. */
const OPEN = /(^|_)(PUBLIC|PUBLISHABLE|ANON|SITE)_/;

/** Whether a text contains what issuers make secrets look like. */
export function looksSecret(text: string): boolean {
  return ISSUED.some((shape) => shape.test(text));
}

/** Whether an environment variable's name is that of a secret. */
export function namesSecret(name: string): boolean {
  return (NAMES.test(name) && !OPEN.test(name)) || ADDRESSES.test(name);
}
