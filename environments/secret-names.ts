/**
 * Names of secrets, by their words: "CLIENT_SECRET", "clientSecret" and "client-secret" have the same two. Settings refuse
 * a variable only where its name leaves no doubt; what is shown, such as a diff, redacts when in doubt, and always what
 * settings refuse.
 */

/**
 * Ends of variables' names that settings refuse, also numbered. The short ones count only as whole words, unlike in BYPASS and
 * MONKEY, and in the singular: tokens are counted (MAX_TOKENS), and keys may be those of a map. PWD alone is a folder.
 */
const REFUSED =
  /((SECRET|PASSWORD|PASSWD|(?<=.)PWD|PASSPHRASE|CREDENTIAL|API_?KEY)S?|(^|_)(PASS|DSN|JWT|KEY|TOKEN)|^AUTHORIZATION)_?\d*$/;
/** Keys that browsers get anyway. */
const OPEN = /(^|_)(PUBLIC|PUBLISHABLE|ANON|SITE)_/;
/** A connection string may have no password, or one of an unknown form. */
const CONNECTION = /^(DATABASE|POSTGRES|POSTGRESQL|REDIS|MONGO|MONGODB|AMQP)_UR[IL]$/;

/** Words of secrets' names, and of nothing else. */
const REDACTED = /(secret|password|passwd|passphrase|credential|apikey|webhook)s?$/;
/** The URL to sign in at or to get a token from is not a secret. */
const REDACTED_UNLESS_ADDRESS = /(tokens?|^auth)$/;
/** Words that such names end with. */
const REDACTED_LAST = /^((db|my|pg)?(pass|dsn|jwt)|pwd|pw|bearer|cookies?|authorization)$/;
const REDACTED_END =
  /((secret|private|signing|api|access|encryption|service|anon|master|session|licen[cs]e|jwt|hmac)keys?|connectionstring)$/;
/** A variable of a process, such as OPENAI_KEY: elsewhere a key mostly is that of a map, or a public one. */
const REDACTED_VARIABLE = /^[A-Z][A-Z0-9_]*_(KEYS?|ANON)\d*$/;

/** Last words of names that only refer to a secret or describe it. */
const THINGS =
  "name names ref refs id ids arn arns type kind mode class version path file namespace store policy provider enabled ttl expiry length days seconds rotation algorithm method".split(
    " ",
  );
const ADDRESSES = ["url", "uri", "endpoint", "host", "domain", "issuer", "audience"];
/** An error of AWS. */
const ERROR = /^(Expired|Invalid)(Client|Identity)?Token(Id|Exception)?$/;

/** An LLM's token counts, and the `http_tokens` setting of EC2's metadata service. */
const COUNTED = /^http tokens$|\b(max|min|num|total|input|output|prompt|completion|context)( new)? tokens\b/;

/** Whether an environment variable's name is that of a secret beyond doubt. */
export function namesSecret(name: string): boolean {
  return (REFUSED.test(name) && !OPEN.test(name)) || CONNECTION.test(name);
}

/** Whether a name may be that of a secret: in doubt, it is. */
export function mayNameSecret(name: string): boolean {
  if (namesSecret(name)) return true;
  const words = wordsOf(name);
  if (COUNTED.test(words.join(" "))) return false;
  const last = words.at(-1) ?? "";
  const address = ADDRESSES.includes(last);
  return (
    !THINGS.includes(last) &&
    // A reference to one.
    words[0] !== "existing" &&
    !ERROR.test(name) &&
    (words.some((word) => REDACTED.test(word) || (!address && REDACTED_UNLESS_ADDRESS.test(word))) ||
      REDACTED_LAST.test(last) ||
      REDACTED_END.test(words.join("")) ||
      (words.length > 1 && REDACTED_VARIABLE.test(name) && words[0] !== "public"))
  );
}

/** Lower-case words without trailing numbers; for a dotted path, only those of its last part. */
function wordsOf(name: string): string[] {
  const words = (name.split(".").at(-1) ?? "").match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  const lower = words.map((word) => word.toLowerCase());
  return lower.slice(0, lower.findLastIndex((word) => !/^\d+$/.test(word)) + 1);
}
