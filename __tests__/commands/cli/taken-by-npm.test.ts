import { spawnSync } from "node:child_process";
import type { Command } from "commander";
import { OF_NPM_TOO, refuseOptionsTakenByNpm } from "../../../commands/cli/taken-by-npm";
import { program } from "../../../commands/wbot";

const refusal = (env: NodeJS.ProcessEnv) => () => {
  refuseOptionsTakenByNpm(program(), env);
};

const options = (command: Command): string[] => [
  ...command.options.map(({ long }) => long ?? ""),
  ...command.commands.flatMap(options),
];

it.each([
  [{ npm_config_env: "prod" }, "--env", "--env <name>"],
  // `--env prod`: npm knows no such option, so it takes no value for it either.
  [{ npm_config_env: "true" }, "--env", "--env <name>"],
  [{ npm_config_exit_code: "true" }, "--exit-code", "--exit-code"],
  [{ npm_config_verify: "" }, "--no-verify", "--no-verify"],
])("refuses what npm took: %j", (env, option, flags) => {
  expect(refusal(env)).toThrow(
    `npm consumed ${option} itself, and nothing was run. Put options after "--": npm run <command> -- ${flags}`,
  );
});

it("refuses every option of every command, except those that may be meant for npm", () => {
  for (const option of options(program())) {
    const off = option.startsWith("--no-");
    const name = option.replace(/^--(no-)?/, "").replaceAll("-", "_");
    const env = { [`npm_config_${name}`]: off ? "" : "x" };
    if (OF_NPM_TOO.includes(option)) expect(refusal(env)).not.toThrow();
    else expect(refusal(env)).toThrow(`npm consumed ${option} itself`);
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

it("refuses nothing that npm sets for itself", () => {
  expect(refusal({ npm_config_loglevel: "error", npm_config_env: "" })).not.toThrow();
});
