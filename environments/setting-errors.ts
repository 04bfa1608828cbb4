import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import type { Contradiction } from "./contradictions";
import { valueAt } from "./json-text";
import type { Settings } from "./schema";
import { mayNameSecret } from "./secret-names";
import { looksSecret, withoutSecretShapes } from "./secret-shapes";
import { keysAt, settingsSchema } from "./json-schema";

/** The lines that say what is wrong with an environment's settings: "<setting> is <value>: it must be …". */

/** The line about settings that contradict one another. */
export function contradictionLine(s: Settings, { path, allowed }: Contradiction): string {
  return line(path, valueAt(s, path.split(".")), allowed);
}

/** The lines about what the schema refuses. */
export function schemaErrorLines(issue: z.core.$ZodIssue, written: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(settingsSchema(), issue.path, written);
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${path.join(".")} is ${show(valueAt(written, path), key)}, but there is no such setting${didYouMean(key, keys)}; allowed here: ${keys.join(", ")}`;
    });
  }
  if (issue.code === "invalid_key") {
    const [name] = issue.path.slice(-1);
    return [
      `${issue.path.slice(0, -1).join(".")} has the key ${show(name)}: it must be ${issue.issues[0]?.message ?? issue.message}`,
    ];
  }
  return [line(issue.path.join("."), valueAt(written, issue.path), issue.message)];
}

function line(path: string, value: unknown, allowed: string): string {
  return value === undefined
    ? `${path} is missing: it must be ${allowed}`
    : `${path} is ${show(value, path.split(".").at(-1))}: it must be ${allowed}`;
}

/** Without secrets: the line may end up in CI's log. */
function show(value: unknown, name: PropertyKey = ""): string {
  const written = (key: string, each: unknown) => {
    if (typeof each === "bigint") return `${each}n`;
    if (typeof each !== "string") return each;
    const secret = mayNameSecret(key === "" ? String(name) : key) || looksSecret(each);
    return secret ? "***" : withoutSecretShapes(each, "***");
  };
  const shown = (JSON.stringify(value, written) as string | undefined) ?? String(value);
  return shown.length > 120 ? `${shown.slice(0, 117)}...` : shown;
}

/** A suggestion for a misspelled word, such as ` (did you mean "tier"?)`; empty if none is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  // Two swapped letters are two edits.
  const close =
    best && best.edits <= Math.max(2, Math.floor(word.length / 3)) && best.edits < best.candidate.length;
  return close ? ` (did you mean "${best.candidate}"?)` : "";
}
