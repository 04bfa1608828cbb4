import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { raiseRotation, rotationFile } from "../../../commands/secrets/rotation-setting";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-rotation-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
};
const read = (name: string) => readFileSync(join(folder, name), "utf8");

it("adds the setting to the environment's file, and changes nothing else in it", () => {
  const text = (redis: string) =>
    `// redis: not this one\nexport const prod = {\n  redis: { ${redis} }, // kept\n};\n`;
  write("prod.ts", text('kind: "elasticache"'));
  raiseRotation("prod", 1, folder);
  expect(read("prod.ts")).toBe(text('kind: "elasticache", passwordRotation: 1'));
  raiseRotation("prod", 2, folder);
  expect(read("prod.ts")).toBe(text('kind: "elasticache", passwordRotation: 2'));
  expect(readdirSync(folder)).toEqual(["prod.ts"]);
});

it("writes it to the local file where that has it, or replaces the whole group", () => {
  write("dev.ts", "export const dev = { redis: {} };\n");
  expect(rotationFile("dev", folder)).toBe("environments/dev.ts");
  write("dev.local.json", '{"redis":{"kind":"in-cluster"},"region":"us-east-1"}');
  expect(rotationFile("dev", folder)).toBe("environments/dev.local.json");
  raiseRotation("dev", 1, folder);
  expect(JSON.parse(read("dev.local.json"))).toEqual({
    redis: { kind: "in-cluster", passwordRotation: 1 },
    region: "us-east-1",
  });
  expect(read("dev.ts")).toBe("export const dev = { redis: {} };\n");
});

it("says what to write by hand where it can't be sure", () => {
  write("own.ts", "export const own = { ...dev, redis: cache };\n");
  expect(() => {
    raiseRotation("own", 3, folder);
  }).toThrow(
    "environments/own.ts does not write redis as one object, so that it can't be edited here. Write it by hand: redis: { passwordRotation: 3 }, then deploy infra.",
  );
});
