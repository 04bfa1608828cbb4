import { DataResource } from "cdktf";
import { Construct } from "constructs";
import { apply, type Plan } from "../../commands/plan/plan";
import { Moved } from "../../constructs/moved";
import type { Overrides } from "../../environments";
import { Deployed, type Build } from "../deployed";
import { describeWith, TERRAFORM } from "../programs";
import { metadata, synth, type Found } from "../synth";

/** Settings by which objects get other names, and one of these objects each. Apart, where one would hide another. */
const SETTINGS: readonly (readonly [overrides: Overrides, addresses: readonly string[]])[] = [
  [
    {
      ai: { variables: { MODEL: "large" } },
      traffic: {
        trustedProxies: ["203.0.113.0/24"],
        contentSecurityPolicy: { inlineScripts: false },
      },
      redis: { engine: "redis", version: "7.1" },
    },
    [
      "kubernetes_config_map_v1.wbot-ai_config_",
      "kubernetes_manifest.ingress_pages-rate-limit_pages-client-",
      "kubernetes_manifest.ingress_page-policy_",
      "aws_elasticache_parameter_group.redis_",
    ],
  ],
  [{ domain: { host: "other.example.com" } }, ["kubernetes_manifest.ingress_redirect_"]],
];
const REDIRECTING = { others: [{ host: "www.example.com" }] };

const nameOf = (found: Found): unknown =>
  found.type.startsWith("kubernetes_") ? metadata(found)["name"] : found.body["name"];
/** What is created before its predecessor is destroyed, by address. */
const newFirst = (overrides: Overrides = {}): Map<string, unknown> => {
  const { domain, ...others } = overrides;
  const { infra, app } = synth("prod", { ...others, domain: { ...REDIRECTING, ...(domain as object) } });
  const all = [...infra.all, ...app.all].filter(
    ({ body }) => body["lifecycle"]?.create_before_destroy === true,
  );
  return new Map(all.map((found) => [found.address, nameOf(found)]));
};

// Under one address, a revert after a failed rollout would create the old one a second time, under a name that is taken.
it.each(SETTINGS)("has another address for each name that settings lead to: %j", (overrides, addresses) => {
  const [before, after] = [newFirst(), newFirst(overrides)];
  const added = [...after.keys()].filter((address) => !before.has(address));
  for (const start of addresses) expect(added).toContainEqual(expect.stringMatching(new RegExp(`^${start}`)));
  for (const [address, name] of after)
    expect([address, before.get(address) ?? name]).toEqual([address, name]);
});

describeWith([TERRAFORM], "a configuration with an address for each content", () => {
  /** One of several in a stack, since each run of Terraform takes a while. */
  function product(
    id: string,
    content: string,
    rollout: "succeeds" | "fails" = "succeeds",
  ): (stack: Construct) => void {
    return (stack) => {
      const scope = new Construct(stack, id);
      const config = new Construct(scope, "config");
      const input = { content };
      const map = new DataResource(config, content, { input, lifecycle: { createBeforeDestroy: true } });
      new Moved(config, "config-map", map);
      const postcondition = [
        { condition: '${self.output.content == ""}', errorMessage: `Pods of ${id} don't start.` },
      ];
      new DataResource(scope, "deployment", {
        input,
        lifecycle: rollout === "fails" ? { postcondition } : {},
        dependsOn: [map],
      });
    };
  }
  const all =
    (...products: readonly ((stack: Construct) => void)[]): Build =>
    (stack) => {
      for (const build of products) build(stack);
    };

  const stack = new Deployed();
  let failed: Plan;
  let recovered: Plan;
  let between: string[];
  beforeAll(async () => {
    const former = (scope: Construct) => {
      const config = new Construct(new Construct(scope, "former"), "config");
      new DataResource(config, "config-map", { input: { content: "a" } });
    };
    const first = all(former, product("reverted", "a"), product("next", "b"));
    await stack.init(first);
    await stack.deploy(first);
    failed = await stack.planned(
      all(product("former", "a"), product("reverted", "b", "fails"), product("next", "c", "fails")),
    );
    const failing = apply(failed, () => undefined);
    await expect(failing).rejects.toThrow("Pods of reverted");
    await expect(failing).rejects.toThrow("Pods of next");
    between = stack.state();
    recovered = await stack.deploy(
      all(product("former", "a"), product("reverted", "a"), product("next", "d")),
    );
  }, 60_000);
  afterAll(() => {
    stack.remove();
  });

  /** What is done to a product. */
  const actions = (id: string, { changes }: Plan) =>
    changes
      .filter(({ address }) => address.includes(`.${id}_`))
      .map(({ address, action }) => `${action} ${address.replace(/^\w+\.|_[0-9A-F]{8}$/g, "")}`);
  const of = (id: string, state: readonly string[]) => state.filter((name) => name.startsWith(`${id}_`));

  it("moves the one for all to its address", () => {
    expect(actions("former", failed)).toEqual(["move former_config_a", "create former_deployment"]);
    expect(of("former", between)).toEqual(["former_config_a", "former_deployment"]);
  });

  it("keeps what the last rollout that succeeded had, for a revert", () => {
    expect(of("reverted", between)).toEqual([
      "reverted_config_a",
      "reverted_config_b",
      "reverted_deployment",
    ]);
    expect(actions("reverted", recovered)).toEqual([
      "delete reverted_config_b",
      "update reverted_deployment",
    ]);
    expect(of("reverted", stack.state())).toEqual(["reverted_config_a", "reverted_deployment"]);
  });

  it("keeps that, and only that, until the next one succeeds", () => {
    expect(of("next", between)).toEqual(["next_config_b", "next_config_c", "next_deployment"]);
    expect(of("next", stack.state())).toEqual(["next_config_d", "next_deployment"]);
  });
});
