import type { Session } from "../session/session";
import type { StackName } from "../../stacks/stack-names";

/** Network access besides AWS's API; tests replace it. */
export interface Outside {
  readonly resolve4: (host: string) => Promise<string[]>;
  readonly resolve6: (host: string) => Promise<string[]>;
  readonly resolveNs: (host: string) => Promise<string[]>;
  readonly fetch: typeof fetch;
  /** Opens a TCP connection and closes it. @returns undefined, or the code of what went wrong, such as "ETIMEDOUT" */
  readonly connect: (address: string, port: number) => Promise<string | undefined>;
}

/** What every check gets; the session caches what several of them need. */
export interface PreflightContext {
  readonly session: Session;
  /** The stacks to deploy. */
  readonly stacks: readonly StackName[];
  readonly now: Date;
  readonly outside: Outside;
}
