const { TestEnvironment } = require("jest-environment-node");

// At once, without freeing the heap piece by piece. Nothing is open then: a leaked handle still keeps a worker from its end.
process.once("beforeExit", () => process.exit());

/**
 * Node.js, with zod from outside of Jest's contexts: loaded once for all test files of a worker, and compiled where it is
 * used often. In each context it would be loaded again, and build the settings' schema from cold code. It keeps no state.
 */
module.exports = class extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} args */
  constructor(...args) {
    super(...args);
    Object.assign(this.global, { outsideZod: require("zod") });
  }
};
