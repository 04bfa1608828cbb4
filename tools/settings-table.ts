import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingRows, settingsSchema, type SettingRow } from "../environments/json-schema";
import { EXIT } from "../commands/cli/exit-codes";
import { localSchema } from "./settings-schema";
import { costTable } from "./cost-table";
import { PROJECT } from "../project";

/** `npm run settings`: generates tables in documents and the editors' schema from code; a test checks that they are current. */

/** A file that is generated from code, in whole or in part. */
interface Written {
  readonly file: string;
  /** The file as it should be. */
  readonly content: () => string;
}

export const WRITTEN: readonly Written[] = [
  withTable("docs/settings.md", "settings", settingsTables),
  withTable("README.md", "cost", costTable),
  { file: "environments/settings.schema.json", content: localSchema },
];

/** A document with a table between `<!-- <name>: … -->` and `<!-- /<name> -->`. */
function withTable(file: string, name: string, table: () => string): Written {
  const marks = new RegExp(`(<!-- ${name}: .*? -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`);
  const content = () => {
    const text = readFileSync(join(PROJECT, file), "utf8");
    if (!marks.test(text)) throw new Error(`${file} lacks "<!-- ${name}: … -->" or "<!-- /${name} -->"`);
    return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${table()}\n${end}`);
  };
  return { file, content };
}

/** A section for each group, under its description; settings outside any group come first. */
function settingsTables(): string {
  const schema = settingsSchema();
  const all = settingRows(schema);
  return [...new Set(all.map(groupOf))]
    .sort((one, other) => Number(one !== "") - Number(other !== ""))
    .flatMap((group) => {
      const about = schema.properties?.[group]?.description;
      return [
        `## ${group === "" ? "General" : group}`,
        ...(about === undefined ? [] : [`${about}.`]),
        settingsTable(all.filter((row) => groupOf(row) === group)),
      ];
    })
    .join("\n\n");
}

function groupOf({ path }: SettingRow): string {
  return path.includes(".") ? path.slice(0, path.indexOf(".")) : "";
}

function settingsTable(settings: readonly SettingRow[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const lines = settings.map(({ path, about, fallback }) => {
    const shown = /^(required|–)/.test(fallback) ? fallback : `\`${fallback}\``;
    return `| \`${path}\` | ${cell(about)} | ${cell(shown)} |`;
  });
  return ["| Setting | What it does | Default |", "| --- | --- | --- |", ...lines].join("\n");
}

export function writeTables(): number {
  for (const { file, content } of WRITTEN) writeFileSync(join(PROJECT, file), content());
  return EXIT.done;
}
