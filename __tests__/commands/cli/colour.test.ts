import { coloured } from "../../../commands/cli/terminal";

test("colours a terminal", () => {
  expect(coloured({ TERM: "xterm" }, true)).toBe(true);
});

// picocolors treats CI as a colour terminal, which filled logs with escape sequences.
test.each([
  ["NO_COLOR", { NO_COLOR: "1" }],
  ["CI", { CI: "true" }],
  ["a terminal that can't", { TERM: "dumb" }],
])("colours nothing with %s", (_, env) => {
  expect(coloured(env, true)).toBe(false);
});

test("colours nothing without a terminal", () => {
  expect(coloured({ FORCE_COLOR: "1" }, undefined)).toBe(false);
});
