import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { edit } from "../../../commands/secrets/edit";
import { readValues } from "../../../commands/secrets/text";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";
import { GOOD } from "./good";
import { Session } from "../../../commands/session/session";

// A terminal with somebody at it, who answers what a test says.
jest.mock("../../../commands/cli/terminal", () => ({
  ...jest.requireActual("../../../commands/cli/terminal"),
  interactive: () => mockTerminal,
  confirm: (question: string) => {
    mockAsked.push(question);
    return Promise.resolve(mockAnswers.shift() ?? false);
  },
}));

// Its lines would be written to the terminal of the tests.
jest.mock("../../../commands/cli/progress", () => ({ step: (_: unknown, work: () => unknown) => work() }));

const secrets = mockClient(SecretsManagerClient);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev", { overrides: { account: "111122223333" } });

let mockTerminal: boolean;
let mockAsked: string[];
let mockAnswers: boolean[];
let folder: string;
let printed: string[];
const { VISUAL, EDITOR } = process.env;
beforeEach(() => {
  mockTerminal = true;
  mockAsked = [];
  mockAnswers = [];
  printed = [];
  delete process.env["VISUAL"];
  folder = mkdtempSync(join(tmpdir(), "wbot-edit-"));
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  jest.spyOn(console, "error").mockImplementation((line: string) => {
    // Printed for every editor but Vim: see the test of that.
    if (!line.includes("may keep a copy")) printed.push(line);
  });
  secrets.reset();
  secrets.on(GetSecretValueCommand).resolves({ VersionId: "one", SecretString: JSON.stringify(GOOD) });
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
});
afterEach(() => {
  for (const [name, value] of Object.entries({ VISUAL, EDITOR }))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  // Whatever came of it, the file with the values is gone, and none of them was shown.
  for (const path of edited()) expect(existsSync(dirname(path))).toBe(false);
  for (const value of [...Object.values(GOOD), NEW]) expect(printed.join("\n")).not.toContain(value);
  jest.restoreAllMocks();
});

const NEW = "a-value-that-is-new";
const ONE_CHANGED = `wbot/dev/app:\n  ~ OPENAI_API_KEY changed\n  ${Object.keys(GOOD).length - 1} unchanged`;
const replace = (key: string, value: string) => `sed -i.bak 's/^${key}=.*/${key}=${value}/' "$1"`;

/** A program that stands for an editor: it notes the file, its last argument, keeps what was in it, and does its work. */
function editor(work: string): string {
  const program = join(folder, "editor");
  const head = `while [ $# -gt 1 ]; do flags="$flags$1"; shift; done\necho "$1" >> "${folder}/edited"\ncp "$1" "${folder}/before"\nls -l "$1" > "${folder}/mode"`;
  writeFileSync(program, `#!/bin/sh\n${head}\n${work}\n`);
  chmodSync(program, 0o755);
  process.env["EDITOR"] = program;
  return program;
}
/** The files that it was given. */
function edited(): string[] {
  const note = join(folder, "edited");
  return existsSync(note) ? readFileSync(note, "utf8").trim().split("\n") : [];
}
const written = () => secrets.commandCalls(PutSecretValueCommand)[0]?.args[0].input.SecretString;
const edits = (force = false) => edit(new Session(dev), force);

it("opens the keys in the editor, in a private file, and writes the result", async () => {
  editor(replace("OPENAI_API_KEY", NEW));
  mockAnswers = [true];
  expect(await edits()).toBe(0);
  expect(readValues(readFileSync(join(folder, "before")), "it")).toEqual(GOOD);
  expect(readFileSync(join(folder, "mode"), "utf8")).toMatch(/^-rw------- /);
  expect(JSON.parse(written() ?? "")).toEqual({ ...GOOD, OPENAI_API_KEY: NEW });
  expect(printed[0]).toBe(ONE_CHANGED);
  expect(mockAsked).toEqual(["Write this version?"]);
  expect(edited()).toHaveLength(1);
  // Where there is a file system in memory.
  if (existsSync("/dev/shm")) expect(edited()[0]).toMatch(/^\/dev\/shm\//);
});

it("creates a missing secret from an empty form", async () => {
  for (const look of [DescribeSecretCommand, GetSecretValueCommand])
    secrets.on(look).rejects(sdkError("ResourceNotFoundException"));
  const lines = Object.entries(GOOD).map(([name, value]) => `${name}=${value}`);
  editor(`cat > "$1" <<'END'\n${lines.join("\n")}\nEND`);
  mockAnswers = [true];
  expect(await edits()).toBe(0);
  expect(readFileSync(join(folder, "before"), "utf8")).toContain("\n# OPENAI_API_KEY=\n");
  expect(secrets.commandCalls(CreateSecretCommand)[0]?.args[0].input.SecretString).toBe(JSON.stringify(GOOD));
});

it("prefers VISUAL over EDITOR, and accepts arguments", async () => {
  process.env["VISUAL"] = `${editor('[ "$flags" = --wait ]')} --wait`;
  process.env["EDITOR"] = "no-such-editor";
  expect(await edits()).toBe(0);
  expect(edited()).toHaveLength(1);
});

it("neither asks nor writes if nothing was changed", async () => {
  editor("true");
  expect(await edits()).toBe(0);
  expect(printed).toEqual([expect.stringMatching(/^Nothing to write: /)]);
  expect(mockAsked).toEqual([]);
});

it("reopens the editor to fix what is not valid, with the text as it was", async () => {
  editor(
    `if [ -e "${folder}/again" ]; then ${replace("OPENAI_API_KEY", NEW)}; else ${replace("OPENAI_API_KEY", "short")}; fi; touch "${folder}/again"`,
  );
  mockAnswers = [true, true];
  expect(await edits()).toBe(0);
  expect(printed[0]).toMatch(
    /^Nothing was written to wbot\/dev\/app:\n {2}- OPENAI_API_KEY must be one word .+$/,
  );
  expect(mockAsked).toEqual(["Edit it again?", "Write this version?"]);
  expect(readFileSync(join(folder, "before"), "utf8")).toContain("\nOPENAI_API_KEY=short\n");
  expect(new Set(edited()).size).toBe(1);
});

it("refuses an unknown key that is new", async () => {
  editor('echo OPENAI_APIKEY=something >> "$1"');
  await expect(edits()).rejects.toThrow("The edited text is deleted.");
  expect(printed).toEqual([
    expect.stringMatching(/:\n {2}- OPENAI_APIKEY .* \(did you mean "OPENAI_API_KEY"\?\); remove it, .*$/),
  ]);
});

it("keeps an unknown key that is there: a newer version of the product may need it", async () => {
  const NEWER = { ...GOOD, KEY_OF_A_NEWER_VERSION: "something" };
  secrets.on(GetSecretValueCommand).resolves({ VersionId: "one", SecretString: JSON.stringify(NEWER) });
  editor(replace("OPENAI_API_KEY", NEW));
  mockAnswers = [true];
  expect(await edits()).toBe(0);
  expect(JSON.parse(written() ?? "")).toEqual({ ...NEWER, OPENAI_API_KEY: NEW });
});

it("leaves out a required key only with --force", async () => {
  editor(replace("GOOGLE_API_KEY", ""));
  mockAnswers = [false];
  await expect(edits()).rejects.toThrow("The edited text is deleted.");
  expect(printed[0]).toContain("GOOGLE_API_KEY has no value");
  mockAnswers = [true];
  expect(await edits(true)).toBe(0);
  expect(JSON.parse(written() ?? "")).toEqual({ ...GOOD, GOOGLE_API_KEY: "" });
});

describe("writes nothing", () => {
  afterEach(() => {
    expect(secrets.commandCalls(PutSecretValueCommand)).toHaveLength(0);
    expect(secrets.commandCalls(CreateSecretCommand)).toHaveLength(0);
  });

  it("without a terminal", async () => {
    mockTerminal = false;
    editor(replace("OPENAI_API_KEY", NEW));
    await expect(edits()).rejects.toMatchObject({
      message: "There is no terminal for an editor. Use: npx wbot secrets push <file>",
      exitCode: 2,
    });
    expect(secrets.calls()).toHaveLength(0);
    expect(edited()).toEqual([]);
  });

  it("if the editor fails, whatever the file contains", async () => {
    editor(`${replace("OPENAI_API_KEY", NEW)}; exit 3`);
    await expect(edits()).rejects.toThrow(
      new Error(`The editor "${process.env["EDITOR"] ?? ""}" exited with 3: nothing was written.`),
    );
    expect(edited()).toHaveLength(1);
  });

  it("if there is no such editor", async () => {
    process.env["EDITOR"] = "no-such-editor";
    await expect(edits()).rejects.toThrow(
      new Error(
        'The editor "no-such-editor" can\'t be run (spawn no-such-editor ENOENT). Choose another: export EDITOR=nano',
      ),
    );
  });

  it("if the user gives up", async () => {
    editor('echo > "$1"');
    mockAnswers = [false];
    await expect(edits()).rejects.toThrow(new Error("The edited text is deleted."));
    expect(printed).toEqual([expect.stringMatching(/^The edited text has no line /)]);
  });

  it("if the user declines", async () => {
    editor(replace("OPENAI_API_KEY", NEW));
    mockAnswers = [false];
    await expect(edits()).rejects.toThrow("The edited text is deleted.");
    expect(printed.at(-1)).toBe("Nothing was written: not confirmed.");
    expect(mockAsked).toEqual(["Write this version?", "Edit it again?"]);
  });

  it.each([
    [
      "of another account",
      () => sts.on(GetCallerIdentityCommand).resolves({ Account: "444455556666" }),
      "belong to account 444455556666",
    ],
    [
      "that AWS does not let us read",
      () => secrets.on(GetSecretValueCommand).rejects(sdkError("AccessDeniedException", "not authorized")),
      "not authorized",
    ],
  ])("into a secret %s, and opens no editor", async (_, arrange, why) => {
    editor(replace("OPENAI_API_KEY", NEW));
    arrange();
    await expect(edits()).rejects.toThrow(why);
    expect(edited()).toEqual([]);
  });
});

it("keeps what was typed where credentials expired meanwhile, and writes it once they are new", async () => {
  editor(`[ -e "${folder}/again" ] || ${replace("OPENAI_API_KEY", NEW)}; touch "${folder}/again"`);
  secrets
    .on(GetSecretValueCommand)
    .resolvesOnce({ VersionId: "one", SecretString: JSON.stringify(GOOD) })
    .rejectsOnce(sdkError("ExpiredTokenException", "expired"))
    .resolves({ VersionId: "one", SecretString: JSON.stringify(GOOD) });
  mockAnswers = [true, true];
  expect(await edits()).toBe(0);
  expect(printed[0]).toMatch(/^The AWS credentials have expired/);
  expect(mockAsked).toEqual(["Edit it again?", "Write this version?"]);
  expect(JSON.parse(written() ?? "")).toEqual({ ...GOOD, OPENAI_API_KEY: NEW });
});

it("writes what was typed on top of what somebody else wrote meanwhile", async () => {
  const THEIRS = { ...GOOD, ANTHROPIC_API_KEY: "another-value" };
  editor(replace("OPENAI_API_KEY", NEW));
  secrets
    .on(GetSecretValueCommand)
    .resolvesOnce({ VersionId: "one", SecretString: JSON.stringify(GOOD) })
    .resolves({ VersionId: "two", SecretString: JSON.stringify(THEIRS) });
  mockAnswers = [true];
  expect(await edits()).toBe(0);
  expect(printed[0]).toBe(ONE_CHANGED);
  expect(JSON.parse(written() ?? "")).toEqual({ ...THEIRS, OPENAI_API_KEY: NEW });
});

it("reports AWS's error without the values", async () => {
  editor(replace("OPENAI_API_KEY", NEW));
  mockAnswers = [true];
  secrets.on(PutSecretValueCommand).rejects(sdkError("ValidationException", `Value '${NEW}' is not valid`));
  await expect(edits()).rejects.toThrow("is deleted.");
  expect(printed.at(-1)).toBe("Nothing was written: ValidationException: Value '***' is not valid.");
});
