import { join } from "node:path";
import { PROJECT } from "../../project";
import { shortHash, sourceText } from "../text";

const SOURCE = join(PROJECT, "constructs", "platform", "refusals");
const FILES = [".traefik.yml", "go.mod", "refusals.go"] as const;
const MODULE = "wbot/refusals";
const HASH_DIGITS = 16;

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
      "wbot/refusals": shortHash(JSON.stringify(source), HASH_DIGITS),
    },
  };
}
