/** The stacks in the order of their deployment. */
export const STACKS = ["infra", "app"] as const;
export type StackName = (typeof STACKS)[number];
