import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "../environments/schema";
import { rows } from "../environments/walk";
import { run } from "./run";

/** `npm run settings`: writes the settings table into the README from the schema; a test holds the two together. */

const README = join(__dirname, "..", "README.md");
const BEGIN = "<!-- settings: written by `npm run settings` from environments/schema.ts -->";
const END = "<!-- /settings -->";

/** The README with its table as the schema has it. */
export function withSettingsTable(readme: string): string {
  const [before, rest = ""] = readme.split(BEGIN);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined) throw new Error(`README.md lacks "${BEGIN}" or "${END}"`);
  return `${before}${BEGIN}\n\n${settingsTable()}\n\n${END}${after}`;
}

function settingsTable(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const lines = rows(settings).map(({ path, about, fallback }) => {
    const shown = fallback === "required" || fallback === "–" ? fallback : `\`${fallback}\``;
    return `| \`${path}\` | ${cell(about)} | ${cell(shown)} |`;
  });
  return ["| Setting | What it does | Default |", "| --- | --- | --- |", ...lines].join("\n");
}

if (require.main === module) {
  run(() => {
    writeFileSync(README, withSettingsTable(readFileSync(README, "utf8")));
    return 0;
  });
}
