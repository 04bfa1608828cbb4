import { spawnSync } from "node:child_process";
import type { Command } from "commander";
import { OF_NPM_TOO, refuseOptionsTakenByNpm } from "../../../commands/cli/taken-by-npm";
import { program } from "../../../commands/wbot";

const refusal = (args: readonly string[], env: NodeJS.ProcessEnv) => () => {
  refuseOptionsTakenByNpm(program(), args, env);
};

const options = (command: Command): string[] => [
  ...command.options.map(({ long }) => long ?? ""),
  ...command.commands.flatMap(options),
];

it.each([
  [["destroy"], { npm_config_env: "prod" }, "--env", "npx wbot destroy --env prod"],
  // `--env prod`: npm knows no such option, so it takes no value for it either.
  [["destroy", "prod"], { npm_config_env: "true" }, "--env", "npx wbot destroy --env <value>"],
  [["destroy"], { npm_config_confirm: "dev" }, "--confirm", "npx wbot destroy --confirm dev"],
  [["diff"], { npm_config_exit_code: "true" }, "--exit-code", "npx wbot diff --exit-code"],
  [["deploy"], { npm_config_verify: "" }, "--no-verify", "npx wbot deploy --no-verify"],
  [["inventory"], { npm_config_json: "true", npm_command: "run" }, "--json", "npx wbot inventory --json"],
  [[], { npm_config_env: "prod" }, "--env", "npx wbot <command> --env prod"],
])("refuses what npm took from %j: %j", (args, env, option, line) => {
  expect(refusal(args, env)).toThrow(
    `npm consumed ${option} itself, and nothing was run. Put options after the command: ${line}`,
  );
});

it("refuses every option of every command, except those that may be meant for npm", () => {
  for (const option of options(program())) {
    const off = option.startsWith("--no-");
    const name = option.replace(/^--(no-)?/, "").replaceAll("-", "_");
    const env = { [`npm_config_${name}`]: off ? "" : "x", npm_command: "exec" };
    if (OF_NPM_TOO.includes(option)) expect(refusal(["deploy"], env)).not.toThrow();
    else expect(refusal(["deploy"], env)).toThrow(`npm consumed ${option} itself`);
  }
});

it("knows which options npm has as well", () => {
  const { stdout } = spawnSync("npm", ["config", "ls", "--long", "--json"], { encoding: "utf8" });
  const ofNpm = Object.keys(JSON.parse(stdout));
  const both = options(program()).filter((option) => ofNpm.includes(option.replace("--", "")));
  expect(new Set(both)).toEqual(new Set(OF_NPM_TOO));
});

it("has no short options, which npm may drop without a trace, but for one that npm reports", () => {
  const shorts = (command: Command): string[] => [
    ...command.options.flatMap(({ short, long }) => (short === undefined ? [] : [`${short} ${long}`])),
    ...command.commands.flatMap(shorts),
  ];
  expect([...new Set(shorts(program()))]).toEqual(["-y --yes"]);
});

it("treats an option as lost only if the command has it and did not get it", () => {
  const ofRun = { npm_config_yes: "true", npm_command: "run-script" };
  expect(refusal(["deploy"], ofRun)).toThrow("npm consumed --yes");
  expect(refusal(["deploy", "--yes"], ofRun)).not.toThrow();
  expect(refusal(["preflight"], ofRun)).not.toThrow();
  expect(refusal(["deploy"], { ...ofRun, npm_command: "exec" })).not.toThrow();
  expect(refusal(["deploy"], { npm_config_loglevel: "error", npm_config_env: "" })).not.toThrow();
});
