import { constants } from "node:os";
import { EnvironmentError } from "../environments";

const ANOTHER_FOLDER =
  "or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>";

/** Node has no name for this error. */
const EDQUOT = -constants.errno.EDQUOT;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EROFS: "read-only file system",
};

/** A checkout of another user's, a read-only one, or no room for a file; undefined for any other error. */
export function unwritable(thrown: unknown): EnvironmentError | undefined {
  const { code = "", errno, path = "" } = thrown as NodeJS.ErrnoException;
  if (code === "ENOSPC" || errno === EDQUOT) {
    const full = errno === EDQUOT ? "The disk quota is exceeded" : "The disk is full";
    // A write to an open file doesn't say to which.
    const file = path === "" ? "a file" : path;
    return new EnvironmentError(`${full}: ${file} can't be written. Free some space, ${ANOTHER_FOLDER}`);
  }
  const why = REASONS[code];
  if (why === undefined || path === "") return undefined;
  return new EnvironmentError(
    `${path} can't be written or read: ${why}. Give this user access, ${ANOTHER_FOLDER}`,
  );
}
