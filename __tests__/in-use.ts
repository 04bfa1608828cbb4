import { withTwins } from "../environments";
import { standing, twins } from "../environments/list";

/** The environments as their owner has them: what a program knows that runs outside Jest. */
export const IN_USE = withTwins(standing, twins);
