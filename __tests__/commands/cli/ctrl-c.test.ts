import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeWith, file, npm, PYTHON } from "../../programs";

const PROJECT = join(__dirname, "../../..");
const COMMANDS = join(PROJECT, "commands");

/** Runs a command in a pseudo-terminal, sends Ctrl-C once when it prints "applying", and prints what it printed. */
const PRESS_ONCE = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
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

/** A stand-in for Terraform: logs each interruption, and exits shortly after the first. */
const TERRAFORM = `#!${PYTHON.path}
import os, signal, time
def note(*_):
    with open("interruptions", "a") as file:
        file.write("SIGINT\\n")
signal.signal(signal.SIGINT, note)
print("applying", flush=True)
while not os.path.exists("interruptions"):
    time.sleep(0.01)
end = time.monotonic() + 0.2
while time.monotonic() < end:
    time.sleep(0.01)
`;

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

/** One for all tests: what was compiled of the program is kept. */
const folder = mkdtempSync(join(tmpdir(), "wbot-ctrl-c-"));
beforeAll(() => {
  writeFileSync(join(folder, "terraform"), TERRAFORM);
  chmodSync(join(folder, "terraform"), 0o755);
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  const scripts = { deploy: `node --require ${join(PROJECT, "bin", "typescript.cjs")} program.ts` };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts }));
});
afterEach(() => {
  rmSync(join(folder, "interruptions"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

// npm runs its script in a shell: dash waits for node, bash execs it.
describe.each([
  ["dash", "/bin/dash", 10],
  ["dash", "/bin/dash", 11],
  ["bash", "/bin/bash", 10],
  ["bash", "/bin/bash", 11],
])("Ctrl-C, once, at a terminal", (name, shell, major) => {
  const program = npm(major);
  describeWith([PYTHON, file(shell), program], `with ${name} and npm ${major}`, () => {
    const env = {
      ...process.env,
      npm_config_script_shell: shell,
      npm_config_update_notifier: "false",
      TERRAFORM_BINARY_NAME: join(folder, "terraform"),
    };

    it("interrupts Terraform once, also by SIGTERM to npm, which passes on nothing", async () => {
      const npm = spawn(process.execPath, [program.script ?? "", "run", "deploy"], {
        cwd: folder,
        env,
      });
      let said = "";
      npm.stdout.on("data", (chunk: Buffer) => {
        if (!said.includes("applying") && chunk.toString().includes("applying")) npm.kill("SIGTERM");
        said += chunk.toString();
      });
      // Not its exit: what goes on without npm still has its pipe.
      await once(npm.stdout, "close");
      expect(readFileSync(join(folder, "interruptions"), "utf8")).toBe("SIGINT\n");
    }, 60_000);

    it("interrupts Terraform once", async () => {
      const { stdout } = await promisify(execFile)(
        PYTHON.path,
        ["-c", PRESS_ONCE, process.execPath, program.script ?? "", "run", "deploy"],
        {
          cwd: folder,
          env,
        },
      );
      expect(stdout).toContain("Interrupted: letting the current operation finish");
      expect(stdout).not.toContain("Interrupted again");
      expect(stdout).toContain("Interrupted. Nothing was changed.");
      expect(readFileSync(join(folder, "interruptions"), "utf8")).toBe("SIGINT\n");
    }, 60_000);
  });
});
