import childProcess, { type ChildProcess } from "node:child_process";
import { EventEmitter, on } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { PassThrough } from "node:stream";
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
  syntheses += 1;
  const resources: Record<StackName, [type: string, path: string, body: object]> = {
    infra: ["aws_vpc", "infra/network/vpc", {}],
    app: [
      "kubernetes_deployment_v1",
      "app/ai/deployment",
      { metadata: { name: "wbot-ai", namespace: "wbot" } },
    ],
  };
  for (const stack of STACKS) {
    const [type, path, body] = resources[stack];
    const folder = join(outdir, name, "stacks", stack);
    mkdirSync(folder, { recursive: true });
    const resource = { [type]: { x: { "//": { metadata: { path } }, ...body } } };
    const own = join(dirname(outdir), `${stack}.json`);
    const json = existsSync(own) ? readFileSync(own) : JSON.stringify({ resource });
    writeFileSync(join(folder, "cdk.tf.json"), json);
    writeFileSync(join(folder, "images.json"), JSON.stringify({ ai: ai.image, web: web.image }));
    writeFileSync(join(folder, "options.json"), JSON.stringify(options));
  }
}

/** The same for the bootstrap stack: a bucket, and the options. */
export function synthesizeBootstrap(_: unknown, outdir: string, options: BootstrapOptions): void {
  const folder = join(outdir, "stacks", "bootstrap");
  mkdirSync(folder, { recursive: true });
  const x = { "//": { metadata: { path: "bootstrap/state-bucket/bucket" } } };
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ resource: { aws_s3_bucket: { x } } }));
  writeFileSync(join(folder, "options.json"), JSON.stringify(options));
}

let syntheses = 0;

/** The resources of `synthesize`, and their names for people. */
export const VPC = "aws_vpc.x";
export const DEPLOYMENT = "kubernetes_deployment_v1.x";

/** A call of the program. */
export interface Call {
  /** The stack in whose folder it runs. */
  readonly stack: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Waits for the next interruption. */
  readonly interrupted: () => Promise<unknown>;
}

/** What the program prints, and its exit code. */
export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** @default 0 */
  readonly code?: number;
}

/** An answer, or a function that produces it. */
export type Answers = Readonly<Record<string, Answer | ((call: Call) => Answer | Promise<Answer>)>>;

/** A stand-in for Terraform in the tests' own process, and the folder that stacks are written to. */
export interface StandIn {
  readonly folder: string;
  /** Answers by first argument, or by stack and first argument ("app plan"), which takes precedence. */
  readonly answer: (answers: Answers) => void;
  /** Its calls, such as "infra plan". */
  readonly calls: () => string[];
  /** Their arguments: "plan -json -input=false". */
  readonly lines: () => string[];
  /** Waits for that call. */
  readonly called: (what: string) => Promise<void>;
  /** How often both stacks were synthesized. */
  readonly syntheses: () => number;
  /** Sets what a stack is synthesized to. */
  readonly synthesizes: (stack: StackName, json: object) => void;
  readonly remove: () => void;
}

export function standIn(): StandIn {
  const folder = mkdtempSync(join(tmpdir(), "wbot-stand-in-"));
  const program = join(folder, "terraform");
  process.env["TERRAFORM_BINARY_NAME"] = program;
  process.env["CDKTF_OUTDIR"] = join(folder, "out");
  syntheses = 0;
  const calls: string[] = [];
  const lines: string[] = [];
  let answers: Answers = {};

  const answerTo = async (call: Call): Promise<Answer> => {
    const [word = ""] = call.args;
    const out = call.args.find((arg) => arg.startsWith("-out="))?.slice("-out=".length);
    if (out !== undefined) writeFileSync(out, "secrets");
    const answer = answers[`${call.stack} ${word}`] ?? answers[word] ?? {};
    return typeof answer === "function" ? answer(call) : answer;
  };
  const { spawn } = childProcess;
  const spawned = jest
    .spyOn(childProcess, "spawn")
    .mockImplementation((...call: Parameters<typeof spawn>) => {
      const [named, args, { cwd = "" }] = call;
      if (named !== program) return spawn(...call);
      const path = String(cwd);
      calls.push(`${basename(path)} ${args[0]}`);
      lines.push(args.join(" "));
      return child((interrupted) => answerTo({ stack: basename(path), path, args, interrupted }));
    });

  return {
    folder,
    answer: (given) => {
      answers = given;
    },
    calls: () => [...calls],
    lines: () => [...lines],
    called: async (what) => {
      while (!calls.includes(what)) await sleep(1);
    },
    syntheses: () => syntheses,
    synthesizes: (stack, json) => {
      writeFileSync(join(folder, `${stack}.json`), JSON.stringify(json));
    },
    remove: () => {
      spawned.mockRestore();
      delete process.env["TERRAFORM_BINARY_NAME"];
      delete process.env["CDKTF_OUTDIR"];
    },
  };
}

/** A child process, as its parent sees it. */
function child(answer: (interrupted: Call["interrupted"]) => Promise<Answer>): ChildProcess {
  const events = new EventEmitter();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const interruptions = on(events, "SIGINT");
  void answer(() => interruptions.next()).then(
    (said) => {
      stdout.end(said.stdout);
      stderr.end(said.stderr);
      events.emit("close", said.code ?? 0);
    },
    (error: unknown) => events.emit("error", error),
  );
  return Object.assign(events, {
    stdout,
    stderr,
    kill: (signal: NodeJS.Signals) => events.emit(signal),
  }) as unknown as ChildProcess;
}

/** Prints something, as JSON unless it is a string. */
export function print(value: unknown): Answer {
  return { stdout: `${typeof value === "string" ? value : JSON.stringify(value)}\n` };
}

/** Fails, with this on standard error. */
export function refusing(stderr: string): Answer {
  return { stderr: `${stderr}\n`, code: 1 };
}

/** What `show` prints for a plan with one action on some resources, given by address or with what they were before. */
export function changing(
  action: "create" | "update" | "delete",
  ...resources: readonly (string | readonly [address: string, before: object])[]
): Answer {
  return print({
    resource_changes: resources.map((resource) => {
      const [address, before] = typeof resource === "string" ? [resource, { name: "a" }] : resource;
      return {
        address,
        mode: "managed",
        type: address.split(".")[0],
        change: {
          actions: [action],
          before: action === "create" ? null : before,
          after: action === "delete" ? null : { name: "b" },
          after_unknown: {},
        },
      };
    }),
  });
}

/** Fails as Terraform does: an error about a resource. */
export function failing(address: string, summary: string): Answer {
  const diagnostic = { severity: "error", summary, detail: "", address };
  return { ...print({ type: "diagnostic", diagnostic }), code: 1 };
}

/** Infra and app each have one resource to create. */
export const FIRST_DEPLOY = {
  "infra show": changing("create", VPC),
  "app show": changing("create", DEPLOYMENT),
};
