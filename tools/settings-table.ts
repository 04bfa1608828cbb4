import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "../environments/schema";
import { rows } from "../environments/walk";
import { EXIT } from "../commands/cli/exit-codes";
import { streamTable } from "./stream-table";

/** `npm run settings`: writes the tables that follow from code into the documents; a test holds them together. */

const PROJECT = join(__dirname, "..");

/** A document, and the table that stands in it between `<!-- <name>: … -->` and `<!-- /<name> -->`. */
interface Written {
  readonly file: string;
  readonly name: string;
  readonly table: () => string;
}

export const WRITTEN: readonly Written[] = [
  { file: "README.md", name: "settings", table: settingsTable },
  { file: "docs/traffic.md", name: "stream times", table: streamTable },
];

/** The document as it should be. */
export function withTable({ file, name, table }: Written): string {
  const text = readFileSync(join(PROJECT, file), "utf8");
  const marks = new RegExp(`(<!-- ${name}: .*? -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`);
  if (!marks.test(text)) throw new Error(`${file} lacks "<!-- ${name}: … -->" or "<!-- /${name} -->"`);
  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${table()}\n${end}`);
}

function settingsTable(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const lines = rows(settings).map(({ path, about, fallback }) => {
    const shown = fallback === "required" || fallback === "–" ? fallback : `\`${fallback}\``;
    return `| \`${path}\` | ${cell(about)} | ${cell(shown)} |`;
  });
  return ["| Setting | What it does | Default |", "| --- | --- | --- |", ...lines].join("\n");
}

export function writeTables(): number {
  for (const written of WRITTEN) writeFileSync(join(PROJECT, written.file), withTable(written));
  return EXIT.done;
}
