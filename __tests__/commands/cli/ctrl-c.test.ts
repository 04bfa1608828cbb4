import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FINISHING } from "../../../commands/cli/interrupt";
import { describeWith, file, npm, PYTHON } from "../../programs";
import { programFolder } from "../../typescript";

const PROJECT = join(__dirname, "../../..");
const COMMANDS = join(PROJECT, "commands");

/** Runs a command in a pseudo-terminal, sends Ctrl-C once when it prints "applying", and prints what it printed. */
const PRESS_ONCE = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 250, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
said, pressed = b"", False
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    said += chunk
    if not pressed and b"applying" in said:
        os.write(terminal, b"\\x03")
        pressed = True
os.waitpid(pid, 0)
sys.stdout.buffer.write(said)
`;

/** Runs a command in a pseudo-terminal, closes that once it prints "applying", and waits for its end. */
const CLOSE = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
said = b""
while b"applying" not in said:
    said += os.read(terminal, 4096)
os.close(terminal)
os.waitpid(pid, 0)
`;

/** Runs a command in a pseudo-terminal, sends Ctrl-D once it asks, and prints what it printed. */
const END_OF_INPUT = PRESS_ONCE.replace("applying", "really?").replace("x03", "x04");

/** A stand-in for Terraform: logs each interruption, and after the first prints a line and logs its end. */
const TERRAFORM = `#!${PYTHON.path}
import os, signal, time
def note(what):
    with open("interruptions", "a") as file:
        file.write(what + "\\n")
signal.signal(signal.SIGINT, lambda *_: note("SIGINT"))
print("applying", flush=True)
while not os.path.exists("interruptions"):
    time.sleep(0.01)
end = time.monotonic() + 0.05
while time.monotonic() < end:
    time.sleep(0.01)
print("stopping", flush=True)
note("ended")
`;
const ENDED = "SIGINT\nended\n";

/** What a command does while it applies. */
const PROGRAM = `
const { listenForInterrupts } = require(${JSON.stringify(join(COMMANDS, "cli/interrupt"))});
const { run } = require(${JSON.stringify(join(COMMANDS, "cli", "run"))});
const { terraform } = require(${JSON.stringify(join(COMMANDS, "terraform/program"))});
listenForInterrupts();
run(async () => {
  await terraform({ stack: "app", path: process.cwd() }, ["apply"], (line) => console.log(line));
  return 0;
});
`;

/** The same with progress; its argument says which step is interrupted. */
const LIVE = `
const { ifInterrupted, listenForInterrupts } = require(${JSON.stringify(join(COMMANDS, "cli/interrupt"))});
const { progress } = require(${JSON.stringify(join(COMMANDS, "cli/progress"))});
const { run } = require(${JSON.stringify(join(COMMANDS, "cli", "run"))});
const { terraform } = require(${JSON.stringify(join(COMMANDS, "terraform/program"))});
listenForInterrupts();
ifInterrupted("To finish: npx wbot deploy");
const steps = {
  terraform: (say) => terraform({ stack: "app", path: process.cwd() }, ["apply"], say),
  waiting: async (say) => {
    say("applying");
    await new Promise((done) => setTimeout(done, 60_000));
  },
};
run(async () => {
  await progress([{ title: "Deploying", work: (say) => steps[process.argv[2]](say).then(() => "Deployed") }]);
  return 0;
});
`;

/** What a command does while it asks. */
const QUESTION = `
const { ask } = require(${JSON.stringify(join(COMMANDS, "cli/terminal"))});
ask("really? ").then((answer) => console.log("answered " + JSON.stringify(answer)));
`;

const PROGRAMS = programFolder("ctrl-c");
for (const [name, text] of Object.entries({ program: PROGRAM, live: LIVE, question: QUESTION }))
  writeFileSync(join(PROGRAMS, `${name}.ts`), text);
const node = (name: string) => [
  "--require",
  join(PROJECT, "bin", "typescript.cjs"),
  join(PROGRAMS, `${name}.ts`),
];

/** A new folder in which a program runs, with what npm and the program need; and what Terraform's stand-in noted there. */
function place(): {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly interruptions: () => string;
} {
  const cwd = mkdtempSync(join(tmpdir(), "wbot-ctrl-c-"));
  const terraform = join(cwd, "terraform");
  writeFileSync(terraform, TERRAFORM);
  chmodSync(terraform, 0o755);
  const scripts = { deploy: ["node", ...node("program")].map((each) => `"${each}"`).join(" ") };
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ scripts }));
  return {
    cwd,
    env: { ...process.env, CI: undefined, npm_command: undefined, TERRAFORM_BINARY_NAME: terraform },
    interruptions: () => readFileSync(join(cwd, "interruptions"), "utf8"),
  };
}

// npm runs its script in a shell: dash waits for node, bash execs it. Both signals meet both shells, and both majors of npm.
describe.each([
  [10, "dash", "bash"],
  [11, "bash", "dash"],
])("npm %i", (major, ofTerminal, ofSigterm) => {
  const program = npm(major);
  const run = [program.script ?? "", "run", "deploy"];
  const inShell = (shell: string) => {
    const { env, ...others } = place();
    const own = { npm_config_script_shell: `/bin/${shell}`, npm_config_update_notifier: "false" };
    return { ...others, env: { ...env, ...own } };
  };

  describeWith([PYTHON, file(`/bin/${ofTerminal}`), program], `with ${ofTerminal}`, () => {
    it.concurrent(
      "interrupts Terraform once at one Ctrl-C in a terminal",
      async () => {
        const { interruptions, ...options } = inShell(ofTerminal);
        const { stdout } = await promisify(execFile)(
          PYTHON.path,
          ["-c", PRESS_ONCE, process.execPath, ...run],
          options,
        );
        expect(stdout).toContain("Interrupted: letting the current operation finish");
        expect(stdout).not.toContain("Interrupted again");
        expect(stdout).toContain("Interrupted. Nothing was changed.");
        expect(interruptions()).toBe(ENDED);
      },
      60_000,
    );
  });

  describeWith([PYTHON, file(`/bin/${ofSigterm}`), program], `with ${ofSigterm}`, () => {
    it.concurrent(
      "interrupts Terraform once by SIGTERM to npm, which passes on nothing",
      async () => {
        const { interruptions, ...options } = inShell(ofSigterm);
        const npm = spawn(process.execPath, run, options);
        let said = "";
        npm.stdout.on("data", (chunk: Buffer) => {
          if (!said.includes("applying") && chunk.toString().includes("applying")) npm.kill("SIGTERM");
          said += chunk.toString();
        });
        // Not its exit: what goes on without npm still has its pipe.
        await once(npm.stdout, "close");
        expect(interruptions()).toBe(ENDED);
      },
      60_000,
    );
  });
});

describeWith([PYTHON], "Ctrl-C during a step that shows its progress", () => {
  async function interrupted(step: string): Promise<{ said: string; interruptions: () => string }> {
    const { interruptions, ...options } = place();
    const args = ["-c", PRESS_ONCE, process.execPath, ...node("live"), step];
    const { stdout } = await promisify(execFile)(PYTHON.path, args, options);
    return { said: stdout, interruptions };
  }

  it.concurrent(
    "shows at once that Terraform is finishing, and what else it prints below",
    async () => {
      const { said, interruptions } = await interrupted("terraform");
      expect(said.split("stopping")[0]).toContain(FINISHING);
      expect(said).toMatch(/Press Ctrl-C again.*\r\n *stopping\r\n/);
      expect(said).toContain("Interrupted. To finish: npx wbot deploy\r\n");
      expect(interruptions()).toBe(ENDED);
    },
    60_000,
  );

  it.concurrent(
    "says what to run next, and gives the cursor back, where the program ends at once",
    async () => {
      const { said } = await interrupted("waiting");
      const [, shown] = said.split("\r\nInterrupted. To finish: npx wbot deploy\r\n");
      expect(shown).toContain("\u001b[?25h");
    },
    60_000,
  );
});

describeWith([PYTHON], "a program that nobody watches any more", () => {
  it.concurrent(
    "lets Terraform end by itself when the terminal is closed",
    async () => {
      const { interruptions, ...options } = place();
      const args = ["-c", CLOSE, process.execPath, ...node("program")];
      await promisify(execFile)(PYTHON.path, args, options);
      expect(interruptions()).toBe(ENDED);
    },
    60_000,
  );

  it.concurrent(
    "lets Terraform end by itself when both pipes have lost their reader",
    async () => {
      const { interruptions, ...options } = place();
      const program = spawn(process.execPath, node("program"), options);
      await once(program.stdout, "data");
      program.stdout.destroy();
      program.stderr.destroy();
      program.kill("SIGINT");
      expect(await once(program, "exit")).toEqual([130, null]);
      expect(interruptions()).toBe(ENDED);
    },
    60_000,
  );

  it.concurrent(
    "takes Ctrl-D for an empty answer",
    async () => {
      const { cwd, env } = place();
      const args = ["-c", END_OF_INPUT, process.execPath, ...node("question")];
      const { stdout } = await promisify(execFile)(PYTHON.path, args, { cwd, env });
      expect(stdout).toMatch(/really\? .*\r\nanswered ""\r\n$/);
    },
    60_000,
  );
});
