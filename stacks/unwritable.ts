import { EnvironmentError } from "../environments";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EROFS: "read-only file system",
  ENOSPC: "no space left",
};

/** A checkout of another user's, a read-only one, or a full disk; undefined for any other error. */
export function unwritable(thrown: unknown): EnvironmentError | undefined {
  const { code = "", path = "" } = thrown as NodeJS.ErrnoException;
  const why = REASONS[code];
  if (why === undefined || path === "") return undefined;
  return new EnvironmentError(
    `${path} can't be written or read: ${why}. Give this user access, or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>, or with cdktf: --output <folder>`,
  );
}
