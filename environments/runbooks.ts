import type { Settings } from "./schema";

/** Pages of docs/runbooks/, which alarms name. A page without an alarm has its reason in the runbooks' test. */
export const RUNBOOKS = [
  "product-down",
  "streams-cut",
  "pods-not-ready",
  "certificate",
  "secret",
  "redis",
  "zone-lost",
  "node-group-stuck",
  "state-locked",
  "destroy-stuck",
  "volumes-left",
  "roll-back",
  "rotate-everything",
  "upgrade",
  "cost-jumped",
  "metrics-missing",
] as const;

export type Runbook = (typeof RUNBOOKS)[number];

/** Where a page is: a link if the settings name the repository on GitHub, else its path in the project. */
export function runbookLink(runbook: Runbook, { ci }: Pick<Settings, "ci">): string {
  const path = `docs/runbooks/${runbook}.md`;
  // Its tokens may add ids to both names. HEAD is the default branch, so that the alarms stay as they are with each commit.
  return ci === undefined
    ? path
    : `https://github.com/${ci.repository.replaceAll(/@\d+/g, "")}/blob/HEAD/${path}`;
}
