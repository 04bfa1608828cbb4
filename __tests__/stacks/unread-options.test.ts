import { cdktfCommand } from "../../stacks/cdktf-command";
import { refuseUnreadOptions } from "../../stacks/unread-options";

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
    new Error(`cdktf ${name} ignores ${option}. ${CHOOSE}  WBOT_ENV=staging npx cdktf ${kept}\n`),
  );
});

it("names the environment that npm consumed, and none if none was given", () => {
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
