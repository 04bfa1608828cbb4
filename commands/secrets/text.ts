import { readFileSync } from "node:fs";
import { parse } from "dotenv";
import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import { decoded, doubledKeys } from "../../environments/json-text";
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
  const values: Record<string, string> = {};
  for (const { name, value } of statements(text.replace(/\r\n?/g, "\n"), where)) {
    if (Object.hasOwn(values, name))
      throw new CommandError(`${where} sets ${name} more than once: keep one of the lines.`);
    values[name] = value;
  }
  if (Object.keys(values).length > 0) return values;
  throw new CommandError(
    `${where} has no line of the form KEY=value. The keys are in docs/app-secret.example.env.`,
  );
}

const NOTHING = /[ \t]*(#.*)?(\n|$)/y;
const NAME = /[ \t]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)/y;
/** dotenv would keep the backslash of an escaped quote: here, a quote ends at the next one. */
const VALUE = /'[^']*'|"[^"]*"|`[^`]*`|[^\s'"`#](?:[^\n#]*[^\s#])?|/y;

/**
 * Each key of dotenv text with its value. dotenv itself skips what it can't read, ends a value at any `#`, and looks for
 * a closing quote in the lines of other keys: here, it only gets one key's lines at a time, and the rest is refused.
 */
function* statements(text: string, where: string): Generator<{ name: string; value: string }> {
  let at = 0;
  /** Where the line after the last value begins; -1 if that key had none, undefined before the first key. */
  let valueEnd: number | undefined;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    if (take(NOTHING)) continue;
    const start = at;
    const [, name] = take(NAME) ?? [];
    // What is taken for a name may be part of a secret: apart from the product's own, only the line is named.
    const key = APP_SECRET_KEYS.some((each) => each.name === name) ? ` (${String(name)})` : "";
    const refuse = (why: string) =>
      new CommandError(`${where}, line ${text.slice(0, start).split("\n").length}${key}: ${why}.`);
    if (name === undefined) throw refuse("it is not of the form KEY=value");
    const [value = ""] = take(VALUE) ?? [];
    if (valueEnd !== undefined && isContinuation(name, value, start === valueEnd))
      throw refuse("it looks like a continuation of the previous line: put the whole value on one line");
    const next = text.charAt(at);
    if (value === "" && /['"`]/.test(next)) throw refuse("the quote before the value is never closed");
    if (next === "#") throw refuse("the value would end at its #: put single quotes around it");
    if (!take(NOTHING))
      throw refuse(
        /^['"`]/.test(value)
          ? "there is something after the closing quote"
          : "the value begins or ends with an invisible character, such as a no-break space: type the line again",
      );
    const read = Object.entries(parse(text.slice(start, at)));
    const [only] = read;
    if (read.length !== 1 || only?.[0] !== name) throw refuse("the value is ambiguous");
    valueEnd = value === "" ? -1 : at;
    yield { name, value: only[1] };
  }
}

/**
 * Whether a line is what a line break left of a value in base64, which may end with "=". Only directly below a value may a
 * name in small letters be one.
 */
function isContinuation(name: string, value: string, isBelowValue: boolean): boolean {
  if (APP_SECRET_KEYS.some((key) => key.name === name)) return false;
  if (value !== "") return /^=+$/.test(value);
  return !(isBelowValue ? /^[A-Z][A-Z0-9_]*$/ : /^([A-Z][A-Z0-9_]*|[a-z][a-z0-9_]*)$/).test(name);
}

function fromJson(text: string, where: string): Values {
  let value: unknown;
  let doubled: string[];
  try {
    value = JSON.parse(text);
    doubled = doubledKeys(text);
  } catch {
    // Errors of JSON.parse quote the text.
    throw new CommandError(`${where} looks like JSON but is not valid.`);
  }
  const wrong = Object.entries(value as object).filter(([, each]) => typeof each !== "string");
  if (wrong.length > 0)
    throw new CommandError(
      `${where} gives ${wrong.map(([name]) => name).join(", ")} a value that is not a string.`,
    );
  if (doubled.length > 0)
    throw new CommandError(`${where} sets ${doubled.join(", ")} more than once: keep one of each.`);
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
    .filter(([name]) => !APP_SECRET_KEYS.some((key) => key.name === name))
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

/** Also directly below another value, where the most is taken for the rest of it. */
function readsBack(line: string, name: string, value: string): boolean {
  try {
    const [, read, ...more] = statements(`A=b\n${line}`, "");
    return more.length === 0 && read?.name === name && read.value === value;
  } catch {
    return false;
  }
}
