import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { edit } from "../../commands/secrets/edit";
import { Session } from "../../commands/session/session";
import { loadEnvironment } from "../../environments";
import { GOOD } from "../commands/secrets/good";
import { describeWith } from "../programs";

/**
 * A line that is replaced in vi goes into a register, and from there into ~/.viminfo, an undo history or a backup: the old
 * key, and often the new one, stay on the disk.
 */

jest.mock("../../commands/cli/terminal", () => ({
  ...jest.requireActual("../../commands/cli/terminal"),
  interactive: () => true,
  confirm: () => Promise.resolve(false),
}));

let folder: string;
let printed: string[];
const { VISUAL, EDITOR } = process.env;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-editor-"));
  printed = [];
  delete process.env["VISUAL"];
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  jest.spyOn(console, "error").mockImplementation((line: string) => printed.push(line));
  mockClient(SecretsManagerClient)
    .on(GetSecretValueCommand)
    .resolves({ VersionId: "one", SecretString: JSON.stringify(GOOD) });
  mockClient(STSClient).on(GetCallerIdentityCommand).resolves({ Account: "111122223333" });
});
afterEach(() => {
  for (const [name, value] of Object.entries({ VISUAL, EDITOR }))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  jest.restoreAllMocks();
});

function edited() {
  return edit(new Session(loadEnvironment("dev", { overrides: { account: "111122223333" } })));
}

/** What a program of this name is called with. */
async function calledWith(name: string, version: string): Promise<string> {
  const program = join(folder, name);
  const note = join(folder, "called");
  writeFileSync(
    program,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "${version}"; else printf '%s\\n' "$*" > "${note}"; fi\n`,
  );
  chmodSync(program, 0o755);
  process.env["EDITOR"] = program;
  await edited().catch(() => undefined);
  return existsSync(note) ? readFileSync(note, "utf8") : "";
}

it.each([
  ["vim", "VIM - Vi IMproved 9.1", "-f -n"],
  // Otherwise it would return at once, and the edits be lost.
  ["gvim", "VIM - Vi IMproved 9.1", "-f -n"],
  ["nvim", "NVIM v0.11", "-n"],
  ["vi", "VIM - Vi IMproved 9.1", "-f -n"],
])(
  "%s is told to write nothing but the file, and to stay in the foreground",
  async (name, version, options) => {
    const [called, file] = (await calledWith(name, version)).split("= ");
    expect(called).toBe(`${options} -i NONE -c set noundofile nobackup nowritebackup viminfo`);
    expect(file).toMatch(/^\S+app-secret\.env\n$/);
    expect(printed).toEqual([]);
  },
);

it.each(["vi", "nano", "code"])(
  "%s, whose options are others, may keep a copy, and that is said",
  async (name) => {
    expect(await calledWith(name, "another editor")).toMatch(/^\S+app-secret\.env\n$/);
    expect(printed[0]).toBe(
      `${name} may keep a copy of what you edit (histories, backups): see its settings, or use vim (export EDITOR=vim), which is configured not to.`,
    );
  },
);

const VIM = {
  what: "Vim on the PATH",
  isThere: () => String(spawnSync("vim", ["--version"]).stdout).includes("+persistent_undo"),
};
describeWith([VIM], "a vimrc that asks for copies", () => {
  it("leaves none", async () => {
    const rc = `set nocompatible undofile undodir=${folder} backup writebackup backupskip= backupdir=${folder}
set viminfo='100 viminfofile=${folder}/viminfo\n`;
    writeFileSync(join(folder, "rc"), rc);
    const program = join(folder, "vim");
    const vim = spawnSync("which", ["vim"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1" = --version ] && exec ${vim} --version\nexec ${vim} --not-a-term -u ${folder}/rc "$@" -c %d -c wq </dev/null >/dev/null 2>&1\n`,
    );
    chmodSync(program, 0o755);
    process.env["EDITOR"] = program;
    await expect(edited()).rejects.toThrow(/^The edited text is deleted\.$/);
    expect(printed).toEqual([expect.stringMatching(/^The edited text has no line /)]);
    expect(readdirSync(folder).sort()).toEqual(["rc", "vim"]);
  });
});
