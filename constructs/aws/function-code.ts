import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { App, Manifest, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { zipSync } from "fflate";
import { sourceText } from "../text";

/** ZIP's earliest date, in any time zone: with the file's mtime, every checkout would produce a different archive. */
const MODIFIED = new Date(1980, 0, 1);
/** A regular file that everybody may read: Lambda runs as a user of its own. */
const UNIX = 3;
const UNIX_MODE = 0o100644;

/** An uncompressed ZIP archive of one file: the same bytes on every machine, at any time. */
export function zipOf(name: string, content: Buffer): Buffer {
  const attributes = { level: 0, mtime: MODIFIED, os: UNIX, attrs: UNIX_MODE * 2 ** 16 } as const;
  return Buffer.from(zipSync({ [name]: [content, attributes] }));
}

/**
 * The code of a Lambda function: one file, zipped next to the synthesized stack.
 *
 * Not cdktf's TerraformAsset: its archives depend on mtimes, and it zips with a command line that breaks if the project's
 * path contains a space.
 */
export class FunctionCode extends Construct {
  /**
   * The archive's path, relative to the stack's folder. Named by its content: a saved plan has only the name, and the file
   * is read at apply, perhaps after another command has synthesized other code.
   */
  readonly file: string;
  /** SHA-256 of the archive in base64, as Lambda reports it. */
  readonly hash: string;

  /** `source`: path of the file. */
  constructor(scope: Construct, id: string, source: string) {
    super(scope, id);
    const stack = TerraformStack.of(this);
    const archive = zipOf(basename(source), Buffer.from(sourceText(source)));
    const digest = createHash("sha256").update(archive).digest();
    this.hash = digest.toString("base64");
    this.file = `${stack.getLogicalId(this.node)}_${digest.toString("hex", 0, 6)}.zip`;
    const folder = join(App.of(this).outdir, Manifest.stacksFolder, stack.node.id);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, this.file);
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, archive);
    renameSync(unfinished, path);
  }
}
