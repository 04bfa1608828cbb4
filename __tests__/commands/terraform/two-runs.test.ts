import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applySaved, savePlan, type SavedPlan } from "../../../commands/terraform/saved-plan";
import { init } from "../../../commands/terraform/program";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { describeWith, TERRAFORM } from "../../programs";

describeWith([TERRAFORM], "two runs in one checkout, with Terraform itself", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "wbot-two-runs-"));
  });

  /** A run that has synthesized and planned its stack, and waits for confirmation. */
  async function waiting(shown: string): Promise<SavedPlan> {
    const json = { resource: { terraform_data: { x: { input: shown } } } };
    const folder: StackFolder = {
      stack: "infra",
      path,
      json,
      checksum: undefined,
      nameOf: (address) => address,
    };
    writeFileSync(join(path, "cdk.tf.json"), JSON.stringify(json));
    await init(folder);
    return savePlan(folder);
  }
  const deployed = () => readFileSync(join(path, "terraform.tfstate"), "utf8");
  const say = () => undefined;

  it("each apply what they showed, with a diff in between, and the later one refuses a stale plan", async () => {
    const first = await waiting("shown by the first");
    await waiting("to be looked at");
    const second = await waiting("shown by the second");
    await applySaved(first, say);
    expect(deployed()).toContain("shown by the first");
    await expect(applySaved(second, say)).rejects.toThrow(
      /^Applying infra failed:\n\n {2}Saved plan is stale\n[^]*Run the command again to see what is left to do\.$/,
    );
    expect(deployed()).not.toContain("shown by the second");
  }, 60_000);
});
