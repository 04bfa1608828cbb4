/**
 * The layers, lowest first: each imports only from those below it, types included. `npm run lint` enforces it;
 * docs/architecture.md has the diagram.
 */
const STOREYS = ["environments", "constructs", "stacks", "commands", "tools"];
/** The subfolders of constructs/, which don't import one another; they share the files next to them. */
const ROOMS = "^constructs/(aws|ci|platform|workloads)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...STOREYS.slice(0, -1).map((storey, floor) => ({
      name: `${storey}-imports-only-from-below`,
      severity: "error",
      from: { path: `^${storey}/` },
      to: { path: `^((${STOREYS.slice(floor + 1).join("|")})/|main\\.ts$)` },
    })),
    {
      name: "rooms-of-constructs-are-apart",
      comment: "What several of them share goes next to them, in constructs/ itself.",
      severity: "error",
      from: { path: ROOMS },
      to: { path: ROOMS, pathNot: "^constructs/$1/" },
    },
    {
      name: "constructs-share-nothing-of-a-room",
      severity: "error",
      from: { path: "^constructs/[^/]+$" },
      to: { path: ROOMS },
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
    includeOnly: `^(${STOREYS.join("|")}|main\\.ts$)`,
  },
};
