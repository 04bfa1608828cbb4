import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, type StackManifest } from "cdktf";
import type { StackOptions } from "../constructs/environment-stack";
import { withoutCreationStacks } from "../constructs/quick-stack";
import type { Environment } from "../environments";
import type { Bootstrap } from "../environments/bootstrap";
import { AppStack } from "./app";
import { BootstrapStack, type BootstrapOptions } from "./bootstrap";
import { InfraStack } from "./infra";

interface Manifest {
  stacks: Record<string, StackManifest>;
}

/**
 * Writes both stacks of an environment to `<outdir>/<environment>`, and the manifest by which the cdktf command finds
 * them to `outdir`.
 *
 * With one folder for all environments, Terraform would find the previous environment's backend after a change of
 * WBOT_ENV, and offer to copy its state into the other's.
 */
export function synthesize(environment: Environment, outdir: string, options?: StackOptions): void {
  const folder = join(outdir, environment.name);
  mkdirSync(folder, { recursive: true });
  withoutCreationStacks(() => {
    const app = new App({ outdir: folder });
    const infra = new InfraStack(app, environment, options);
    new AppStack(app, environment, options).addDependency(infra);
    app.synth();
  });

  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
  const below = (path: string) => join(environment.name, path);
  for (const [name, stack] of Object.entries(manifest.stacks)) {
    manifest.stacks[name] = {
      ...stack,
      workingDirectory: below(stack.workingDirectory),
      synthesizedStackPath: below(stack.synthesizedStackPath),
      stackMetadataPath: below(stack.stackMetadataPath),
    };
  }
  writeFileSync(join(outdir, "manifest.json"), JSON.stringify(manifest, null, 2));
}

/** Writes the bootstrap stack of a bucket into `folder`, apart from every environment: `cdktf list` doesn't show it. */
export function synthesizeBootstrap(bootstrap: Bootstrap, folder: string, options: BootstrapOptions): void {
  mkdirSync(folder, { recursive: true });
  withoutCreationStacks(() => {
    const app = new App({ outdir: folder });
    new BootstrapStack(app, bootstrap, options);
    app.synth();
  });
}
