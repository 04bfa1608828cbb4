import type { Command } from "commander";

/** Adds a command to the program; its work's number is the exit code. */
export type AddCommand = (program: Command) => void;
