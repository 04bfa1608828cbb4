import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnvironment } from "../../environments";
import { writeStacks } from "../../stacks/write";

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "wbot-write-"));
});

describe("an environment whose pods don't fit", () => {
  const crowded = loadEnvironment("dev", { overrides: { ai: { cpu: { request: "2" } } } });

  it("is refused before anything is written", () => {
    expect(() => {
      writeStacks(crowded, outdir);
    }).toThrow(`The pods of the environment "dev" don't fit on its nodes:`);
    expect(existsSync(join(outdir, "dev"))).toBe(false);
  });

  it("is written for a destroy", () => {
    writeStacks(crowded, outdir, { checks: false });
    expect(existsSync(join(outdir, "dev/stacks/app/cdk.tf.json"))).toBe(true);
  });
});
