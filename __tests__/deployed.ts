import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { apply, plan, type Plan } from "../commands/plan/plan";
import { init } from "../commands/terraform/program";
import type { StackFolder } from "../commands/terraform/stack-folder";
import { stackJsonIn } from "../stacks/stack-json";
import { stackFolder } from "./stack-folder";

export type Build = (stack: TerraformStack) => unknown;

/** A stack that Terraform itself deploys, with its state in a folder of its own: for resources without a provider. */
export class Deployed {
  private readonly path = mkdtempSync(join(tmpdir(), "wbot-deployed-"));

  synthesized(build: Build): StackFolder {
    // cdktf would start Terraform for its version once for each move and import.
    const app = new App({ outdir: join(this.path, "out"), skipValidation: true });
    const stack = new TerraformStack(app, "infra");
    new LocalBackend(stack, { path: join(this.path, "state.tfstate") });
    build(stack);
    app.synth();
    const folder = join(this.path, "out", "stacks", "infra");
    return stackFolder("infra", folder, stackJsonIn(folder));
  }

  async init(build: Build): Promise<void> {
    await init(this.synthesized(build));
  }

  async planned(build: Build): Promise<Plan> {
    return plan(this.synthesized(build));
  }

  async deploy(build: Build): Promise<Plan> {
    const made = await this.planned(build);
    await apply(made, () => undefined);
    return made;
  }

  /** Ids of the resources in the state, without their hashes. */
  state(): string[] {
    const { resources } = JSON.parse(readFileSync(join(this.path, "state.tfstate"), "utf8")) as {
      readonly resources: readonly { readonly name: string; readonly instances: readonly object[] }[];
    };
    return resources
      .flatMap(({ name, instances }) => instances.map(() => name.replace(/_[0-9A-F]{8}$/, "")))
      .sort();
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
