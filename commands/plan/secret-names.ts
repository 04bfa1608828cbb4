/**
 * Whether a name is that of a secret, by its words: "CLIENT_SECRET", "clientSecret" and "client-secret" have the same two.
 * When in doubt, it counts as a secret.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (COUNTED.test(words.join(" "))) return false;
  const last = words.at(-1) ?? "";
  const address = ADDRESSES.includes(last);
  return (
    !THINGS.includes(last) &&
    words[0] !== "existing" &&
    (words.some((word) => SECRET.test(word) || (!address && SECRET_UNLESS_ADDRESS.test(word))) ||
      SECRET_LAST.test(last) ||
      SECRET_END.test(words.join("")) ||
      (words.length > 1 && VARIABLE.test(name) && words[0] !== "public"))
  );
}

const SECRET = /(secrets?|passw(or)?ds?|passphrases?|credentials?|apikeys?|webhooks?)$/;
/** The URL to sign in at or to get a token from is not a secret. */
const SECRET_UNLESS_ADDRESS = /(tokens?|^auth)$/;
const SECRET_LAST = /^((db|my|pg)?pass|pwd|pw|dsn|jwt|bearer|cookies?|authorization)$/;
/** A variable of a process, such as OPENAI_KEY: elsewhere a key mostly is that of a map, or a public one. */
const VARIABLE = /^[A-Z][A-Z0-9_]*_(KEYS?|ANON)\d*$/;
const SECRET_END =
  /((secret|private|signing|api|access|encryption|service|anon|master|session|licen[cs]e|jwt|hmac)keys?|connectionstring)$/;

/** Last words of names that only refer to a secret or describe it. */
const THINGS =
  "name names ref refs id ids arn arns type kind mode class version path file namespace store policy provider enabled ttl expiry length days seconds rotation algorithm method".split(
    " ",
  );
const ADDRESSES = ["url", "uri", "endpoint", "host", "domain", "issuer", "audience"];
/** An LLM's token counts, and the `http_tokens` setting of EC2's metadata service. */
const COUNTED = /^http tokens$|\b(max|min|num|total|input|output|prompt|completion|context)( new)? tokens\b/;

/** Lower-case words without trailing numbers; for a dotted path, only those of its last part. */
function wordsOf(name: string): string[] {
  const words = (name.split(".").at(-1) ?? "").match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  const lower = words.map((word) => word.toLowerCase());
  return lower.slice(0, lower.findLastIndex((word) => !/^\d+$/.test(word)) + 1);
}
