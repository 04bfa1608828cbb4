import { EnvironmentError } from "../environments";

const ANOTHER_FOLDER =
  "or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EROFS: "read-only file system",
};

/** A checkout of another user's, a read-only one, or a full disk; undefined for any other error. */
export function unwritable(thrown: unknown): EnvironmentError | undefined {
  const { code = "", path = "" } = thrown as NodeJS.ErrnoException;
  // A write to an open file doesn't say to which.
  if (code === "ENOSPC")
    return new EnvironmentError(
      `The disk is full: ${path === "" ? "a file" : path} can't be written. Free some space, ${ANOTHER_FOLDER}`,
    );
  const why = REASONS[code];
  if (why === undefined || path === "") return undefined;
  return new EnvironmentError(
    `${path} can't be written or read: ${why}. Give this user access, ${ANOTHER_FOLDER}`,
  );
}
