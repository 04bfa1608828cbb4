import { parentCommand } from "../../stacks/parent-command";

/** A chain of processes: the first is the program's parent, the last the shell that it all began in. */
const chain =
  (...commands: readonly (readonly string[])[]) =>
  (pid: number) => {
    const args = commands[pid];
    return args ? { parent: pid + 1, args } : undefined;
  };

const APP = ["node", "--require", "./bin/typescript.cjs", "main.ts"];
const SHELL = ["/bin/sh", "-c", APP.join(" ")];

it("finds the command and its stacks above the shell that cdktf starts", () => {
  const cdktf = ["node", "/p/node_modules/.bin/cdktf", "deploy", "infra", "app", "--auto-approve"];
  expect(parentCommand(0, chain(APP, SHELL, cdktf, ["bash"]))).toEqual({
    name: "deploy",
    stacks: ["infra", "app"],
    args: ["deploy", "infra", "app", "--auto-approve"],
  });
});

it("knows cdktf when it is a program by itself, and its successor", () => {
  expect(parentCommand(0, chain(APP, SHELL, ["/usr/bin/cdktf", "diff", "app"]))?.name).toBe("diff");
  expect(parentCommand(0, chain(APP, SHELL, ["node", "/usr/bin/cdktn", "destroy"]))?.name).toBe("destroy");
});

it("knows a command by cdktf's other names for it, and behind an option", () => {
  const named = (...args: string[]) => parentCommand(0, chain(APP, SHELL, ["node", "/p/cdktf", ...args]));
  expect(named("apply", "infra")).toMatchObject({ name: "deploy", stacks: ["infra"] });
  expect(named("plan", "app")).toMatchObject({ name: "diff", stacks: ["app"] });
  expect(named("--output", "out", "destroy", "app")).toMatchObject({ name: "destroy", stacks: ["app"] });
  expect(named("init")).toMatchObject({ name: "init" });
});

it("takes a text that only mentions cdktf for nothing", () => {
  const shell = ["sh", "-c", "cd /home/me/cdktf && node main.ts"];
  expect(parentCommand(0, chain(APP, shell, ["bash"]))).toBeUndefined();
  expect(
    parentCommand(0, chain(["node", "jest", "--testPathPattern", "/home/me/cdktf", "deploy"])),
  ).toBeUndefined();
});

it("is content with nothing, as where no system tells of its processes", () => {
  expect(parentCommand(1, () => undefined)).toBeUndefined();
});

it("asks the real system without failing", () => {
  expect(parentCommand()?.name).toBeUndefined();
});
