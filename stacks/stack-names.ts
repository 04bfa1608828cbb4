/** The stacks in deployment order. */
export const STACKS = ["infra", "app"] as const;
export type StackName = (typeof STACKS)[number];
