import { constants } from "node:os";
import { EnvironmentError } from "../environments";

const ANOTHER_FOLDER =
  "or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>";

/** Errors of writing to an open file, which don't name it: what is wrong, and what helps. */
const NO_ROOM: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  ENOSPC: ["The disk is full", `Free some space, ${ANOTHER_FOLDER}`],
  EDQUOT: ["The disk quota is exceeded", `Free some space, ${ANOTHER_FOLDER}`],
  EFBIG: ["A file would be larger than this shell allows", "Run: ulimit -f unlimited"],
};

/** Node has no name for this error. */
const EDQUOT = -constants.errno.EDQUOT;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EROFS: "read-only file system",
};

/** The message for a file that can't be written or read; undefined for any other error. */
export function unwritable(thrown: unknown): EnvironmentError | undefined {
  const { code = "", errno, path = "" } = thrown as NodeJS.ErrnoException;
  const full = NO_ROOM[errno === EDQUOT ? "EDQUOT" : code];
  if (full !== undefined)
    return new EnvironmentError(`${full[0]}: ${path === "" ? "a file" : path} can't be written. ${full[1]}`);
  const why = REASONS[code];
  if (why === undefined || path === "") return undefined;
  return new EnvironmentError(
    `${path} can't be written or read: ${why}. Give this user access, ${ANOTHER_FOLDER}`,
  );
}
