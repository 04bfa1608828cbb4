/** Alloy's configuration as data, and its rendering in Alloy's own language. */

export type Value =
  string | number | boolean | Reference | readonly Value[] | { readonly [key: string]: Value };

/** An expression, such as another component's export. */
export class Reference {
  constructor(readonly expression: string) {}
}

/** A component, or a block within one. */
export interface Block {
  readonly name: string;
  /** Distinguishes components of the same name. @default - none, for a block without one */
  readonly label?: string;
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly blocks?: readonly Block[];
}

const INDENT = "  ";
const WIDTH = 110;

/**
 * Renders a configuration as text.
 *
 * @see https://grafana.com/docs/alloy/latest/get-started/configuration-syntax/syntax/
 */
export function alloyText(blocks: readonly Block[]): string {
  return blocks.map((block) => `${blockLines(block).join("\n")}\n`).join("\n");
}

function blockLines({ name, label, attributes = {}, blocks = [] }: Block): string[] {
  const inner = [...Object.entries(attributes).flatMap(attributeLines), ...blocks.flatMap(blockLines)];
  const head = label === undefined ? name : `${name} ${JSON.stringify(label)}`;
  return inner.length === 0 ? [`${head} {}`] : [`${head} {`, ...inner.map((line) => `${INDENT}${line}`), "}"];
}

/** Puts each item of a long list on its own line. */
function attributeLines([key, value]: [string, Value]): string[] {
  const text = `${key} = ${valueText(value)}`;
  if (!Array.isArray(value) || text.length <= WIDTH) return [text];
  const items = (value as readonly Value[]).map((item) => `${INDENT}${valueText(item)},`);
  return [`${key} = [`, ...items, "]"];
}

/** Alloy's strings are escaped like JSON's. */
function valueText(value: Value): string {
  if (value instanceof Reference) return value.expression;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(valueText).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)} = ${valueText(member)}`,
  );
  return `{ ${members.join(", ")} }`;
}
