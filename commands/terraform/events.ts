import { NAMESPACE } from "../../environments/names";
import { CommandError } from "../cli/exit-codes";
import { indented, type Ran } from "./program";
import type { StackFolder } from "./stack-folder";

/** A line of Terraform's `-json` output, as far as it is used here. */
export interface Event {
  readonly type: string;
  readonly hook?: { readonly resource?: { readonly addr?: string }; readonly action?: string };
  readonly diagnostic?: Diagnostic;
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
}

/** Undefined for lines that are not events, such as a wrapper's output. */
export function eventOf(line: string): Event | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}

/** Fails the command with Terraform's errors, each once and with its construct. */
export function refuseFailed(folder: StackFolder, doing: string, { code, stdout, stderr }: Ran): void {
  if (code === 0) return;
  const errors = stdout
    .split("\n")
    .map((line) => eventOf(line)?.diagnostic)
    .filter((diagnostic) => diagnostic?.severity === "error");
  const texts = [...new Set(errors.map((diagnostic) => diagnostic && errorText(folder, diagnostic)))];
  throw new CommandError(
    `${doing} ${folder.stack} failed:\n\n${indented(texts.length > 0 ? texts.join("\n\n") : stderr)}`,
  );
}

/** One of our own conditions, whose message says what is wrong and where. */
const CONDITION_FAILED = /^Resource (pre|post)condition failed$/;

function errorText(folder: StackFolder, { summary, detail = "", address }: Diagnostic): string {
  if (CONDITION_FAILED.test(summary) && detail !== "") return detail.trim();
  const type = /^(?:data\.)?([^.]+)/.exec(address ?? "")?.[1];
  const where = address === undefined || type === undefined ? "" : `${folder.nameOf(address)} (${type}): `;
  const text = `${summary}\n${detail}`;
  return `${where}${summary}${detail === "" ? "" : `\n${indented(detail)}`}${orphanHint(text)}${staleHint(text)}`;
}

/** Another run changed the state while this plan waited for confirmation. */
function staleHint(text: string): string {
  return text.includes("Saved plan is stale") ? "\nRun the command again to see what is left to do." : "";
}

/** The fix for a Kubernetes object created by a run that was killed before it wrote the state. */
function orphanHint(text: string): string {
  const [, kind, name] = /\b([a-z.]+) "([^"\s]+)" already exists/.exec(text) ?? [];
  if (kind === undefined || name === undefined) return "";
  return `\nAn earlier run created it and was killed before it could write the state. Delete it, then run the command again: kubectl delete ${kind} ${name} -n ${NAMESPACE}`;
}
