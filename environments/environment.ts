import type { Settings } from "./schema";

/** One environment: its settings, and what the process environment says of it. */
export interface Environment extends Settings {
  /** Name in WBOT_ENV and in the name of every resource. */
  readonly name: string;
  /** An OCI registry ("oci://…") or a directory to take charts from. Default: each chart's publisher. */
  readonly chartMirror?: string | undefined;
}

/** Something a person wrote is wrong; the message says what, where, and what mends it. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}
