import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cdktfCommand, wordsOf } from "../../stacks/cdktf-command";

/** A chain of processes: the first is the program's parent, the last the shell that it all began in. */
const chain =
  (...commands: readonly (readonly string[])[]) =>
  (pid: number) => {
    const args = commands[pid];
    return args ? { parent: pid + 1, args } : undefined;
  };

const APP = ["node", "--require", "./bin/typescript.cjs", "main.ts"];
const SHELL = ["/bin/sh", "-c", APP.join(" ")];

it("finds the command above the shell that cdktf starts", () => {
  const cdktf = ["node", "/p/node_modules/.bin/cdktf", "deploy", "infra", "app", "--auto-approve"];
  expect(cdktfCommand(0, chain(SHELL, cdktf, ["bash"]))).toEqual({
    name: "deploy",
    args: ["deploy", "infra", "app", "--auto-approve"],
  });
});

it("recognizes cdktf as a standalone program, and its successor", () => {
  expect(cdktfCommand(0, chain(SHELL, ["/usr/bin/cdktf", "diff", "app"]))?.name).toBe("diff");
  expect(cdktfCommand(0, chain(SHELL, ["node", "/usr/bin/cdktn", "destroy"]))?.name).toBe("destroy");
});

it("finds it where ps doesn't quote the project's path", () => {
  const parent = mkdtempSync(join(tmpdir(), "wbot-parent-"));
  const folder = join(parent, "my  big new project", "node_modules", ".bin");
  mkdirSync(folder, { recursive: true });
  const of = (script: string) =>
    cdktfCommand(0, chain(SHELL, wordsOf(`node ${script} destroy infra app --env staging`)));
  const cdktf = join(folder, "cdktf");
  expect(of(cdktf)).toBeUndefined();
  writeFileSync(cdktf, "");
  const args = ["destroy", "infra", "app", "--env", "staging"];
  expect(of(cdktf)).toMatchObject({ name: "destroy", args });
  expect(of("node_modules/.bin/cdktf")).toMatchObject({ name: "destroy", args });
  expect(wordsOf("/bin/sh -c cd /home/me/cdktf && node main.ts")).toEqual(
    "/bin/sh -c cd /home/me/cdktf && node main.ts".split(" "),
  );
});

it("recognizes a command by its aliases, and after an option", () => {
  const named = (...args: string[]) => cdktfCommand(0, chain(SHELL, ["node", "/p/cdktf", ...args]));
  expect(named("apply", "infra")).toMatchObject({ name: "deploy" });
  expect(named("plan", "app")).toMatchObject({ name: "diff" });
  expect(named("--output", "out", "destroy", "app")).toMatchObject({ name: "destroy" });
  expect(named("init")).toMatchObject({ name: "init" });
});

it("ignores text that only mentions cdktf", () => {
  const shell = ["sh", "-c", "cd /home/me/cdktf && node main.ts"];
  expect(cdktfCommand(0, chain(shell, ["bash"]))).toBeUndefined();
  expect(
    cdktfCommand(0, chain(["node", "jest", "--testPathPattern", "/home/me/cdktf", "deploy"])),
  ).toBeUndefined();
});

it("returns nothing if the system doesn't reveal its processes", () => {
  expect(cdktfCommand(1, () => undefined)).toBeUndefined();
});

it("queries the real system without failing", () => {
  expect(cdktfCommand()?.name).toBeUndefined();
});

it("looks no further than cdktf can be: a shell above it may have run another command", () => {
  const cdktf = ["node", "/p/node_modules/.bin/cdktf", "destroy"];
  expect(cdktfCommand(0, chain(SHELL, ["bash", "build.sh"], cdktf))).toBeUndefined();
});
