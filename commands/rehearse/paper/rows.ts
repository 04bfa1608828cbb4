/** Rows of a paper rehearsal's table, by the names that `--require` accepts; only an emulator can show the last one. */
export const ROWS = [
  "stacks",
  "order",
  "capacity",
  "schemas",
  "pod-security",
  "iam",
  "chart-values",
  "validate",
  "deploy",
] as const;

export type RowName = (typeof ROWS)[number];
