import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commitsIn } from "../../tools/leaks";
import { workflows } from "../github/workflow-files";

it("counts the commits that were looked at: gitleaks passes where it saw none", () => {
  expect(commitsIn("4:49AM INF 351 commits scanned.\n4:49AM INF no leaks found\n")).toBe(351);
  const outside = "4:49AM ERR [git] fatal: not a git repository\n4:49AM INF 0 commits scanned.\n";
  expect(commitsIn(outside)).toBe(0);
  expect(commitsIn("go: download failed")).toBe(0);
});

it("looks at every commit in CI, whose checkout otherwise has one", () => {
  const checkout = workflows["ci.yml"]?.jobs["verify"]?.steps?.[0];
  expect(checkout?.with?.["fetch-depth"]).toBe(0);
});

it("has no exceptions", () => {
  const ignored = () => readFileSync(join(__dirname, "..", "..", ".gitleaksignore"), "utf8");
  expect(ignored).toThrow("ENOENT");
});
