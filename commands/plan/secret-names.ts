/**
 * Which names are those of secrets, told by their words: "CLIENT_SECRET", "clientSecret" and "client-secret" have the
 * same two. What such a value is worth nobody can tell from the outside, so doubtful ones count as secret.
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
      SECRET_END.test(words.join("")))
  );
}

const SECRET = /(secrets?|passw(or)?ds?|passphrases?|credentials?|apikeys?|webhooks?)$/;
/** Where one signs in, or gets a token, is no secret. */
const SECRET_UNLESS_ADDRESS = /(tokens?|^auth)$/;
const SECRET_END =
  /((secret|private|signing|api|access|encryption|service|anon|master|session|licen[cs]e|jwt|hmac)keys?|connectionstring)$/;

/** Last words of what only names, finds or describes a secret. */
const THINGS =
  "name names ref refs id ids arn arns type kind mode class version path file namespace store policy provider enabled ttl expiry length days seconds rotation algorithm method".split(
    " ",
  );
const ADDRESSES = ["url", "uri", "endpoint", "host", "domain", "issuer", "audience"];
/** Tokens that a model counts, and the setting of EC2's metadata service. */
const COUNTED = /^http tokens$|\b(max|min|num|total|input|output|prompt|completion|context)( new)? tokens\b/;

/** Lower-case words, without numbers at the end; of a path in dots only those of its last part. */
function wordsOf(name: string): string[] {
  const words = (name.split(".").at(-1) ?? "").match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  const lower = words.map((word) => word.toLowerCase());
  return lower.slice(0, lower.findLastIndex((word) => !/^\d+$/.test(word)) + 1);
}
