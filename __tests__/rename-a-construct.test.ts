import { mkdtempSync, rmSync } from "node:fs";
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
  const plans: Plan[] = [];
  // One stack has them all, since each run of Terraform takes a while.
  const before = (stack: TerraformStack) => {
    for (const id of ["unmoved", "listed", "single", "forgotten"]) new LoadBalancer(stack, id);
  };
  let done: Plan;
  beforeAll(async () => {
    await init(synthesized(before));
    await deploy(before);
    done = await deploy(moved);
  }, 60_000);
  afterAll(() => {
    for (const { discard } of plans) discard();
    rmSync(path, { recursive: true });
  });

  function synthesized(build: (stack: TerraformStack) => unknown): StackFolder {
    // cdktf would start Terraform for its version once for each move and import.
    const app = new App({ outdir: join(path, "out"), skipValidation: true });
    const stack = new TerraformStack(app, "infra");
    new LocalBackend(stack, { path: join(path, "state.tfstate") });
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

  const addresses = (id: string) =>
    resourcesOf(synthesized((stack) => new LoadBalancer(stack, id)).json)
      .map(({ address }) => address)
      .sort();
  const moves = (id: string) => {
    const to = addresses(`${id}-edge`);
    return addresses(id).map((from, index) => ({ from, to: to[index] }));
  };
  const [listed, single, forgotten] = [moves("listed"), moves("single"), addresses("forgotten")];

  /** All but what is forgotten, with other ids. */
  function renamed(stack: TerraformStack): LoadBalancer[] {
    return ["single", "listed", "unmoved"].map((id) => new LoadBalancer(stack, `${id}-edge`));
  }
  function moved(stack: TerraformStack): void {
    const [edge] = renamed(stack);
    const [http, nlb] = single;
    edge?.resource.moveFromId(nlb?.from ?? "");
    stack.addOverride("moved", [...listed, http]);
    const removed = forgotten.map((from) => ({ from, lifecycle: { destroy: false } }));
    stack.addOverride("removed", removed);
  }
  /** What is done to a construct's resources. */
  const of = (id: string, { changes, ...others } = done): Plan => ({
    ...others,
    changes: changes.filter(({ address }) => address.includes(`.${id}`)),
  });

  it("is replaced where nothing says that it was moved", () => {
    expect(outcome(of("unmoved"))).toBe("2 deleted, 2 created");
  });

  it("keeps its resources by a list of moves", () => {
    expect(of("listed").changes.map(({ action, previousAddress }) => [action, previousAddress])).toEqual(
      listed.map(({ from }) => ["move", from]),
    );
  });

  it("keeps a single resource by moveFromId, beside a list for the others", () => {
    expect(of("single").changes.map(({ action }) => action)).toEqual(["move", "move"]);
  });

  it("needs the moves until they were applied", async () => {
    expect(isApplicable(await planned(moved))).toBe(false);
    expect(isApplicable(await planned(renamed))).toBe(false);
  }, 60_000);

  it("is forgotten by one stack, for another one to import", async () => {
    expect(outcome(of("forgotten"))).toBe("2 forgotten");
    const imported = await planned((stack) => {
      new LoadBalancer(stack, "forgotten").resource.importFrom("an-id");
    });
    expect(imported.changes.map(({ importing }) => importing)).toContain("an-id");
  }, 60_000);
});
