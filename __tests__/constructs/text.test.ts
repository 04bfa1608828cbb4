import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceText } from "../../constructs/text";

const PROJECT = join(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "wbot-source-"));

it.each([
  ["Windows' line endings", Buffer.from("one\r\ntwo\r\n")],
  ["a byte order mark", Buffer.from("\ufeffone\ntwo\n")],
  ["UTF-16", Buffer.from("\ufeffone\r\ntwo\r\n", "utf16le")],
])("is the same in a checkout with %s", (_, bytes) => {
  const file = join(folder, "source.mjs");
  writeFileSync(file, bytes);
  expect(sourceText(file)).toBe("one\ntwo\n");
});

it("is how constructs read every file that gets into a plan", () => {
  const readers = readdirSync(join(PROJECT, "constructs"), { recursive: true, encoding: "utf8" }).filter(
    (file) =>
      file.endsWith(".ts") && /readFile/.test(readFileSync(join(PROJECT, "constructs", file), "utf8")),
  );
  expect(readers).toEqual(["text.ts"]);
});

it("is checked out with the same line endings everywhere, under names that no file system confuses", () => {
  const { stdout } = spawnSync("git", ["ls-files", "--eol"], { cwd: PROJECT, encoding: "utf8" });
  const files = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/[\s]+/));
  expect(
    files.filter(([stored, , attributes]) => stored !== "i/lf" && attributes === "attr/text=auto"),
  ).toEqual([]);
  const names = stdout.split("\n").map((line) => line.split("\t")[1]?.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
});
