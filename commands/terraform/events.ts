import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { terraformLine } from "../../stacks/command-lines";
import { CommandError } from "../cli/exit-codes";
import { untrustedByGo } from "../cli/network";
import { redactedText } from "../cli/redacted-text";
import { visibleLines } from "../cli/visible";
import { indented, isOfLock, lockText, shownError } from "./errors";
import type { Ran } from "./program";
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
export function refuseFailed(folder: StackFolder, doing: string, ran: Ran): void {
  const { code, stdout, stderr, killedBy } = ran;
  if (code === 0) return;
  const errors = stdout.split("\n").flatMap((line) => {
    const { diagnostic } = eventOf(line) ?? {};
    return diagnostic?.severity === "error" ? [visibleLines(errorText(folder, diagnostic))] : [];
  });
  // What a program around Terraform prints itself. A line that is cut off is Terraform's.
  const unlikeEvents = stdout.replace(/^\{.*\n?/gm, "");
  const said =
    errors.length > 0
      ? indented([...new Set(errors)].join("\n\n"))
      : shownError(folder, stderr.trim() === "" ? unlikeEvents : stderr);
  const signal = killedBy ?? (code === KILLED ? "SIGKILL" : undefined);
  const shown = [said, signal === undefined ? "" : indented(killedText(signal))]
    .filter((each) => each !== "")
    .join("\n\n");
  throw new CommandError(
    `${doing} ${folder.stack} failed:\n\n${shown === "" ? `  exited with code ${code}` : shown}`,
  );
}

/** What a shell or a version manager that runs Terraform exits with, once that is killed. */
const KILLED = 137;

/** It said nothing itself. */
function killedText(signal: string): string {
  return `Terraform was killed (${signal}), which happens when memory runs out. Run the same command again: it continues where this run stopped, or names what this run left in its way, such as the state lock.`;
}

/** Terraform's advice, `terraform state push`, lacks the stack's folder: see commands/leftovers/unwritten-state.ts. */
const UNWRITTEN = /^Failed to (save|persist) state/;

/** One of our own conditions, whose message says what is wrong and where. */
const CONDITION_FAILED = /^Resource (pre|post)condition failed$/;

/** Terraform, and OpenTofu in its words, advise to switch it off, which would delete what an interrupted deploy has tainted. */
const KEPT = /^Resource (?:instance )?(.+) has (?:lifecycle\.)?prevent_destroy set/;

/** The Kubernetes provider advises to overwrite whatever others set. */
const OVERRIDE = /\n*You can override this conflict by .*/;

function errorText(folder: StackFolder, said: Diagnostic): string {
  // Terraform's JSON escapes what a terminal would obey.
  const summary = stripVTControlCharacters(said.summary);
  const detail = stripVTControlCharacters(said.detail ?? "").replace(OVERRIDE, "");
  const text = `${summary}\n${detail}`;
  if (CONDITION_FAILED.test(summary)) return detail.trim();
  if (isOfLock(summary)) return lockText(folder, text);
  if (UNWRITTEN.test(summary))
    return `The state of ${folder.stack} could not be written: it is only in ${join(folder.path, "errored.tfstate")}, secrets included. The next command that deploys or destroys it writes it first.`;
  const [, kept] = KEPT.exec(detail) ?? [];
  const address = said.address ?? kept;
  const where = placeOf(folder, address);
  if (kept !== undefined)
    return `${where}it is protected, and the plan would delete or replace it. If an interrupted or failed deploy left it incomplete (tainted), and AWS has since finished it, keep it and run the same command again: ${terraformLine(folder.path, "untaint", kept)}\nOtherwise undo the change that deletes or replaces it.`;
  const hints = [
    orphanHint(folder, text, address),
    ...HINTS.filter(([pattern]) => pattern.test(text)).map(([, hint]) => hint),
    // A provider that meets a proxy's certificate; the cluster's own are checked against its authority.
    untrustedByGo(text),
  ];
  // A provider may quote what it was given.
  const lines = [
    redactedText(summary),
    ...(detail === "" ? [] : [indented(redactedText(detail))]),
    ...hints.filter((hint) => hint !== ""),
  ];
  return `${where}${lines.join("\n")}`;
}

/** "load-balancer/nlb (aws_lb): "; "" without an address. */
function placeOf({ nameOf }: StackFolder, address = ""): string {
  const [, resource, type = "", key] = /^((?:data\.)?([^.]+)\.[^[]+)(?:\["(.+)"\])?/.exec(address) ?? [];
  if (resource === undefined) return "";
  // The key of a missing image's data source says what is wrong in our words.
  return `${nameOf(resource)} (${type}): ${key === undefined ? "" : `${key}: `}`;
}

/** Without a cluster the Kubernetes and Helm providers fall back to this address, and say only that. */
export const NO_CLUSTER = '"http://localhost';

/** What to do, by what an error says. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  // The Helm provider doesn't plan a new revision when it only finishes what a killed run left.
  [
    /changes to helm_release\.[^]*: \.metadata\.\w+: was /,
    "This run completed an upgrade that a killed run had left unfinished. Run the same command again to finish the deploy.",
  ],
  [
    /field manager conflict/,
    "Somebody set this outside Terraform, for example with kubectl edit. To keep it, put it in the code. To undo it, use kubectl edit to set it to what the plan shows, then run this again.",
  ],
  // A first deploy, just after the controller: its pods are ready, but not yet reached through their Service.
  [
    /failed calling webhook/,
    "The controller behind this webhook may have only just started: run the same command again. If it fails again, find out why the controller isn't running: docs/runbooks/product-down.md",
  ],
  // Also between minor versions.
  [
    /newer (provider )?version|unsupported.*state.*version|state snapshot was created by Terraform/i,
    "Providers and Terraform only go forward: keep the newer version. To roll back, see docs/runbooks/upgrade.md.",
  ],
  // The providers of what is in the cluster come after it, and after what it is encrypted with; what is removed comes before.
  [
    /^Cycle: /,
    "Terraform can't order all of these changes in one run. First deploy only the change that turns a part off (such as logs or metrics), then the rest (such as tags or cluster.version).",
  ],
  // The provider records a failed update as done, and can't read passwords.
  [
    /updating ElastiCache User \(|waiting for ElastiCache User \([^)]*\) update/,
    "Redis may lack a password that the state says it has, and the same deploy would not send it again. Change redis.passwordRotation by one, down if it is odd, up if it is even, and deploy infra: that sends both passwords, and replaces only the one that pods don't use.",
  ],
  [
    /secret with this name is already scheduled for deletion/,
    "Somebody deleted it, and its name is still taken: docs/runbooks/secret.md, step 3.",
  ],
  // EKS knows a role by its unique ID, and Terraform by its ARN, which stays when the role is created again.
  [
    /(?<!\b401:? )\bUnauthorized\b|asked for the client to provide credentials|is forbidden: User "/,
    'The cluster does not let this role in as an administrator. If it is new in access.admins, an administrator who already has access must deploy infra first. If the role was recreated, or no such administrator is left: docs/recovery.md, "Locked out of the cluster".',
  ],
  [
    new RegExp(NO_CLUSTER),
    "The cluster's objects can't be read: the cluster is gone, would be replaced, or isn't in this state. If npx wbot preflight --only state passes, npx wbot deploy and npx wbot destroy offer to remove those objects from the state.",
  ],
];

/** What an earlier run created and didn't record, since it was killed: a deploy adopts it, but only of the cluster. */
function orphanHint({ path }: StackFolder, text: string, address = ""): string {
  if (!/already exists?\b|name that is still in use|resource is already in use/i.test(text)) return "";
  const [type = ""] = address.split(".");
  if (!type.startsWith("aws_"))
    return "If a killed run created it, run the command again: it imports what belongs to this project.";
  // Terraform imports nothing as long as the Kubernetes and Helm providers wait for the cluster's address.
  const order = type === "aws_eks_cluster" ? " (before anything else that is named here)" : "";
  return `If it belongs to this environment, from a run that was killed before it wrote the state, import it${order} with the ID that the provider's documentation describes for ${type}, and run the command again: ${terraformLine(path, "import", address)} <its ID>`;
}
