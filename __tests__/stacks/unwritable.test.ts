import { constants } from "node:os";
import { unwritable } from "../../stacks/unwritable";

const path = "/project/cdktf.out/dev";
const DENIED = `${path} can't be written or read`;

it.each([
  [{ code: "EACCES", path }, `${DENIED}: no permission. Give this user access`],
  [{ code: "EROFS", path }, `${DENIED}: read-only file system. Give this user access`],
  [{ code: "ENOSPC", path }, `The disk is full: ${path} can't be written. Free some space`],
  // As of a write.
  [{ code: "ENOSPC" }, "The disk is full: a file can't be written. Free some space"],
  [
    { code: "Unknown system error -122", errno: -constants.errno.EDQUOT, path },
    `The disk quota is exceeded: ${path} can't be written. Free some space`,
  ],
])("says what can't be written, and what helps: %j", (error, text) => {
  expect(unwritable(error)?.message).toBe(
    `${text}, or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>`,
  );
});

it("names the limit on a file's size", () => {
  expect(unwritable({ code: "EFBIG" })?.message).toBe(
    "A file would be larger than this shell allows: a file can't be written. Run: ulimit -f unlimited",
  );
});

it.each([{ code: "EACCES" }, { code: "ENOENT", path }, new Error("x")])("is no other error: %j", (error) => {
  expect(unwritable(error)).toBeUndefined();
});
