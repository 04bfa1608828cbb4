import { createHash } from "node:crypto";
import { join } from "node:path";
import { PROJECT } from "../../project";
import { sourceText } from "../source-text";

const SOURCE = join(PROJECT, "constructs", "platform", "refusals");
const FILES = [".traefik.yml", "go.mod", "refusals.go"] as const;
const MODULE = "wbot/refusals";
const HASH_LENGTH = 16;

/** Chart values for the plugin REFUSALS, and a pod annotation that rolls the pods when its source changes. */
export function refusalsPlugin() {
  const source = Object.fromEntries(FILES.map((file) => [file, sourceText(join(SOURCE, file))]));
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
