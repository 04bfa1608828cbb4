import { rehearsal } from "../rehearsal";
import { rehearsalWest } from "../rehearsal-west";
import { dev } from "./dev";
import { prod } from "./prod";
import { prodWest } from "./prod-west";
import { staging } from "./staging";

/**
 * The environments as this project ships them, whatever became of those in the folder above: the tests and the README's
 * tables of costs are about these.
 */
export const standing = { dev, staging, prod, rehearsal };

export const twins = { "prod-west": prodWest, "rehearsal-west": rehearsalWest };
