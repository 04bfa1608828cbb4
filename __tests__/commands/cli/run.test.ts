import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { TYPESCRIPT } from "../../typescript";
import { CommandError, EXIT } from "../../../commands/cli/exit-codes";
import { run } from "../../../commands/cli/run";
import { unwritable } from "../../../stacks/unwritable";

let complaints: string[];
beforeEach(() => {
  complaints = [];
  jest.spyOn(console, "error").mockImplementation((line: string) => complaints.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

it("says in a sentence what can't be written, and fails", async () => {
  const denied = Object.assign(new Error("EACCES"), { code: "EACCES", path: "/project/cdktf.out/dev" });
  await run(() => Promise.reject(denied));
  expect(complaints).toEqual([unwritable(denied)?.message]);
  expect(process.exitCode).toBe(1);
});

it("prints a command's own error as it is, also one that quotes the log of a pod without TLS", async () => {
  const message =
    "Applying app failed:\n\n  0A00010B:SSL routines:tls_validate_record_header:wrong version number:tlsany_meth.c:77:";
  await run(() => Promise.reject(new CommandError(message, EXIT.unverified)));
  expect(complaints).toEqual([message]);
  expect(process.exitCode).toBe(3);
});

it("shows a mistake of the program as one", async () => {
  await expect(run(() => Promise.reject(new TypeError("x is not a function")))).rejects.toThrow(TypeError);
});

it("fails if the program ends while the work still waits", () => {
  const program = `require("./commands/cli/run.ts").run(() => new Promise(() => undefined))`;
  const { status, stderr } = spawnSync(process.execPath, [...TYPESCRIPT, "--eval", program], {
    cwd: join(__dirname, "..", "..", ".."),
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: "The command ended before its work was done: this is a bug in wbot.\n",
  });
});
