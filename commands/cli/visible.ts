/** Control characters, and others that take no room: they hide text, or show it in another order. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What GitHub's runner obeys wherever a step prints it: `##[` in any place, and `::name …::` at the start of a line. */
const OBEYED_ANYWHERE = /(?<=##)\[/g;
const OBEYED_AT_START = /^([^\S\n]*):(?=:[a-z][a-z-]*(?: .*)?::)/gim;

/**
 * Escapes what could fool a terminal or a reader, or command GitHub's runner: control characters, invisible ones,
 * bidirectional overrides, and the start of a command within a line.
 */
export function visible(value: string): string {
  return value.replace(HIDDEN, escaped).replace(OBEYED_ANYWHERE, escaped);
}

/** The same of text that may have several lines, and tabs in them; also the start of a command at that of a line. */
export function visibleLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(HIDDEN, (each) => (each === "\n" || each === "\t" ? each : escaped(each)))
    .replace(OBEYED_ANYWHERE, escaped)
    .replace(OBEYED_AT_START, (_, space = "") => `${String(space)}${escaped(":")}`);
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
