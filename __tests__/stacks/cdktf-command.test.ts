import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cdktfCommand, refuseUnreadOptions, wordsOf } from "../../stacks/cdktf-command";

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

/** As cdktf would run the program for this line. */
const run = (line: string, env: NodeJS.ProcessEnv = {}) => {
  const args = ["node", "/p/node_modules/.bin/cdktf", ...line.split(" ").slice(1)];
  const command = cdktfCommand(0, (pid) => (pid === 0 ? { parent: 1, args } : undefined));
  return () => {
    refuseUnreadOptions(command, [], env);
  };
};

const CHOOSE = "Nothing was synthesized. Set WBOT_ENV to choose the environment:\n\n";

it.each([
  ["cdktf destroy infra app --env staging", "destroy", "--env", "destroy infra app"],
  ["cdktf destroy infra app --env=staging", "destroy", "--env", "destroy infra app"],
  ["cdktf --env staging destroy infra app", "destroy", "--env", "destroy infra app"],
  [
    "cdktf deploy infra app --auto-approve --environment staging",
    "deploy",
    "--environment",
    "deploy infra app --auto-approve",
  ],
  ["cdktf apply -e staging infra app", "deploy", "-e", "apply infra app"],
  ["cdktf plan -e=staging infra app", "diff", "-e", "plan infra app"],
  ["cdktf destroy infra app --evn staging", "destroy", "--evn", "destroy infra app"],
])("refuses the environment of `%s`, and says how to choose it", (line, name, option, kept) => {
  expect(run(line)).toThrow(
    `cdktf ${name} ignores ${option}. ${CHOOSE}` +
      `  WBOT_ENV=staging npx cdktf ${kept}\n\nOr, with wbot's checks:\n\n  npx wbot ${name} --env staging\n`,
  );
});

it("offers the wbot command for the same stacks, and none that would destroy another one", () => {
  expect(run("cdktf deploy app --env prod")).toThrow("\n\n  npx wbot deploy --env prod app\n");
  expect(run("cdktf diff infra --env prod")).toThrow("\n\n  npx wbot diff --env prod infra\n");
  // A pattern, or a typo.
  expect(run("cdktf deploy a* --env prod")).not.toThrow("npx wbot");
  expect(run("cdktf destroy app infra --env prod")).toThrow("\n\n  npx wbot destroy --env prod\n");
  expect(run("cdktf destroy app --env prod")).toThrow(
    new Error(`cdktf destroy ignores --env. ${CHOOSE}  WBOT_ENV=prod npx cdktf destroy app\n`),
  );
});

it("names no wbot command if there is none, and no value if none was given", () => {
  expect(run("cdktf synth --env")).toThrow(
    new Error(`cdktf synth ignores --env. ${CHOOSE}  WBOT_ENV=<name> npx cdktf synth\n`),
  );
  expect(run("cdktf synth --env=")).toThrow("WBOT_ENV=<name> npx cdktf synth");
  expect(run("cdktf synth", { npm_config_env: "prod" })).toThrow(
    `npm consumed --env. ${CHOOSE}  WBOT_ENV=prod npx cdktf synth`,
  );
  const line = (args: string) => run(`cdktf synth${args}`, { npm_config_env: "true" });
  expect(line("")).toThrow("WBOT_ENV=<name> npx cdktf synth\n");
  expect(line(" prod")).toThrow("WBOT_ENV=prod npx cdktf synth\n");
});

it.each(["--image-tag ai=v2", "--image-tag=ai=v2", "--reviewed plans"])(
  "refuses %s, without which another image or plan would be deployed",
  (options) => {
    expect(run(`cdktf deploy app ${options}`)).toThrow(
      /^cdktf deploy ignores --[a-z-]+, an option of npx wbot deploy\. Nothing was synthesized\.$/,
    );
  },
);

it.each([
  "cdktf deploy infra app --auto-approve --parallelism -1 --var=e=b --no-color -o out",
  "cdktf synth",
  "cdktf synth --no-hcl --checkCodeMakerOutput --output out",
])("lets `%s` through", (line) => {
  expect(run(line)).not.toThrow();
});

it("accepts no arguments without cdktf either", () => {
  expect(() => {
    refuseUnreadOptions(undefined, ["--env", "prod"], {});
  }).toThrow("main.ts ignores --env. Nothing was synthesized.");
  expect(() => {
    refuseUnreadOptions(undefined, ["prod"], {});
  }).toThrow('main.ts takes no arguments ("prod"). Nothing was synthesized.');
});
