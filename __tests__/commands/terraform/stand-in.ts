import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { STACKS, type StackName } from "../../../stacks/stack-names";
import type { StackOptions } from "../../../constructs/environment-stack";
import type { Environment } from "../../../environments";
import type { BootstrapOptions } from "../../../stacks/bootstrap";

/**
 * Stands for stacks/synthesize.ts, which takes seconds to load: both stacks, with one resource each or as a test has put
 * them beside `outdir` (<stack>.json), and beside them the images and the options.
 */
export function synthesize({ name, ai, web }: Environment, outdir: string, options: StackOptions = {}): void {
  const resources: Record<StackName, [type: string, path: string]> = {
    infra: ["aws_vpc", "infra/network/vpc"],
    app: ["kubernetes_deployment_v1", "app/ai/deployment"],
  };
  for (const stack of STACKS) {
    const [type, path] = resources[stack];
    const folder = join(outdir, name, "stacks", stack);
    mkdirSync(folder, { recursive: true });
    const resource = { [type]: { x: { "//": { metadata: { path } } } } };
    const own = join(dirname(outdir), `${stack}.json`);
    const json = existsSync(own) ? readFileSync(own) : JSON.stringify({ resource });
    writeFileSync(join(folder, "cdk.tf.json"), json);
    writeFileSync(join(folder, "images.json"), JSON.stringify({ ai: ai.image, web: web.image }));
    writeFileSync(join(folder, "options.json"), JSON.stringify(options));
  }
}

/** The same for the bootstrap stack: a bucket, and beside it the options. */
export function synthesizeBootstrap(_: unknown, outdir: string, options: BootstrapOptions): void {
  const folder = join(outdir, "stacks", "bootstrap");
  mkdirSync(folder, { recursive: true });
  const x = { "//": { metadata: { path: "bootstrap/state-bucket/bucket" } } };
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ resource: { aws_s3_bucket: { x } } }));
  const { existing, ...others } = options;
  writeFileSync(join(folder, "options.json"), JSON.stringify({ ...others, existing: [...existing] }));
}

/** The resources of `synthesize`, and what they are called for people. */
export const VPC = "aws_vpc.x";
export const DEPLOYMENT = "kubernetes_deployment_v1.x";

/** A program that stands for Terraform, and the folder that stacks are written to. */
export interface StandIn {
  readonly folder: string;
  /** Scripts by first argument, or by stack and first argument ("app plan"), which goes before. */
  readonly answer: (answers: Readonly<Record<string, string>>) => void;
  /** What it was called for: "infra plan". */
  readonly calls: () => string[];
  /** Has a stack synthesized as this. */
  readonly synthesizes: (stack: StackName, json: object) => void;
  /** Plans that `SAVES` has saved and that are still there. */
  readonly savedPlans: () => string[];
  /** Whether a script has made a file of that name: `echo > "$here/<name>"`. */
  readonly has: (name: string) => boolean;
  /** Waits until it has. */
  readonly reached: (name: string) => Promise<void>;
  readonly remove: () => void;
}

export function standIn(): StandIn {
  const folder = mkdtempSync(join(tmpdir(), "wbot-stand-in-"));
  const program = join(folder, "terraform");
  const log = join(folder, "calls");
  process.env["TERRAFORM_BINARY_NAME"] = program;
  process.env["CDKTF_OUTDIR"] = join(folder, "out");
  const has = (name: string) => existsSync(join(folder, name));
  return {
    folder,
    has,
    reached: async (name) => {
      while (!has(name)) await sleep(5);
    },
    answer: (answers) => {
      const ofStacksFirst = Object.entries(answers).sort(([a], [b]) => words(b) - words(a));
      const cases = ofStacksFirst.map(
        ([key, script]) => `${words(key) > 1 ? `"${key}"` : `*" ${key}"`})\n${script}\n;;`,
      );
      const head = `here="${folder}"\nstack=\${PWD##*/}\necho "$stack $1" >> "${log}"`;
      writeFileSync(program, `#!/bin/sh\n${head}\ncase "$stack $1" in\n${cases.join("\n")}\nesac\n`);
      chmodSync(program, 0o755);
    },
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    synthesizes: (stack, json) => {
      writeFileSync(join(folder, `${stack}.json`), JSON.stringify(json));
    },
    savedPlans: () =>
      has("plans")
        ? readFileSync(join(folder, "plans"), "utf8")
            .trim()
            .split("\n")
            .filter((file) => existsSync(file))
        : [],
    remove: () => {
      delete process.env["TERRAFORM_BINARY_NAME"];
      delete process.env["CDKTF_OUTDIR"];
      rmSync(folder, { recursive: true });
    },
  };
}

function words(key: string): number {
  return key.split(" ").length;
}

/** A script that saves a plan where `plan` is told to. */
export const SAVES = `for arg; do case "$arg" in -out=*)
  echo secrets > "\${arg#-out=}"; echo "\${arg#-out=}" >> "$here/plans" ;;
esac; done`;

/** A script that prints something, as JSON unless it is text. */
export function print(value: unknown): string {
  return `cat <<'END'\n${typeof value === "string" ? value : JSON.stringify(value)}\nEND`;
}

/** What `show` prints of a plan that does one thing to some resources. */
export function changing(action: "create" | "update" | "delete", ...addresses: readonly string[]): string {
  return print({
    resource_changes: addresses.map((address) => ({
      address,
      mode: "managed",
      type: address.split(".")[0],
      change: {
        actions: [action],
        before: action === "create" ? null : { name: "a" },
        after: action === "delete" ? null : { name: "b" },
        after_unknown: {},
      },
    })),
  });
}

/** A script that fails as Terraform does: an error about a resource. */
export function failing(address: string, summary: string): string {
  const diagnostic = { severity: "error", summary, detail: "", address };
  return `${print({ type: "diagnostic", diagnostic })}\nexit 1`;
}

/** Infra and app both have one resource to make. */
export const FIRST_DEPLOY = {
  plan: SAVES,
  "infra show": changing("create", VPC),
  "app show": changing("create", DEPLOYMENT),
};
