import { dev } from "./dev";
import { prod } from "./prod";
import { prodWest } from "./prod-west";
import { rehearsal } from "../rehearsal";
import { rehearsalWest } from "../rehearsal-west";
import type { SettingsInput } from "../schema";
import { staging } from "./staging";
import type { Twin } from "../twin";

/** The environments that stand on their own. */
export const standing = { dev, staging, prod, rehearsal } satisfies Readonly<Record<string, SettingsInput>>;

/** Environments that can replace another one from another region: docs/recovery.md. */
export const twins: Readonly<Record<string, Twin>> = {
  "prod-west": prodWest,
  "rehearsal-west": rehearsalWest,
};
