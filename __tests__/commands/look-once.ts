import type * as Wait from "../../commands/cli/wait";

const actual = jest.requireActual<typeof Wait>("../../commands/cli/wait");

/** In place of waiting: what doesn't hold in a test never will. */
export const untilItHolds: typeof actual.untilItHolds = (attempt, _, more) =>
  actual.untilItHolds(attempt, 0, more);
