import type { Settings } from "./schema";

/** Pages of docs/runbooks that an alert can name. */
export const RUNBOOKS = [
  "product-down",
  "streams-cut",
  "pods-not-ready",
  "certificate",
  "secret",
  "redis",
  "zone-lost",
  "node-group-stuck",
  "metrics-missing",
] as const;
export type Runbook = (typeof RUNBOOKS)[number];

/** Where a runbook is read: on GitHub if `ci.repository` says where this project is kept, else its path in the project. */
export function runbookUrl({ ci }: Pick<Settings, "ci">, name: Runbook): string {
  const path = `docs/runbooks/${name}.md`;
  if (ci === undefined) return path;
  // "owner/name", or with ids "owner@1234/name@5678".
  return `https://github.com/${ci.repository.replaceAll(/@\d+/g, "")}/blob/HEAD/${path}`;
}
