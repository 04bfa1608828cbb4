import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../../commands/cli/exit-codes";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { terraform } from "../../../commands/terraform/program";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { TERRAFORM_VERSION } from "../../../environments/terraform-version";
import { prints, script, type Script } from "./script";
import { stackFolder } from "../../stack-folder";

let program: Script;
let folder: StackFolder;
beforeEach(() => {
  program = script();
  folder = stackFolder("app", program.folder);
});
afterEach(() => {
  program.remove();
});

it("runs in the stack's folder without prompts, and returns its output and exit code", async () => {
  program.answer({
    plan: 'pwd; echo "$@"; echo "$TF_IN_AUTOMATION $TF_INPUT $NO_COLOR"; read it || echo nothing; echo wrong >&2; exit 3',
  });
  expect(await terraform(folder, ["plan", "-a", "b c"])).toEqual({
    code: 3,
    stdout: `${realpathSync(program.folder)}\nplan -a b c\n1 0 1\nnothing`,
    stderr: "wrong",
  });
});

it.each([
  ["TF_WORKSPACE", "staging"],
  ["TF_CLI_ARGS_plan", "-destroy"],
])("is not run with %s=%s from its user's shell", async (name, value) => {
  program.answer({ plan: "exit 0" });
  process.env[name] = value;
  try {
    await expect(terraform(folder, ["plan"])).rejects.toThrow(`${name} is set: `);
  } finally {
    process.env[name] = "";
    // An empty one would change nothing.
    expect(await terraform(folder, ["plan"])).toMatchObject({ code: 0 });
    Reflect.deleteProperty(process.env, name);
  }
});

it("is not run in a folder in which another workspace is selected", async () => {
  mkdirSync(join(folder.path, ".terraform"));
  writeFileSync(join(folder.path, ".terraform", "environment"), "staging");
  await expect(terraform(folder, ["plan"])).rejects.toThrow('The workspace "staging" is selected');
});

it("passes on each line as it comes", async () => {
  program.answer({ apply: 'echo one; until [ -e "$here/heard" ]; do sleep 0.01; done; echo two' });
  const heard: string[] = [];
  const { stdout } = await terraform(folder, ["apply"], (line) => {
    heard.push(line);
    // The file that the script waits for.
    if (line === "one") program.make("heard");
  });
  expect(heard).toEqual(["one", "two"]);
  expect(stdout).toBe("one\ntwo");
});

it("leaves out colours, which not every command does by itself", async () => {
  program.answer({ state: "printf '\\033[31mFailed\\033[0m' >&2; exit 1" });
  expect(await terraform(folder, ["state", "push"])).toMatchObject({ stderr: "Failed" });
});

it("leaves JSON as it is: there, what looks like a control character is part of a value", async () => {
  const json = '{"value":"a \u009b31mb"}';
  program.answer({ show: prints(json) });
  expect(await terraform(folder, ["show", "-json", "a.plan"])).toMatchObject({ stdout: json });
  program.answer({ show: "printf '\\033[31mFailed\\033[0m' >&2; exit 1" });
  expect(await terraform(folder, ["show", "-json", "a.plan"])).toMatchObject({ stderr: "Failed" });
});

it("counts being killed by a signal as a failure, and says by which", async () => {
  program.answer({ apply: "kill -KILL $$" });
  expect(await terraform(folder, ["apply"])).toMatchObject({ code: 1, killedBy: "SIGKILL" });
});

it("says that Terraform is missing, and what to do", async () => {
  process.env["TERRAFORM_BINARY_NAME"] = "no-such-program";
  await expect(terraform(folder, ["init"])).rejects.toThrow(
    new CommandError(
      `"no-such-program" can't be run: spawn no-such-program ENOENT. Install Terraform ${TERRAFORM_VERSION} or newer, or unset TERRAFORM_BINARY_NAME`,
    ),
  );
});

// Last, since a process remembers that it was interrupted.
it("lets it finish when interrupted, out of reach of the terminal's own Ctrl-C", async () => {
  jest.spyOn(console, "error").mockReturnValue();
  program.answer({
    apply: [
      `trap 'echo "written down" > "$here/state"; exit 0' INT`,
      "kill -s 0 -- -$$ && echo leads its group",
      "while :; do sleep 0.02; done",
    ].join("\n"),
  });
  listenForInterrupts();
  const heard: string[] = [];
  const ran = terraform(folder, ["apply"], (line) => {
    heard.push(line);
    process.emit("SIGINT");
  });
  await expect(ran).rejects.toMatchObject({ message: "Interrupted. Nothing was changed.", exitCode: 130 });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
  expect(readFileSync(join(program.folder, "state"), "utf8")).toBe("written down\n");
  expect(heard).toEqual(["leads its group"]);
});
