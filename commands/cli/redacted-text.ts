import { stripVTControlCharacters } from "node:util";
import { mayNameSecret } from "../../environments/secret-names";
import { withoutSecretShapes } from "../../environments/secret-shapes";
import { visibleLines } from "./visible";

/** What another program wrote, as it may be shown: redacted, and nothing that a terminal or GitHub's runner obeys. */
export function shownText(text: string): string {
  // A colour between a name and its value would hide both from redaction.
  return visibleLines(redactedText(stripVTControlCharacters(text)));
}

/**
 * A message with all that is named like a secret or looks like one redacted, for when there is no plan that says which
 * values are sensitive. Best effort.
 */
export function redactedText(text: string): string {
  const unnamed = withoutAssigned(text)
    .replace(FLAGGED, (whole, flag: string, between: string, value: string) =>
      mayNameSecret(flag) && isAssignable(value) ? `${flag}${between}(sensitive)` : whole,
    )
    .replace(SPOKEN, "$1(sensitive)");
  return withoutSecretShapes(unnamed, "(sensitive)");
}

/** What follows a name that is no secret's is searched as well: `--env=DB_PASSWORD=…`, `cmd="run --password=…"`. */
function withoutAssigned(text: string): string {
  let [shown, end] = ["", 0];
  for (const { 0: assigned, 1: name = "", index } of text.matchAll(ASSIGNED)) {
    VALUE.lastIndex = index + assigned.length;
    if (index < end || !mayNameSecret(name)) continue;
    const value = VALUE.exec(text)?.[0] ?? "";
    if (!isAssignable(value)) continue;
    shown += `${text.slice(end, index)}${assigned}(sensitive)`;
    end = index + assigned.length + value.length;
  }
  return shown + text.slice(end);
}

/** Not a reference, a flag, a number that only counts, or the beginning of a group. */
function isAssignable(value: string): boolean {
  const bare = value.replace(/^(\\?["'])([\s\S]*)\1$/, "$2");
  return !/^[{(|>]/.test(bare) && isSecretValue(bare);
}

/**
 * "password p@ss-1 is not valid", `password: Invalid value: "p@ss"`: a word with more than letters, so no prose. The name of
 * a Secret is shown where something is in it, that of a key where it is missing in one, and an ID in parentheses.
 */
const SPOKEN =
  /((?<!\bin )\b(?:password|passphrase|secret|token|key)(?::? Invalid value:)? ["'`]?)(?=[^\s"'`]*[\d!#$%&*+/=?@^_~-])(?!\()[^\s"'`]{6,}(?=["'`]? (?:is|was|does(?! not exist in secret)|has|must)\b|["'`]?(?::|$))/gim;

/** `--name value` in a command line: of one without quotes, a word with more than letters, so no prose. */
const FLAGGED =
  /((?<![\w-])--?[A-Za-z][\w.-]*)([ \t]+)("(?:[^"\\]|\\.)*"|'[^']*'|(?=\S*[\d!#$%&*+/=?@^_~])[^\s"'`-][^\s"'`]*)/g;

/** Before a value: `NAME=`, `name = `, `"name": "`, or a line of YAML, but not a colon in prose. */
const ASSIGNED =
  /(?<![\w.-])([\w.-]+)(?:\\?["']?\s*=\s*|\\?["']?\s*:\s*(?=\\?["'])|:(?<=^[ -]*[\w.][\w.-]*:) +(?=\S+[^\S\n]*(?:#.*)?$))/gm;
const VALUE = /"(?:[^"\\]|\\.)*"|'[^']*'|\\"[^"]*\\"|\[[^\]]*\]|(?![{(|>])[^\s"',;}]+/y;

/** `$KEY`: the name of a value, and not the value. In small letters or with a digit first, it may be a password. */
const VARIABLE = /^(\$[A-Z_][A-Z0-9_]*|\$\{\w+\}|\$\(\w+\))$/;
/** `{{ .KEY }}`, `{{ .KEY | urlquery }}`. */
const REFERENCE = /\{\{-? *\.\w+(?: *\| *\w+)* *-?\}\}/g;

/** What a text may have besides references: punctuation, the scheme of a header, or an address without a password of its own. */
const NO_SECRET = /^(?:(?:Bearer|Basic) +)?[^\p{L}\p{N}]*$|^[\w+.-]*:\/\/(?:(?:[^\s/:@{]*:)?@)?[^\s@{]*$/u;

/** Whether a text names the values that it is made of, and has no secret besides these names. */
function isReference(text: string): boolean {
  const rest = text.replace(REFERENCE, "");
  return (rest !== text && NO_SECRET.test(rest)) || VARIABLE.test(text);
}

/** Whether a value may be a secret, or a list of secrets. Not an empty text, a flag, an ARN or a reference; objects are searched. */
export function isSecretValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isSecretValue);
  if (typeof value === "number") return true;
  return (
    typeof value === "string" &&
    !/^(true|false|arn:aws[\w-]*:\S*|)$/.test(value) &&
    !isReference(value.trim())
  );
}
