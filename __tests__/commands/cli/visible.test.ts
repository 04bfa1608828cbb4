import { visible } from "../../../commands/cli/visible";

it.each([
  ["\u001b[0m\n\t\u0085", "\\u001b[0m\\u000a\\u0009\\u0085"],
  ["\u200b\u200d\u2028\u202e\u2066\ufeff", "\\u200b\\u200d\\u2028\\u202e\\u2066\\ufeff"],
  ["\u00ad\u061c\u180e\ufff9", "\\u00ad\\u061c\\u180e\\ufff9"],
  ["a\u{e0041}b", "a\\u{e0041}b"],
  ["a ##[add-mask]e, ## [b], #[c]", "a ##\\u005badd-mask]e, ## [b], #[c]"],
  ["wörd 😀 日本", "wörd 😀 日本"],
])("escapes what can't be seen or is obeyed, and nothing else: %j", (value, shown) => {
  expect(visible(value)).toBe(shown);
});
