import { decoded, duplicateKeys } from "../../environments/json-text";

const TEXT = '{ "ü": "€" }\r\n';

it.each([
  ["UTF-8", Buffer.from(TEXT)],
  ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${TEXT}`)],
  ["UTF-16, as PowerShell's > writes it", Buffer.from(`\ufeff${TEXT}`, "utf16le")],
  ["UTF-16 in the other order", Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16()],
])("reads %s", (_, bytes) => {
  expect(decoded(bytes)).toBe(TEXT);
});

it("refuses another encoding instead of losing its letters", () => {
  expect(() => decoded(Buffer.from(TEXT, "latin1"))).toThrow("not valid for encoding utf-8");
});

it.each<[string, string[]]>([
  ['{"a": {"a": 1}, "b": [{"c": 1}, {"c": 1}]}', []],
  ['{"a": "\\"a\\": {}", "b": "a"}', []],
  ['{"a": 1, "\\u0061": 2}', ["a"]],
  ['{"ai": {"x": 1, "y": 1, "x": 2}, "ai": {"x": 3}}', ["ai", "x"]],
  ['{"__proto__": 1, "__proto__": 2}', ["__proto__"]],
  ["[1]", []],
])("finds duplicate keys: %s", (text, duplicates) => {
  expect(duplicateKeys(text).sort()).toEqual(duplicates);
});
