import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { App, Manifest } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

/** 1980-01-01, the first day that ZIP knows: with a file's own time each checkout would make another archive. */
const DOS_DATE = 0x0021;
/** A plain file that everybody may read: Lambda runs as a user of its own. */
const UNIX_MODE = 0o100644;

/** A ZIP archive of one file, not compressed: the same bytes on every machine and at any time. */
export function zipOf(name: string, content: Buffer): Buffer {
  const fileName = Buffer.from(name);
  // What the file's own header and the directory's entry have in common.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(DOS_DATE, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(fileName.length, 22);

  const file = Buffer.concat([Buffer.from("PK\x03\x04"), common, fileName, content]);
  const madeOnUnix = Buffer.from([20, 3]);
  const attributes = Buffer.alloc(14);
  attributes.writeUInt32LE(UNIX_MODE * 2 ** 16, 6);
  const entry = Buffer.concat([Buffer.from("PK\x01\x02"), madeOnUnix, common, attributes, fileName]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(entry.length, 8);
  end.writeUInt32LE(file.length, 12);
  return Buffer.concat([file, entry, Buffer.from("PK\x05\x06"), end]);
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
    const archive = zipOf(basename(source), readFileSync(source));
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
