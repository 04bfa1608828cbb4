import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { refuseOptionsTakenByNpm } from "../../commands/cli/options";
import { main, program } from "../../commands/wbot";

const PROJECT = join(__dirname, "..", "..");
const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** The same for all environments. */
const OF_NO_ENVIRONMENT = ["charts"];

afterEach(() => {
  process.exitCode = 0;
});

describe.each(leaves(program()).map((command) => [command.name(), command] as const))(
  "%s",
  (name, command) => {
    const help = () => {
      let text = "";
      command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      return text;
    };

    it("has --env, and help with what npm users type and with examples", () => {
      expect(command.options.some(({ long }) => long === "--env")).toBe(!OF_NO_ENVIRONMENT.includes(name));
      expect(help()).toMatch(/^Usage: npm run [a-z]+ -- /);
      expect(help()).toMatch(/\nExamples:\n {2}\S/);
    });
  },
);

it("has an npm script for each command", () => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
  for (const command of program().commands)
    expect(scripts[command.name()]).toBe(`node --import tsx commands/wbot.ts ${command.name()}`);
});

it("ends with 2 and a suggestion on a wrong command line, and with 0 on --help", async () => {
  const stderr = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  const stdout = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    expect(await main(["deploy", "--imgae-tag", "ai=1"])).toBe(2);
    expect(stderr.mock.calls.join("")).toContain("(Did you mean --image-tag?)");
    expect(await main(["deploy", "frontend"])).toBe(2);
    expect(await main(["destroy", "--env", "pord"])).toBe(2);
    expect(await main(["destroy", "--help"])).toBe(0);
  } finally {
    stderr.mockRestore();
    stdout.mockRestore();
  }
});

it("refuses options that npm took, which would run the command on another environment", () => {
  expect(() => {
    refuseOptionsTakenByNpm({ npm_config_env: "prod", npm_lifecycle_event: "destroy" });
  }).toThrow(
    "npm took --env for itself, so that nothing was run. Put two dashes before it: npm run destroy -- --env prod",
  );
  expect(() => {
    refuseOptionsTakenByNpm({ npm_config_exit_code: "true", npm_lifecycle_event: "diff" });
  }).toThrow(/ npm run diff -- --exit-code$/);
  expect(() => {
    refuseOptionsTakenByNpm({ npm_config_loglevel: "error", npm_config_env: "" });
  }).not.toThrow();
});

it("ends with one message and no stack trace, and without colours where there is no terminal", () => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "commands/wbot.ts", "rehearse", "--env", "dev"],
    { cwd: PROJECT, encoding: "utf8" },
  );
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: "",
    stderr:
      'The environment "dev" is a real one: only an environment with the setting emulator can be rehearsed, such as "rehearsal".\n',
  });
}, 60_000);
