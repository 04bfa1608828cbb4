import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { typed } from "../../commands/cli/options";
import * as wbot from "../../commands/wbot";
import { addMaintenance } from "../../tools/maintenance";

const PROJECT = join(__dirname, "..", "..");
/** As in bin/wbot.js. */
const program = () => wbot.program([addMaintenance]);
const main = (args: readonly string[]) => wbot.main(args, [addMaintenance]);
const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** Commands that don't depend on an environment. */
/** "recover" is of two, each with an option of its own. */
const OF_NO_ENVIRONMENT = ["env diff", "ci rules", "completion", "recover"];
const OF_MAINTENANCE = [
  ...["verify", "policy", "pods", "leaks", "workflows", "settings", "lock"],
  ...["benchmark", "unchanged", "successor"],
];
/** What the completion script runs. */
const BY_HAND = leaves(program()).filter((command) => command.name() !== "complete");

afterEach(() => {
  process.exitCode = 0;
});

describe.each(BY_HAND.map((command) => [typed(command), command] as const))("%s", (line, command) => {
  const help = () => {
    let text = "";
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    return text;
  };

  it("has --env or refuses it, and shows usage and examples in its help", async () => {
    const args = line.split(" ").slice(2);
    const none = [...OF_NO_ENVIRONMENT, ...OF_MAINTENANCE].includes(args.join(" "));
    expect(command.options.some(({ long }) => long === "--env")).toBe(!none);
    if (none) expect(await silently(() => main([...args, "--env", "prod"]))).toBe(2);
    expect(help()).toMatch(/^Usage: npx wbot [a-z-]+ /);
    expect(help()).toMatch(/\nExamples:\n {2}\S/);
  });
});

it("has an npm script for each command, and no other script that runs this project's code", () => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
  const names = program().commands.map((command) => command.name());
  const others = ["synth", "format", "lint", "types", "test", "audit", "sbom"];
  expect(Object.keys(scripts).sort()).toEqual([...names, ...others].sort());
  for (const name of names) expect(scripts[name]).toBe(`wbot ${name}`);
  // These read their own command lines.
  for (const name of others)
    expect(scripts[name]).toMatch(
      /^(cdktf synth|prettier|eslint|tsc|jest|audit-ci|npx --yes --omit=optional @cyclonedx\/cyclonedx-npm@\d)\b/,
    );
});

it.each(OF_MAINTENANCE.filter((name) => !["lock", "unchanged"].includes(name)))(
  "refuses arguments of %s",
  async (name) => {
    expect(await silently(() => main([name, "prod"]))).toBe(2);
  },
);

it("exits with 2 and a suggestion on a wrong command line, and with 0 on --help", async () => {
  const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    expect(await main(["deploy", "--imgae-tag", "ai=1"])).toBe(2);
    expect(said.mock.calls.join("")).toContain("(Did you mean --image-tag?)");
  } finally {
    said.mockRestore();
  }
  expect(await silently(() => main(["deploy", "frontend"]))).toBe(2);
  expect(await silently(() => main(["destroy", "--env", "pord"]))).toBe(2);
  expect(await silently(() => main(["destroy", "--help"]))).toBe(0);
});

it.each([
  ["deploy --check-drain api/stream", "/api/"],
  ["deploy --check-drain /stream", "/api/"],
  ["deploy --check-drain /api/ü", "/api/"],
  ["deploy --check-drain https://chat.example.com/api/stream", "/api/"],
  ["check-image ai wbot-ai:1 --stream api/stream", "/"],
])("refuses %s, which is no path below %s as it is sent, before it does anything", async (line, prefix) => {
  const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    expect(await main(line.split(" "))).toBe(2);
    expect(said.mock.calls.join("")).toContain(
      `It must be a path below "${prefix}", percent-encoded: "/api/stream?q=a%20b".`,
    );
  } finally {
    said.mockRestore();
  }
});

const takesValues = BY_HAND.flatMap((command) =>
  command.options
    .filter(({ required }) => required)
    .map((option) => [typed(command), option.long ?? "", option, command] as const),
);
it.each(takesValues)(
  "%s refuses %s without a value, or given twice, before it does anything",
  async (line, long, { argChoices, flags, variadic }, command) => {
    const needed = [
      ...command.registeredArguments.filter(({ required }) => required),
      ...command.options.filter((option) => option.mandatory && option.long !== long),
    ].flatMap((each) => [...("long" in each ? [each.long ?? ""] : []), each.argChoices?.[0] ?? "x"]);
    const good = argChoices?.[0] ?? (flags.endsWith("<path>") ? "/api/stream" : "1");
    const wrong = [[long, ""], [long, "--json"], ...(variadic ? [] : [[long, good, long, good]])];
    for (const options of wrong) {
      const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
      try {
        expect(await main([...line.split(" ").slice(2), ...needed, ...options])).toBe(2);
        expect(said.mock.calls.join("")).toContain(`error: option '${flags}' `);
      } finally {
        said.mockRestore();
      }
    }
  },
);

it("runs as npx wbot from any folder of the project, without the registry, and fails with one message and no stack trace", () => {
  const { status, stdout, stderr } = spawnSync("npx", ["wbot", "rehearse", "--require", "deploy"], {
    cwd: join(PROJECT, "docs"),
    encoding: "utf8",
    env: { ...process.env, AWS_ENDPOINT_URL: "", npm_config_offline: "true", npm_config_loglevel: "silent" },
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: expect.stringMatching(/^deploy .+ emulator.+\n$/),
  });
}, 60_000);

async function silently<T>(work: () => Promise<T>): Promise<T> {
  const streams = [process.stderr, process.stdout].map((stream) =>
    jest.spyOn(stream, "write").mockReturnValue(true),
  );
  try {
    return await work();
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
}
