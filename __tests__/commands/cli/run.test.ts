import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { TYPESCRIPT } from "../../typescript";
import { run } from "../../../commands/cli/run";

let complaints: string[];
beforeEach(() => {
  complaints = [];
  jest.spyOn(console, "error").mockImplementation((line: string) => complaints.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

it.each([
  ["EACCES", "no permission"],
  ["EROFS", "read-only file system"],
])("says in a sentence which file can't be written (%s)", async (code, why) => {
  await run(() => Promise.reject(Object.assign(new Error(code), { code, path: "/project/cdktf.out/dev" })));
  expect(complaints).toEqual([
    `/project/cdktf.out/dev can't be written or read: ${why}. Give this user access, or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>`,
  ]);
  expect(process.exitCode).toBe(1);
});

it.each([
  [{ path: "/project/cdktf.out/dev" }, "/project/cdktf.out/dev"],
  // As of a write.
  [{}, "a file"],
])("says that the disk is full", async (more, file) => {
  await run(() => Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC", ...more })));
  expect(complaints).toEqual([
    `The disk is full: ${file} can't be written. Free some space, or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>`,
  ]);
  expect(process.exitCode).toBe(1);
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
