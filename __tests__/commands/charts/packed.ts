import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** A packaged chart with some files, as `helm package` creates it. */
export async function packed(name: string, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [path, text] of Object.entries(files)) archive.entry({ name: `${name}/${path}` }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
