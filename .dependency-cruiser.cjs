/**
 * The layers, lowest first: each imports only from those below it, types included. `npm run lint` enforces it;
 * docs/architecture.md has the diagram.
 */
const LAYERS = ["environments", "constructs", "stacks", "commands", "tools"];
/** The subfolders of constructs/, which don't import one another; they share the files next to them. */
const PARTS = "^constructs/(aws|ci|platform|workloads)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...LAYERS.slice(0, -1).map((layer, index) => ({
      name: `${layer}-imports-only-from-below`,
      severity: "error",
      from: { path: `^${layer}/` },
      to: { path: `^((${LAYERS.slice(index + 1).join("|")})/|main\\.ts$)` },
    })),
    {
      name: "parts-of-constructs-are-apart",
      comment: "What several of them share goes next to them, in constructs/ itself.",
      severity: "error",
      from: { path: PARTS },
      to: { path: PARTS, pathNot: "^constructs/$1/" },
    },
    {
      name: "constructs-share-nothing-of-a-part",
      severity: "error",
      from: { path: "^constructs/[^/]+$" },
      to: { path: PARTS },
    },
    {
      name: "main-imports-no-command",
      severity: "error",
      from: { path: "^main\\.ts$" },
      to: { path: "^(commands|tools)/" },
    },
    {
      name: "commands-know-stacks-not-constructs",
      severity: "error",
      from: { path: "^commands/" },
      to: { path: "^constructs/" },
    },
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    { name: "no-circle-of-folders", severity: "error", scope: "folder", from: {}, to: { circular: true } },
  ],
  options: {
    // Imports of types count too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    includeOnly: `^(${LAYERS.join("|")}|main\\.ts$)`,
  },
};
