import { currentEnvironment } from "../../environments";
import { terraformLine } from "../../stacks/command-lines";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { redactedText, shownText } from "../cli/redacted-text";
import { visibleLines } from "../cli/visible";
import type { StackFolder } from "./stack-folder";

/** What Terraform prints on standard error, to be shown below what failed: redacted, and with a lock in our words. */
export function shownError(folder: Pick<StackFolder, "stack" | "path">, stderr: string): string {
  const text = withoutFrame(stderr);
  return indented(isOfLock(text) ? visibleLines(lockText(folder, text)) : shownText(text));
}

/** Whether an error is about a state that can't be locked or unlocked. */
export function isOfLock(text: string): boolean {
  return /(acquiring|releasing) the state lock/.test(text);
}

/** Without the lines that Terraform draws next to an error. */
function withoutFrame(text: string): string {
  return text.replace(/^[╷│╵] ?/gm, "");
}

/** Who holds a state's lock. Fields are empty if Terraform doesn't say. */
export interface Lock {
  readonly id: string;
  /** Such as "apply". */
  readonly operation: string;
  /** User and host: "ann@desk". */
  readonly who: string;
  /** "2026-01-01 10:00:00.123456789 +0000 UTC" */
  readonly created: string;
}

/** The lock that an error describes. */
export function lockIn(error: string): Lock {
  const text = withoutFrame(error);
  const of = (name: string) => new RegExp(`^\\s*${name}:\\s*(.+)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const operation = of("Operation").replace("OperationType", "").toLowerCase();
  return { id: of("ID"), operation, who: of("Who"), created: of("Created") };
}

/** Terraform's own text recommends to switch locking off, or to release a lock whoever holds it. */
const LOCK_ADVICE = /^(?:Terraform|OpenTofu) acquires a (?:state )?lock [^]*/m;

/** An error about a state's lock, with who holds it and what to do. */
export function lockText({ stack, path }: Pick<StackFolder, "stack" | "path">, error: string): string {
  const { id, operation, who, created } = lockIn(error);
  const said = indented(redactedText(error.replace(LOCK_ADVICE, "").replace(/^.*ing the state lock$/m, "")));
  // A lock that can't be released is this run's own.
  if (id === "" || error.includes("releasing the state lock"))
    return `The lock of the state of ${stack} can't be taken or released:\n${said}`;
  const command = STACKS.includes(stack as StackName)
    ? `npx wbot state unlock ${stack} ${id} --env ${currentEnvironment().name}`
    : terraformLine(path, "force-unlock", id);
  return `The state of ${stack} has been locked by ${who} since ${created.replace(/\.\d+/, "")} (${operation}).\nIf that run is still going, wait for it. If it was killed, release its lock: ${command}`;
}

export function indented(text: string): string {
  return text.trim().replace(/^(?=.)/gm, "  ");
}
