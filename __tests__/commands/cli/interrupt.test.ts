import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenForInterrupts, onInterruption, untilItEnds } from "../../../commands/cli/interrupt";
import { programFolder, TYPESCRIPT } from "../../typescript";

const PROJECT = join(__dirname, "..", "..", "..");

/** One for all tests: its first argument says what it does. */
const PROGRAM = `
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { cleanUpOnExit, ifInterrupted, listenForInterrupts } from "${join(PROJECT, "commands/cli/interrupt")}";
import { privateFolder } from "${join(PROJECT, "commands/cli/private-folder")}";
import { run } from "${join(PROJECT, "commands/cli/run")}";
const [, , name, folder] = process.argv;
const cases = {
  cleaning() {
    cleanUpOnExit(() => rmSync(folder, { recursive: true }));
    ifInterrupted("Half is done. Run it again: npx wbot x");
    console.log("ready", privateFolder(dirname(folder)).path);
    setInterval(() => {}, 1000);
  },
  printing() {
    run(async () => {
      for (let line = 0; line < 50_000; line += 1) console.log(line);
      return 0;
    });
  },
};
listenForInterrupts();
cases[name]();
`;

/** Has the program clean a folder up, sends it SIGTERM once it prints "ready", and returns how it ended. */
function interrupted(left: string): Promise<{ code: number | null; text: string }> {
  const program = [process.execPath, ...TYPESCRIPT, join(PROGRAMS, "program.ts"), "cleaning", left];
  // One pipe for both, which keeps their order.
  const child = spawn("sh", ["-c", 'exec "$@" 2>&1', "sh", ...program], { cwd: PROJECT });
  let text = "";
  const read = (chunk: Buffer) => {
    if (!text.includes("ready") && chunk.toString().includes("ready")) child.kill("SIGTERM");
    text += chunk.toString();
  };
  child.stdout.on("data", read);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, text });
    });
  });
}

const folder = mkdtempSync(join(tmpdir(), "wbot-interrupt-"));
const PROGRAMS = programFolder("interrupt");
writeFileSync(join(PROGRAMS, "program.ts"), PROGRAM);

it("cleans up when it is interrupted, and says what to run next", async () => {
  const left = mkdtempSync(join(folder, "left-"));
  const { code, text } = await interrupted(left);
  expect(code).toBe(130);
  expect(text).toContain("Interrupted. Half is done. Run it again: npx wbot x\n");
  expect(existsSync(left)).toBe(false);
  const [, secrets = ""] = /ready (\S*wbot-run-\S+)/.exec(text) ?? [];
  expect([secrets, existsSync(secrets)]).toEqual([expect.stringContaining(folder), false]);
}, 60_000);

it("stops what it waits for only at another Ctrl-C, and not with the first one's echo", async () => {
  jest.spyOn(console, "error").mockReturnValue();
  let now = 0;
  jest.spyOn(performance, "now").mockImplementation(() => now);
  const heard: boolean[] = [];
  const forget = onInterruption((repeated) => heard.push(repeated));
  let end = () => {};
  listenForInterrupts();
  const waited = untilItEnds(new Promise<void>((resolve) => (end = resolve)));
  process.emit("SIGINT");
  process.emit("SIGINT");
  now += 2_000;
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) expect(process.emit(signal)).toBe(true);
  end();
  await expect(waited).rejects.toMatchObject({ exitCode: 130 });
  forget();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
  jest.restoreAllMocks();
  expect(heard).toEqual([false, true]);
});

it("ends as usual if nobody reads its output to the end, and fails if it can't be written", () => {
  const program = [process.execPath, ...TYPESCRIPT, join(PROGRAMS, "program.ts"), "printing"];
  const printing = (to: string) =>
    spawnSync("sh", ["-c", `("$@"; echo "code $?" >&2) ${to}`, "sh", ...program], { cwd: PROJECT }).stderr;
  expect(printing("| head -1").toString()).toBe("code 0\n");
  // Open for reading alone: like a full disk, but on every machine.
  expect(printing("1< /dev/null").toString()).toBe(
    "Standard output can't be written (EBADF: bad file descriptor, write).\ncode 1\n",
  );
}, 60_000);
