import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "../environments/schema";
import { rows } from "../environments/walk";
import { run } from "./run";

/** `npm run settings`: writes docs/settings.md from the schema; a test holds the two together. */

export const SETTINGS_PAGE = join(__dirname, "..", "docs", "settings.md");

export function settingsPage(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const table = rows(settings).map(({ path, about, fallback }) => {
    const shown = fallback === "required" || fallback === "–" ? fallback : `\`${fallback}\``;
    return `| \`${path}\` | ${cell(about)} | ${cell(shown)} |`;
  });
  return [
    "# Settings",
    "",
    "Each environment is a file in `environments/`; what it leaves out has the default below. Values of your own that",
    "belong into no repository go into `environments/<name>.local.json`, which git ignores: groups are merged, everything",
    "else is replaced. A wrong value ends `cdktf synth` with its key path, what was given and what is allowed.",
    "",
    "This page is written by `npm run settings` from `environments/schema.ts`.",
    "",
    "| Setting | What it does | Default |",
    "| --- | --- | --- |",
    ...table,
    "",
  ].join("\n");
}

if (require.main === module) {
  run(() => {
    writeFileSync(SETTINGS_PAGE, settingsPage());
    return 0;
  });
}
