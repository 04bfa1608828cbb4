import { parse } from "dotenv";
import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import { CommandError } from "../cli/exit-codes";
import type { Values } from "../app-secret/values";

/** Reads dotenv text, or a JSON object as shown in the AWS console. `where` names the source in messages. */
export function readValues(text: string, where: string): Values {
  if (text.trimStart().startsWith("{")) return fromJson(text, where);
  const twice = duplicates(text);
  if (twice.length > 0)
    throw new CommandError(`${where} sets ${twice.join(", ")} more than once: keep one line of each.`);
  const values = parse(text);
  if (Object.keys(values).length > 0) return values;
  throw new CommandError(
    `${where} has no line of the form KEY=value. The keys are in docs/app-secret.example.env.`,
  );
}

function fromJson(text: string, where: string): Values {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Errors of JSON.parse quote the text.
    throw new CommandError(`${where} looks like JSON but is not valid.`);
  }
  const wrong = Object.entries(value as object).filter(([, each]) => typeof each !== "string");
  if (wrong.length > 0)
    throw new CommandError(
      `${where} gives ${wrong.map(([name]) => name).join(", ")} a value that is not a string.`,
    );
  return value as Values;
}

function duplicates(text: string): string[] {
  const names = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=/gm)].map(
    ([, name = ""]) => name,
  );
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** The values as dotenv text for an editor, each below its description; keys without a value are commented out. */
export function asText(values: Values): string {
  const known = APP_SECRET_KEYS.map(({ name, about, required, usedBy, shape }) => {
    const value = values[name];
    const note = `# ${about}, for ${usedBy.join(" and ")}; ${required ? "required" : "optional"}: ${shape.allowed}`;
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
  const way = ways.find((each) => {
    const read = parse(`${name}=${each}\nNEXT=1`);
    return read[name] === value && read["NEXT"] === "1" && Object.keys(read).length === 2;
  });
  if (way !== undefined) return way;
  throw new CommandError(
    `The value of ${name} can't be written as a line of dotenv text. Push it as JSON: npx wbot secrets push <file>`,
  );
}
