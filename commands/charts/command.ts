import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../cli/exit-codes";
import { examples, jsonOption } from "../cli/options";
import type { AddCommand } from "../cli/command";

interface Options {
  readonly json?: boolean;
  readonly pin?: boolean;
}

const PLATFORM = join(__dirname, "..", "..", "constructs", "platform");

/** `npx wbot charts` */
export const addCharts: AddCommand = (program) => {
  program
    .command("charts")
    .description(
      "Ask the charts' publishers for newer versions, and whether the pinned ones are what they were",
    )
    .option("--pin", "write the digests of charts that have none into constructs/platform/")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["npx wbot charts", "a table of what is newer"],
        ["npx wbot charts --pin", "after a new version was written, without a digest"],
      ]) +
        "\n\nExit codes: 0 asked (newer versions, and publishers out of reach, are told), 1 a chart is not what it was\nwhen it was pinned, or one could not be pinned, 2 wrong command line.",
    )
    .action(async ({ json, pin }: Options) => {
      const { CHARTS } = await import("../../stacks/controllers");
      const { pinned, report, table } = await import("./charts");
      const reports = await Promise.all(CHARTS.map((chart) => report(chart, fetch)));
      console.log(json === true ? JSON.stringify(reports, null, 2) : table(reports).join("\n"));
      const changed = reports.filter(({ held }) => held === "changed");
      const untold = pin === true ? reports.filter(({ held }) => held === "not told") : [];
      for (const each of pin === true ? reports : []) {
        const file = join(PLATFORM, `${each.name}.ts`);
        writeFileSync(file, pinned(readFileSync(file, "utf8"), each));
      }
      for (const { name, version } of changed)
        console.error(
          `${name} ${version} is not what it was: a published version must not change. Ask its publisher why; if it is meant, delete its digest in constructs/platform/${name}.ts and run npx wbot charts --pin`,
        );
      for (const { name, version } of untold)
        console.error(`${name} ${version} is not pinned: its publisher did not tell its digest`);
      process.exitCode = changed.length + untold.length > 0 ? EXIT.failed : EXIT.done;
    });
};
