import type { Twin } from "./twin";

/** rehearsal's twin, to rehearse a recovery in an emulator's account. */
export const rehearsalWest: Twin = {
  of: "rehearsal",
  differences: {
    region: "us-west-2",
    zones: ["us-west-2a", "us-west-2b"],
    domain: { records: false },
    registry: { create: false },
  },
};
