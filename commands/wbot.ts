import { Command, CommanderError } from "commander";
import { addBootstrap } from "./bootstrap/command";
import { addCapacity } from "./capacity/command";
import { addCheckImage } from "./check-image/command";
import { addCi } from "./ci/command";
import { EXIT } from "./cli/exit-codes";
import { listenForInterrupts } from "./cli/interrupt";
import { useNetwork } from "./cli/network";
import { type AddCommand, refuseUnclearOptions, typed } from "./cli/options";
import { refuseOptionsTakenByNpm } from "./cli/taken-by-npm";
import { addCompletion } from "./completion/command";
import { addCost } from "./cost/command";
import { addDeploy } from "./deploy/command";
import { addDestroy } from "./destroy/command";
import { addDiff } from "./diff/command";
import { addEnv } from "./env/command";
import { addInventory } from "./inventory/command";
import { addPreflight } from "./preflight/command";
import { addRecover } from "./recover/command";
import { addRehearse } from "./rehearse/command";
import { run } from "./cli/run";
import { addSecrets } from "./secrets/command";
import { addState } from "./state/command";

/** What `npx wbot <command>` runs: one program, so help, completion and exit codes are the same everywhere. */

/** The program with all its commands and further ones; a command's code is only loaded when it runs. */
export function program(further: readonly AddCommand[] = []): Command {
  const all = new Command("wbot")
    .description("Deploys and maintains wbot on AWS, alongside cdktf")
    .helpCommand(false)
    .configureHelp({ commandUsage: (command) => `${typed(command)} ${command.usage()}` })
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of [...COMMANDS, ...further]) add(all);
  refuseUnclearOptions(all);
  return all;
}

const COMMANDS: readonly AddCommand[] = [
  addPreflight,
  addSecrets,
  addDiff,
  addDeploy,
  addDestroy,
  addBootstrap,
  addState,
  addEnv,
  addCapacity,
  addCost,
  addInventory,
  addCheckImage,
  addCi,
  addRecover,
  addRehearse,
  addCompletion,
];

/** Runs a command line, given without node and the program's name. */
export async function main(args: readonly string[], further?: readonly AddCommand[]): Promise<number> {
  const all = program(further);
  refuseOptionsTakenByNpm(all);
  await useNetwork();
  try {
    await all.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has already printed the error, or its help.
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return Number(process.exitCode ?? EXIT.done);
}

/** Called with the commands of tools/, which this layer must not import. */
export function start(further: readonly AddCommand[]): void {
  // Which Node the SDK will require next year matters to this project's maintainers, not to users of every command.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  listenForInterrupts();
  void run(() => main(process.argv.slice(2), further));
}
