import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MINISTACK } from "../../commands/rehearse/ministack";

const read = (file: string) => readFileSync(join(__dirname, "../..", file), "utf8");
const page = read("docs/rehearsal.md");

it("names the emulator's version, and the oldest Python that it takes", () => {
  const [, version = ""] = /^ministack==(\S+)$/m.exec(read("locks/python/ministack.in")) ?? [];
  expect(page).toContain(`MiniStack ${version} `);
  expect(page).toContain(`Python ${MINISTACK.python} or newer`);
});
