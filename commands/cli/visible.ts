/** Control characters, and others that take no room: they hide text, or show it in another order. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What GitHub's runner obeys wherever a step prints it: `::name …::` at the start of a line, and `##[` in any place. */
const WORKFLOW_COMMAND = /^([^\S\n]*):(?=:[\w-]+(?: .*)?::)|(?<=##)\[/gm;

/** Escapes what could fool a terminal or a reader: control characters, invisible ones, and bidirectional overrides. */
export function visible(value: string): string {
  return value.replace(HIDDEN, escaped);
}

/** The same of text that may have several lines, and tabs in them; without commands to GitHub's runner. */
export function visibleLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(HIDDEN, (each) => (each === "\n" || each === "\t" ? each : escaped(each)))
    .replace(WORKFLOW_COMMAND, (whole, space = "") => `${String(space)}${escaped(whole.slice(-1))}`);
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
