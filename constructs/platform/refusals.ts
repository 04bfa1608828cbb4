import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = join(__dirname, "refusals");
const FILES = [".traefik.yml", "go.mod", "refusals.go"] as const;
const MODULE = "wbot/refusals";
const HASH_LENGTH = 16;

/** What Traefik's chart takes for the plugin REFUSALS, and an annotation of the pods, which read the source only when they start. */
export function refusalsPlugin() {
  const source = Object.fromEntries(FILES.map((file) => [file, readFileSync(join(SOURCE, file), "utf8")]));
  return {
    values: {
      moduleName: MODULE,
      mountPath: `/plugins-local/src/${MODULE}`,
      type: "inlinePlugin",
      source,
    },
    podAnnotations: {
      "wbot/refusals": createHash("sha256")
        .update(JSON.stringify(source))
        .digest("hex")
        .slice(0, HASH_LENGTH),
    },
  };
}
