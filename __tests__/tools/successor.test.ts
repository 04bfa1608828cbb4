import { readFileSync } from "node:fs";
import { join } from "node:path";
import { moved, SUCCESSOR, verdict } from "../../tools/successor";

const own = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8"));

it("puts cdktn in cdktf's place, for the providers' packages too, and takes cdktf's program out", () => {
  const { dependencies, devDependencies, overrides } = moved<any>(own);
  expect(dependencies).toEqual({ ...own.dependencies, cdktf: SUCCESSOR });
  expect(overrides).toEqual({ ...own.overrides, cdktf: SUCCESSOR });
  expect(devDependencies["cdktf-cli"]).toBeUndefined();
  expect(Object.keys(devDependencies)).toHaveLength(Object.keys(own.devDependencies).length - 1);
});

it("claims no more than it has compared", () => {
  expect(verdict([], 7, ["dev", "prod"])).toBe(
    "cdktn writes what cdktf writes for dev, prod: 7 files are the same except for the version, white space and the project's folder",
  );
  expect(verdict(["a.json", "x.txt: only cdktf writes it"], 7, ["dev"])).toBe(
    "cdktn's output differs from cdktf's:\n  a.json\n  x.txt: only cdktf writes it",
  );
});
