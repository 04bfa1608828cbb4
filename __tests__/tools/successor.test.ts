import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { moved, SUCCESSOR } from "../../tools/successor";

const own = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8"));

it("puts cdktn in cdktf's place, for the providers' packages too, and takes cdktf's program out", () => {
  const { dependencies, devDependencies, overrides } = moved<any>(own);
  expect(dependencies).toEqual({ ...own.dependencies, cdktf: SUCCESSOR });
  expect(overrides).toEqual({ ...own.overrides, cdktf: SUCCESSOR });
  expect(devDependencies["cdktf-cli"]).toBeUndefined();
  expect(Object.keys(devDependencies)).toHaveLength(Object.keys(own.devDependencies).length - 1);
});

it("is described with every file that needs cdktf's program or names this command, which go", () => {
  const project = join(__dirname, "..", "..");
  const uses =
    'resolve\\("cdktf-cli|- run: npx cdktf|\\(cdktf synth\\||"successor"|npm run( --silent)? successor|tools/successor';
  // Unlike a list of what git tracks, it skips files that are deleted and not yet staged, and links.
  const using = execFileSync(
    "git",
    ["grep", "-lIE", uses, "--", ":(exclude)docs/decisions", ":(exclude)__tests__/tools"],
    { cwd: project, encoding: "utf8" },
  )
    .trim()
    .split("\n");
  expect(using.length).toBeGreaterThan(0);
  const page = readFileSync(join(project, "docs", "decisions", "leaving-cdktf.md"), "utf8");
  expect(using.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
});
