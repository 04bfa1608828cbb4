import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Environment } from "../environments";
import { STACKS } from "./stack-names";
import { stackJsonIn } from "./stack-json";

/** Arguments of the S3 backend that identify the state, and those that only set its encryption. */
const NAME = ["bucket", "key"];
const ENCRYPTION = ["encrypt", "kms_key_id"];

type Config = Readonly<Record<string, unknown>>;

/**
 * Deletes the record of the backend that a stack's folder was initialized for, if it is the same state written
 * differently: the same object with other encryption, or the same local file by another path. Terraform stops after any
 * backend change, and cdktf can't pass it -reconfigure. If the state really is another one, Terraform's error stands.
 */
export function acceptSameState({ name, state }: Environment, outdir: string): void {
  for (const stack of STACKS) {
    const path = join(outdir, name, "stacks", stack);
    const record = join(path, ".terraform", "terraform.tfstate");
    if (!existsSync(record)) continue;
    const recorded = recordedConfig(record, state.kind);
    const wanted = stackJsonIn(path).terraform?.backend?.[state.kind];
    if (recorded === undefined || wanted === undefined) continue;
    const isSame = state.kind === "local" ? sameFile : sameObject;
    if (isSame(recorded, wanted, path)) rmSync(record);
  }
}

function sameFile(recorded: Config, wanted: Config, folder: string): boolean {
  const [one, other] = [recorded["path"], wanted["path"]];
  return (
    typeof one === "string" &&
    typeof other === "string" &&
    one !== other &&
    resolve(folder, one) === resolve(folder, other)
  );
}

function sameObject(recorded: Config, wanted: Config): boolean {
  const same = (keys: readonly string[]) => keys.every((key) => (recorded[key] ?? undefined) === wanted[key]);
  return same(NAME) && !same(ENCRYPTION);
}

/** Undefined if the folder was initialized for another type of backend. */
function recordedConfig(file: string, kind: string): Config | undefined {
  const { backend } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly backend?: { readonly type: string; readonly config: Config };
  };
  return backend?.type === kind ? backend.config : undefined;
}
