/** JSON as people's editors and shells write it, and values as JSON has them. */

/**
 * A text file's content: UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it. Throws a TypeError for other
 * encodings, whose letters would be lost.
 */
export function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** Keys that occur more than once in an object of a valid JSON text, of which JSON.parse keeps the last. */
export function duplicateKeys(text: string): string[] {
  const open: Set<string>[] = [];
  const duplicates = new Set<string>();
  for (const [token, literal, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    if (token === "}" || token === "]") open.pop();
    if (literal === undefined || colon === undefined) continue;
    const key = JSON.parse(literal) as string;
    const keys = open.at(-1);
    if (keys?.has(key) === true) duplicates.add(key);
    keys?.add(key);
  }
  return [...duplicates];
}

/** Whether a value is a group of values by name, neither a list nor a single value. */
export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path in a tree; undefined where there is none. */
export function valueAt(tree: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (here, key) =>
      typeof here === "object" && here !== null ? (here as Record<PropertyKey, unknown>)[key] : undefined,
    tree,
  );
}
