import { existsSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Environment } from "../../environments";
import { localState } from "../../environments/local-state";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { progress } from "../cli/progress";
import { STACKS } from "../stack-names";
import { indented, terraform } from "../terraform/program";
import { writeStacks, type StackFolder } from "../terraform/stack-folder";

/** Terraform's state, as far as it is compared. It holds secrets: it stays in memory. */
interface State {
  readonly lineage: string;
  readonly serial: number;
  readonly resources?: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances?: readonly object[];
  }[];
}

/** Pushes each local state into the bucket, holds what arrived against what was there, and sets the file aside. */
export async function moveState(environment: Environment): Promise<ExitCode> {
  const { name, state } = environment;
  if (state.kind === "local")
    throw new CommandError(
      `The environment "${name}" keeps its state in local files. Make a bucket, and put the lines into the environment that this prints: ${commandLine("state", environment, "init")}`,
    );
  ifInterrupted(
    `Local states are set aside only once they are in the bucket. Run it again: ${commandLine("state", environment, "move")}`,
  );
  const folders = writeStacks(environment);
  const local = STACKS.filter((stack) => existsSync(localState(name, stack)));
  if (local.length === 0) {
    console.log(`There is no local state of ${name} beside cdktf.json: nothing to move.`);
    return EXIT.done;
  }
  await progress(
    undefined,
    local.map((stack) => ({
      title: `Moving the state of ${stack} to ${state.bucket}`,
      work: () => moveOne(folders[stack], localState(name, stack)),
    })),
  );
  console.log("The local files hold secrets. Delete them when you are sure: rm terraform.*.tfstate.moved");
  return EXIT.done;
}

async function moveOne(folder: StackFolder, file: string): Promise<string> {
  const { stack } = folder;
  if (existsSync(join(dirname(file), `.${basename(file)}.lock.info`)))
    throw new CommandError(
      `Terraform is running on the local state of ${stack}, or was killed: nothing was moved.`,
    );
  const here = JSON.parse(readFileSync(file, "utf8")) as State;
  // Not -migrate-state, which copies whatever state the folder last pointed at, another environment's among them.
  await expectSuccess(folder, ["init", "-reconfigure", "-input=false", "-no-color"]);
  const before = await pulled(folder);
  if (before === undefined) await expectSuccess(folder, ["state", "push", file]);
  else if (before.lineage !== here.lineage || before.serial < here.serial)
    throw new CommandError(
      `The bucket already has ${before.lineage === here.lineage ? "an older" : "another"} state of ${stack}, and nothing was overwritten. Look at both: terraform -chdir=${folder.path} state list, and ${file}`,
    );
  const after = await pulled(folder);
  const [wanted, arrived] = [resources(here), after === undefined ? [] : resources(after)];
  const lost = wanted.filter((each) => !arrived.includes(each));
  if (after?.lineage !== here.lineage || (before === undefined && lost.length > 0))
    throw new CommandError(
      `What arrived in the bucket is not what was sent (${lost.length} resources of ${stack} are missing): ${file} is left as it is.`,
    );
  renameSync(file, `${file}.moved`);
  return `Moved the state of ${stack}: ${wanted.length} resources kept`;
}

function resources({ resources: all = [] }: State): string[] {
  return all.flatMap(({ mode, type, name, instances = [] }) =>
    instances.map((instance) => {
      const { index_key: index = "" } = instance as { index_key?: string | number };
      return `${mode}.${type}.${name}[${index}]`;
    }),
  );
}

/** Undefined where there is none yet. */
async function pulled(folder: StackFolder): Promise<State | undefined> {
  const text = await expectSuccess(folder, ["state", "pull"]);
  if (text.trim() === "") return undefined;
  const state = JSON.parse(text) as State;
  // What was never written is told as a state that descends from none.
  return state.lineage === "" ? undefined : state;
}

async function expectSuccess(folder: StackFolder, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await terraform(folder, args);
  if (code === 0) return stdout;
  throw new CommandError(
    `terraform ${args.slice(0, 2).join(" ")} failed for ${folder.stack}, and its local state is left as it is:\n\n${indented(stderr)}`,
  );
}
