import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TYPESCRIPT } from "../../typescript";

const PROJECT = join(__dirname, "..", "..", "..");

/** Of commands/cli, what the programs use. */
const IMPORTS = `
import { rmSync } from "node:fs";
import { cleanUpOnExit, ifInterrupted, listenForInterrupts, untilItEnds } from "${join(PROJECT, "commands/cli/interrupt")}";
import { run } from "${join(PROJECT, "commands/cli/run")}";
`;

/** Runs a program, interrupts it once it prints "ready", and returns how it ended. */
function interrupted(
  program: string,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; text: string }> {
  const file = join(folder, "program.ts");
  writeFileSync(file, IMPORTS + program);
  const child = spawn(process.execPath, [...TYPESCRIPT, file], { cwd: PROJECT });
  let text = "";
  const read = (chunk: Buffer) => {
    if (!text.includes("ready") && chunk.toString().includes("ready")) child.kill(signal);
    text += chunk.toString();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, text });
    });
  });
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-interrupt-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "cleans up on %s and says what to run next",
  async (signal) => {
    const { code, text } = await interrupted(
      `listenForInterrupts();
     cleanUpOnExit(() => rmSync(${JSON.stringify(folder)}, { recursive: true }));
     ifInterrupted("Half is done. Run it again: npx wbot x");
     console.log("ready");
     setInterval(() => {}, 1000);`,
      signal,
    );
    expect(code).toBe(130);
    expect(text).toContain("Interrupted. Half is done. Run it again: npx wbot x\n");
    expect(existsSync(folder)).toBe(false);
  },
  60_000,
);

it("waits for a child process that must exit on its own, then exits", async () => {
  const { code, text } = await interrupted(
    `listenForInterrupts();
     ifInterrupted("Run it again.");
     run(async () => {
       await untilItEnds(new Promise((done) => { console.log("ready"); setTimeout(() => { console.log("state written"); done(); }, 500); }));
       console.log("never");
       return 0;
     });`,
    "SIGINT",
  );
  expect(code).toBe(130);
  expect(text).toMatch(
    /letting the current operation finish[^]*state written\nInterrupted\. Run it again\.\n$/,
  );
  expect(text).not.toContain("never");
}, 60_000);
