import type { Settings } from "./schema";

/** An environment: its settings, and what comes from environment variables. */
export interface Environment extends Settings {
  /** Its name, as in WBOT_ENV and in every resource's name. */
  readonly name: string;
  /** An OCI registry ("oci://…") or a directory to get charts from. @default - each chart's publisher */
  readonly chartMirror?: string | undefined;
}

/** A user error; the message says what is wrong, where, and how to fix it. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}
