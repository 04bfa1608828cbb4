import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import { decoded, duplicateKeys } from "../../environments/json-text";
import { CommandError } from "../cli/exit-codes";
import type { Values } from "../app-secret/values";

export function readFile(file: string): Values {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(
      `${file} can't be read (${(error as NodeJS.ErrnoException).code ?? ""}). Copy docs/app-secret.example.env and fill it in.`,
    );
  }
  return readValues(bytes, file);
}

/** Reads a file's bytes: dotenv text, or a JSON object as shown in the AWS console. `where` names the source in messages. */
export function readValues(bytes: Uint8Array, where: string): Values {
  let text: string;
  try {
    text = decoded(bytes);
  } catch {
    throw new CommandError(`${where} is not UTF-8 text: save it in that encoding.`);
  }
  if (text.trimStart().startsWith("{")) return fromJson(text, where);
  const values = new Map<string, string>();
  for (const { name, value } of statements(text.replace(/\r\n?/g, "\n"), where)) {
    if (values.has(name))
      throw new CommandError(`${where} sets ${name} more than once: keep one of the lines.`);
    values.set(name, value);
  }
  if (values.size > 0) return Object.fromEntries(values);
  throw new CommandError(
    `${where} has no line of the form KEY=value. The keys are in docs/app-secret.example.env.`,
  );
}

/** What may be after a value: blanks and a comment, or a whole such line. */
const REST = /[ \t]*(#.*)?(\n|$)/y;
const STATEMENT =
  /[ \t]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)('[^']*'|"[^"]*"|`[^`]*`|[^\s'"`#](?:[^\n#]*[^\s#])?|)/y;

/**
 * Each key of dotenv text with its value. The package dotenv would skip what it can't read, end a value at any `#`, and look
 * for a closing quote in the lines of other keys: here, all of that is refused.
 */
function* statements(text: string, where: string): Generator<{ name: string; value: string }> {
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    if (take(REST)) continue;
    const line = `${where}, line ${text.slice(0, at).split("\n").length}`;
    const [, name, value] = take(STATEMENT) ?? [];
    if (name === undefined || value === undefined)
      throw new CommandError(`${line}: it is not of the form KEY=value.`);
    const rest = text.charAt(at) === "#" ? null : take(REST);
    // Other programs take the quote after a backslash for a part of the value, which then ends within the comment.
    const isEscaped = /^["'`].*\\["'`]$/s.test(value) && rest?.[1]?.includes(value.charAt(0));
    if (rest === null || isEscaped) {
      // What is taken for a name may be part of a secret: only the product's own are shown.
      const key = isKey(name) ? ` (${name})` : "";
      throw new CommandError(
        `${line}${key}: it is unclear where the value ends, because of a #, a quote or an invisible character. Put all of it in quotes that it does not contain.`,
      );
    }
    yield { name, value: unquoted(value) };
  }
}

function isKey(name: string): boolean {
  return APP_SECRET_KEYS.some((key) => key.name === name);
}

/** As dotenv does: double quotes alone know `\n` and `\r`. */
function unquoted(value: string): string {
  const inner = /^["'`]/.test(value) ? value.slice(1, -1) : value;
  return value.startsWith('"') ? inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inner;
}

function fromJson(text: string, where: string): Values {
  let value: unknown;
  let duplicates: string[];
  try {
    value = JSON.parse(text);
    duplicates = duplicateKeys(text);
  } catch {
    // Errors of JSON.parse quote the text.
    throw new CommandError(`${where} looks like JSON but is not valid.`);
  }
  const wrong = Object.entries(value as object).filter(([, each]) => typeof each !== "string");
  if (wrong.length > 0)
    throw new CommandError(
      `${where} gives ${wrong.map(([name]) => name).join(", ")} a value that is not a string.`,
    );
  if (duplicates.length > 0)
    throw new CommandError(`${where} sets ${duplicates.join(", ")} more than once: keep one of each.`);
  return value as Values;
}

/** The values as dotenv text for an editor, each below its description; keys without a value are commented out. */
export function asText(values: Values): string {
  const known = APP_SECRET_KEYS.map(({ name, about, neededIn, usedBy, shape }) => {
    const value = values[name];
    const note = `# ${about}, for ${usedBy.join(" and ")}; ${neededIn === undefined ? "required" : "optional"}: ${shape.allowed}`;
    return `${note}\n${value === undefined ? `# ${name}=` : `${name}=${quoted(name, value)}`}`;
  });
  const others = Object.entries(values)
    .filter(([name]) => !isKey(name))
    .map(([name, value]) => `# Not a key that the product knows\n${name}=${quoted(name, value)}`);
  return `${[...known, ...others].join("\n\n")}\n`;
}

/** The simplest quoting that reads back as the same value. */
function quoted(name: string, value: string): string {
  const ways = [value, `'${value}'`, `\`${value}\``, `"${value}"`];
  const way = ways.find((each) => readsBack(`${name}=${each}`, name, value));
  if (way !== undefined) return way;
  throw new CommandError(
    `The value of ${name} can't be written as a line of dotenv text. Push it as JSON: npx wbot secrets push <file>`,
  );
}

function readsBack(line: string, name: string, value: string): boolean {
  try {
    return isDeepStrictEqual(readValues(Buffer.from(line), ""), { [name]: value });
  } catch {
    return false;
  }
}
