import { mkdirSync } from "node:fs";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { App } from "cdktf";
import { EnvironmentStack } from "../../constructs/environment-stack";
import { Workload } from "../../constructs/workloads/workload";
import { loadEnvironment, type Environment } from "../../environments";

/** What is measured by benchmark.ts: a stack of prod with as many workloads as the first argument says. */

class Workloads extends EnvironmentStack {
  constructor(app: App, environment: Environment, count: number) {
    super(app, "workloads", environment);
    new KubernetesProvider(this, "kubernetes", {});
    for (let index = 0; index < count; index += 1)
      new Workload(this, `workload-${index}`, {
        service: "ai",
        repository: "registry.test/wbot-ai",
        secrets: [],
        dependsOn: [],
      });
  }
}

const [count = "1", outdir = "cdktf.out"] = process.argv.slice(2);
mkdirSync(outdir, { recursive: true });
const environment = loadEnvironment("prod", { overrides: { ai: { image: { tag: "v1" } } } });
// Code that is compiled at its first use is no cost of a workload.
synthesize(1);
const start = performance.now();
synthesize(Number(count));
console.log(Math.round((performance.now() - start) * 10) / 10);

function synthesize(workloads: number): void {
  const app = new App({ outdir });
  new Workloads(app, environment, workloads);
  app.synth();
}
