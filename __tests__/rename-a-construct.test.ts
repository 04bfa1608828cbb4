import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, DataResource, LocalBackend, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { apply, isApplicable, plan, type Plan } from "../commands/plan/plan";
import { outcome } from "../commands/plan/summary";
import { init } from "../commands/terraform/program";
import type { StackFolder } from "../commands/terraform/stack-folder";
import { resourcesOf, stackJsonIn } from "../stacks/stack-json";
import { describeWith, TERRAFORM } from "./programs";

/** docs/rename-a-construct.md does what it says, with Terraform itself. */

class LoadBalancer extends Construct {
  readonly resource: DataResource;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.resource = new DataResource(this, "nlb", { input: { port: 443 } });
    new DataResource(this, "http", { input: { port: 80 } });
  }
}

describeWith([TERRAFORM], "a construct with another id", () => {
  const path = mkdtempSync(join(tmpdir(), "wbot-rename-"));
  const [state, deployed] = ["state.tfstate", "deployed.tfstate"].map((file) => join(path, file)) as [
    string,
    string,
  ];
  const plans: Plan[] = [];
  beforeAll(async () => {
    const before = (stack: TerraformStack) => new LoadBalancer(stack, "load-balancer");
    await init(synthesized(before));
    await deploy(before);
    copyFileSync(state, deployed);
  }, 60_000);
  beforeEach(() => {
    copyFileSync(deployed, state);
  });
  afterAll(() => {
    for (const { discard } of plans) discard();
    rmSync(path, { recursive: true });
  });

  function synthesized(build: (stack: TerraformStack) => unknown): StackFolder {
    // cdktf would start Terraform for its version once for each move and import.
    const app = new App({ outdir: join(path, "out"), skipValidation: true });
    const stack = new TerraformStack(app, "infra");
    new LocalBackend(stack, { path: state });
    build(stack);
    app.synth();
    const folder = join(path, "out", "stacks", "infra");
    return {
      stack: "infra",
      path: folder,
      json: stackJsonIn(folder),
      checksum: undefined,
      nameOf: (address) => address,
    };
  }

  async function planned(build: (stack: TerraformStack) => unknown): Promise<Plan> {
    const made = await plan(synthesized(build));
    plans.push(made);
    return made;
  }

  async function deploy(build: (stack: TerraformStack) => unknown): Promise<Plan> {
    const made = await planned(build);
    await apply(made, () => undefined);
    return made;
  }

  const renamed = (stack: TerraformStack) => new LoadBalancer(stack, "edge");
  const addresses = (id: string) =>
    resourcesOf(synthesized((stack) => new LoadBalancer(stack, id)).json)
      .map(({ address }) => address)
      .sort();

  it("is replaced where nothing says that it was moved", async () => {
    expect(outcome(await planned(renamed))).toBe("2 deleted, 2 created");
  }, 60_000);

  it("keeps its resources by a list of moves, which is needed until it was applied", async () => {
    const [from, to] = [addresses("load-balancer"), addresses("edge")];
    const moved = (stack: TerraformStack) => {
      renamed(stack);
      stack.addOverride(
        "moved",
        from.map((address, index) => ({ from: address, to: to[index] })),
      );
    };
    const done = await deploy(moved);
    expect(done.changes.map(({ action, previousAddress }) => [action, previousAddress])).toEqual(
      from.map((address) => ["move", address]),
    );
    expect(isApplicable(await planned(moved))).toBe(false);
    expect(isApplicable(await planned(renamed))).toBe(false);
  }, 60_000);

  it("keeps a single resource by moveFromId, beside a list for the others", async () => {
    const [[http, nlb = ""], [edgeHttp]] = [addresses("load-balancer"), addresses("edge")];
    const { changes } = await planned((stack) => {
      renamed(stack).resource.moveFromId(nlb);
      stack.addOverride("moved", [{ from: http, to: edgeHttp }]);
    });
    expect(changes.map(({ action }) => action)).toEqual(["move", "move"]);
  }, 60_000);

  it("is forgotten by one stack, for another one to import", async () => {
    const from = addresses("load-balancer").map((address) => ({
      from: address,
      lifecycle: { destroy: false },
    }));
    const forgotten = await deploy((stack) => {
      stack.addOverride("removed", from);
    });
    expect(outcome(forgotten)).toBe("2 forgotten");
    const imported = await planned((stack) => {
      new LoadBalancer(stack, "load-balancer").resource.importFrom("an-id");
    });
    expect(imported.changes.map(({ importing }) => importing)).toContain("an-id");
  }, 60_000);
});
