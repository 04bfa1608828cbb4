import { coloured } from "../../../commands/cli/terminal";

test("colours a terminal", () => {
  expect(coloured({ TERM: "xterm" }, true)).toBe(true);
});

// picocolors takes CI for a terminal that has colours, and a log was then full of escape sequences.
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
