import { DURATION, seconds } from "../../environments/duration";

it.each([
  ["90s", 90],
  ["5m", 300],
  ["1h", 3600],
])("parses %s as %i seconds", (text, expected) => {
  expect(seconds(text)).toBe(expected);
});

it.each(["", "5", "0s", "1.5m", "5 m", "1m30s", "5d"])("does not accept %p as a duration", (text) => {
  expect(DURATION.test(text)).toBe(false);
});
