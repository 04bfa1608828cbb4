import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load as loadYaml } from "js-yaml";

export const GITHUB = join(__dirname, "..", "..", ".github");

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: unknown;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly concurrency?: Readonly<Record<string, unknown>>;
  readonly with?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
}

export interface Workflow {
  readonly on: string | Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(GITHUB, "workflows");

/** Text of every workflow and local action, by file name. */
export const texts: Readonly<Record<string, string>> = Object.fromEntries([
  ...readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]),
  ["prepare", readFileSync(join(GITHUB, "actions", "prepare", "action.yml"), "utf8")],
]) as Record<string, string>;

/** Every workflow, by file name. */
export const workflows: Readonly<Record<string, Workflow>> = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [name, loadYaml(texts[name] ?? "") as Workflow]),
);

/** "ci.yml: verify" and the job, for each job of each workflow. */
export const jobs: readonly (readonly [string, Job, Workflow])[] = Object.entries(workflows).flatMap(
  ([file, workflow]) =>
    Object.entries(workflow.jobs).map(([name, job]) => [`${file}: ${name}`, job, workflow] as const),
);

/** Steps of the local action. */
export const action: readonly Step[] = (
  loadYaml(texts["prepare"] ?? "") as { readonly runs: { readonly steps: readonly Step[] } }
).runs.steps;

/** Steps of every job and of the local action. */
export const steps: readonly Step[] = [...jobs.flatMap(([, job]) => job.steps ?? []), ...action];

export function triggers({ on }: Workflow): readonly string[] {
  return typeof on === "string" ? [on] : Object.keys(on);
}
