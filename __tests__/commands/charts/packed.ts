import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** A packaged chart with some files, as `helm package` creates it. */
export async function packed(name: string, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [path, text] of Object.entries(files)) archive.entry({ name: `${name}/${path}` }, text);
  archive.finalize();
  return gzipSync(await buffer(archive));
}
