const { moduleNameMapper } = require("./__tests__/bundles");

/** @type {import("jest").Config} */
module.exports = {
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  transform: {
    "\\.m?[tj]s$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        // Load a package only when a test uses it.
        module: { type: "commonjs", lazy: true },
      },
    ],
  },
  testEnvironment: "<rootDir>/__tests__/environment.js",
  moduleNameMapper: {
    ...moduleNameMapper,
    "^zod$": "<rootDir>/__tests__/zod.js",
    "^(.*/stacks|\\.)/synthesize$": "<rootDir>/__tests__/synthesize.ts",
    // The environments as shipped (a copy of those above it): the tests pass whatever yours are.
    "^\\./list$": "<rootDir>/environments/shipped/list.ts",
  },
  // Enough on a busy machine.
  testTimeout: 30_000,
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out"],
  setupFiles: ["<rootDir>/__tests__/no-colour.ts"],
  // By default Jest leaves one core free: on two cores, half the machine.
  maxWorkers: "100%",
  // Workers end by themselves, but not within half a second on a busy machine.
  workerGracefulExitTimeout: 5_000,
  // Synthesizes for all test files: see synth-server.ts.
  globalSetup: "<rootDir>/__tests__/global-setup.ts",
  globalTeardown: "<rootDir>/__tests__/global-teardown.ts",
};
