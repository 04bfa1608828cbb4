import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A stand-in program for Terraform, for tests of how it is run; stand-in.ts is faster for all others. */
export interface Script {
  readonly folder: string;
  /** Shell scripts by first argument, or by stack and first argument ("app plan"), which takes precedence. */
  readonly answer: (answers: Readonly<Record<string, string>>) => void;
  /** Its calls, such as "infra plan". */
  readonly calls: () => string[];
  /** Creates an empty file that a script waits for. */
  readonly make: (file: string) => void;
  readonly remove: () => void;
}

export function script(): Script {
  const folder = mkdtempSync(join(tmpdir(), "wbot-script-"));
  const program = join(folder, "terraform");
  const log = join(folder, "calls");
  process.env["TERRAFORM_BINARY_NAME"] = program;
  return {
    folder,
    answer: (answers) => {
      const ofStacksFirst = Object.entries(answers).sort(([a], [b]) => words(b) - words(a));
      const cases = ofStacksFirst.map(
        ([key, text]) => `${words(key) > 1 ? `"${key}"` : `*" ${key}"`})\n${text}\n;;`,
      );
      const head = `here="${folder}"\nstack=\${PWD##*/}\necho "$stack $1" >> "${log}"`;
      writeFileSync(program, `#!/bin/sh\n${head}\ncase "$stack $1" in\n${cases.join("\n")}\nesac\n`);
      chmodSync(program, 0o755);
    },
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    make: (file) => {
      writeFileSync(join(folder, file), "");
    },
    remove: () => {
      delete process.env["TERRAFORM_BINARY_NAME"];
      rmSync(folder, { recursive: true });
    },
  };
}

function words(key: string): number {
  return key.split(" ").length;
}

/** A script that prints something, as JSON unless it is a string. */
export function prints(value: unknown): string {
  return `cat <<'END'\n${typeof value === "string" ? value : JSON.stringify(value)}\nEND`;
}
