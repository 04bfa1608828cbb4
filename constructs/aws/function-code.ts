import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { App, Manifest } from "cdktf";
import { Construct } from "constructs";
import { zipSync } from "fflate";
import type { EnvironmentStack } from "../environment-stack";
import { sourceText } from "../source-text";

/** The first day that ZIP knows, in whatever time zone: with a file's own time each checkout would make another archive. */
const MODIFIED = new Date(1980, 0, 1);
/** A plain file that everybody may read: Lambda runs as a user of its own. */
const UNIX = 3;
const UNIX_MODE = 0o100644;

/** A ZIP archive of one file, not compressed: the same bytes on every machine and at any time. */
export function zipOf(name: string, content: Buffer): Buffer {
  const attributes = { level: 0, mtime: MODIFIED, os: UNIX, attrs: UNIX_MODE * 2 ** 16 } as const;
  return Buffer.from(zipSync({ [name]: [content, attributes] }));
}

/**
 * The code of a Lambda function: one file, packed beside the stack that Terraform reads.
 *
 * Not cdktf's TerraformAsset: its archives differ with the files' times, and it packs them by a command line that a
 * space in the project's path breaks.
 */
export class FunctionCode extends Construct {
  /**
   * The archive, as seen from the stack's folder. Named by its content: a saved plan only has the name, and the file is
   * read when the plan is applied, perhaps after another command has written other code there.
   */
  readonly file: string;
  /** SHA-256 of the archive in base64, as Lambda gives it. */
  readonly hash: string;

  /** `source`: path of the file. */
  constructor(scope: Construct, id: string, stack: EnvironmentStack, source: string) {
    super(scope, id);
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
