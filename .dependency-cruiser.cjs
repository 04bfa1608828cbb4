/**
 * The storeys of the house, the lowest first: each imports from those below it, never from one above. Held by
 * `npm run lint`, types included; docs/architecture.md draws it.
 */
const STOREYS = ["environments", "constructs", "stacks", "commands", "tools"];
/** The rooms of constructs/, over its files that all of them share. */
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
      comment: "What two of them must know lies beside them, in constructs/ itself.",
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
    // Types too: a type in the wrong place is a room in the wrong place.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    includeOnly: `^(${STOREYS.join("|")}|main\\.ts$)`,
  },
};
