import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../environments";
import { STACKS } from "../stack-names";
import { stackJsonIn } from "../stack-json";

/** Settings of the S3 backend that name the state, and those that only say how it is written. */
const NAME = ["bucket", "key"];
const ENCRYPTION = ["encrypt", "kms_key_id"];

type Config = Readonly<Record<string, unknown>>;

/**
 * Forgets how a stack's state was encrypted, where its folder was initialized for the same state with other settings.
 * Terraform refuses to go on after any change of a backend, and cdktf can't pass it -reconfigure. A folder that was
 * initialized for another state is left to Terraform's refusal.
 */
export function acceptEncryption({ name, state }: Environment, outdir: string): void {
  if (state.kind === "local") return;
  for (const stack of STACKS) {
    const path = join(outdir, name, "stacks", stack);
    const record = join(path, ".terraform", "terraform.tfstate");
    if (!existsSync(record)) continue;
    const recorded = recordedConfig(record);
    const wanted = stackJsonIn(path).terraform?.backend?.["s3"];
    const same = (keys: readonly string[]) =>
      keys.every((key) => (recorded?.[key] ?? undefined) === wanted?.[key]);
    if (same(NAME) && !same(ENCRYPTION)) rmSync(record);
  }
}

/** Undefined for a folder of another kind of backend. */
function recordedConfig(file: string): Config | undefined {
  const { backend } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly backend?: { readonly type: string; readonly config: Config };
  };
  return backend?.type === "s3" ? backend.config : undefined;
}
