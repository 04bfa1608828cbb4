import { EXIT } from "../commands/cli/exit-codes";
import { runGo, type GoProgram } from "./programs";

/** `npm run leaks`: runs gitleaks on every commit, and on what is staged for the next one. There are no exceptions. */

const GITLEAKS: GoProgram = { module: "github.com/zricethezav/gitleaks/v8", version: "v8.30.1" };
const SCANS: readonly (readonly string[])[] = [[], ["--staged"]];

/** Commits that gitleaks looked at, as it says; none where git could not be asked, which it passes. */
export function commitsIn(output: string): number {
  return Number(/(\d+) commits scanned/.exec(output)?.[1] ?? 0);
}

export function leaks(): number {
  const outputs = SCANS.map((further) => {
    const { status, stdout, stderr } = runGo("leaks", GITLEAKS, [
      ...["git", ".", "--no-banner", "--no-color", "--redact", "--verbose"],
      ...further,
    ]);
    if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
    return { status, stderr };
  });
  const commits = commitsIn(outputs[0]?.stderr ?? "");
  if (commits === 0) console.error("leaks: gitleaks looked at no commit: this needs a clone, with git");
  const passed = commits > 0 && outputs.every(({ status }) => status === 0);
  if (passed) console.log(`leaks: gitleaks found nothing in ${commits} commits, nor in what is staged`);
  return passed ? EXIT.done : EXIT.failed;
}
