import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataResource, type TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { isApplicable, type Plan } from "../commands/plan/plan";
import { outcome } from "../commands/plan/summary";
import { resourcesOf } from "../stacks/stack-json";
import { Deployed } from "./deployed";
import { describeWith, TERRAFORM } from "./programs";

/** docs/rename-a-construct.md does what it says, with Terraform itself. */

class LoadBalancer extends Construct {
  private readonly resource: DataResource;

  constructor(scope: Construct, id: string, from?: { readonly address: string } | { readonly id: string }) {
    super(scope, id);
    this.resource = new DataResource(this, "nlb", { input: { port: 443 } });
    new DataResource(this, "http", { input: { port: 80 } });
    if (from === undefined) return;
    if ("id" in from) this.resource.importFrom(from.id);
    else this.resource.moveFromId(from.address);
  }
}

it("is done inside the construct, since not every one shows its resource", () => {
  const page = readFileSync(join(__dirname, "../docs/rename-a-construct.md"), "utf8");
  const lines = page.match(/[\w.]+\.(moveFromId|importFrom)\("/g);
  expect(lines).toEqual(['this.resource.moveFromId("', 'this.resource.importFrom("']);
  const source = readFileSync(join(__dirname, "../constructs/aws/load-balancer.ts"), "utf8");
  expect(source).toContain("private readonly resource: Lb;");
  expect(source).toContain('this.resource = new Lb(this, "nlb", {');
});

describeWith([TERRAFORM], "a construct with another id", () => {
  const stack = new Deployed();
  // One stack has them all, since each run of Terraform takes a while.
  const before = (scope: TerraformStack) => {
    for (const id of ["unmoved", "listed", "single", "forgotten"]) new LoadBalancer(scope, id);
  };
  let done: Plan;
  beforeAll(async () => {
    await stack.init(before);
    await stack.deploy(before);
    done = await stack.deploy(moved);
  }, 60_000);
  afterAll(() => {
    stack.remove();
  });

  const addresses = (id: string) =>
    resourcesOf(stack.synthesized((scope) => new LoadBalancer(scope, id)).json)
      .map(({ address }) => address)
      .sort();
  const moves = (id: string) => {
    const to = addresses(`${id}-edge`);
    return addresses(id).map((from, index) => ({ from, to: to[index] }));
  };
  const [listed, single, forgotten] = [moves("listed"), moves("single"), addresses("forgotten")];

  /** All but what is forgotten, with other ids. */
  function renamed(scope: TerraformStack, from?: { readonly address: string }): void {
    for (const id of ["listed", "unmoved"]) new LoadBalancer(scope, `${id}-edge`);
    new LoadBalancer(scope, "single-edge", from);
  }
  function moved(scope: TerraformStack): void {
    const [http, nlb] = single;
    renamed(scope, { address: nlb?.from ?? "" });
    scope.addOverride("moved", [...listed, http]);
    const removed = forgotten.map((from) => ({ from, lifecycle: { destroy: false } }));
    scope.addOverride("removed", removed);
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
    expect(isApplicable(await stack.planned(moved))).toBe(false);
    expect(isApplicable(await stack.planned(renamed))).toBe(false);
  }, 60_000);

  it("is forgotten by one stack, for another one to import", async () => {
    expect(outcome(of("forgotten"))).toBe("2 forgotten");
    const imported = await stack.planned((scope) => {
      new LoadBalancer(scope, "forgotten", { id: "an-id" });
    });
    expect(imported.changes.map(({ importing }) => importing)).toContain("an-id");
  }, 60_000);
});
