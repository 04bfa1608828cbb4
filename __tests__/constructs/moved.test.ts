import { DataResource } from "cdktf";
import { Construct } from "constructs";
import { Moved } from "../../constructs/moved";
import type { Overrides } from "../../environments";
import { Deployed, type Build } from "../deployed";
import { describeWith, TERRAFORM } from "../programs";
import { metadata, synth, type Found } from "../synth";

/** Settings by which objects get other names. */
const SETTINGS: readonly (readonly [string, Overrides])[] = [
  ["a variable", { ai: { variables: { MODEL: "large" } } }],
  ["the redirect's target", { domain: { host: "other.example.com" } }],
  ["a trusted proxy", { traffic: { trustedProxies: ["203.0.113.0/24"] } }],
  ["the pages' policy", { traffic: { contentSecurityPolicy: { inlineScripts: false } } }],
  ["Redis' engine", { redis: { engine: "redis", version: "7.1" } }],
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
it.each(SETTINGS)("has another address for each name that %s leads to", (_, overrides) => {
  const [before, after] = [newFirst(), newFirst(overrides)];
  expect([...after.keys()].filter((address) => !before.has(address))).not.toEqual([]);
  for (const [address, name] of after)
    expect([address, before.get(address) ?? name]).toEqual([address, name]);
});

describeWith([TERRAFORM], "a configuration with an address for each content", () => {
  function product(content: string, rollout: "succeeds" | "fails" = "succeeds"): Build {
    return (scope) => {
      const config = new Construct(scope, "config");
      const input = { content };
      const map = new DataResource(config, content, { input, lifecycle: { createBeforeDestroy: true } });
      new Moved(config, "config-map", map);
      const postcondition = [
        { condition: '${self.output.content == ""}', errorMessage: "Its pods don't start." },
      ];
      new DataResource(scope, "deployment", {
        input,
        lifecycle: rollout === "fails" ? { postcondition } : {},
        dependsOn: [map],
      });
    };
  }

  it("moves the one for all to its address, and keeps what the last rollout that succeeded had, and only that, until the next one succeeds, as a revert does", async () => {
    const stack = new Deployed();
    const failed = (content: string) =>
      expect(stack.deploy(product(content, "fails"))).rejects.toThrow("pods");
    const actions = async (build: Build) =>
      (await stack.deploy(build)).changes.map(({ address, action }) => `${action} ${address}`);
    await stack.init(product("a"));
    await stack.deploy(
      (scope) => new DataResource(new Construct(scope, "config"), "config-map", { input: { content: "a" } }),
    );
    expect(await actions(product("a"))).toEqual([
      expect.stringMatching(/^move terraform_data\.config_a_/),
      "create terraform_data.deployment",
    ]);
    await failed("b");
    expect(stack.state()).toEqual(["config_a", "config_b", "deployment"]);
    expect(await actions(product("a"))).toEqual([
      expect.stringMatching(/^delete terraform_data\.config_b_/),
      "update terraform_data.deployment",
    ]);
    expect(stack.state()).toEqual(["config_a", "deployment"]);
    await stack.deploy(product("b"));
    await failed("c");
    expect(stack.state()).toEqual(["config_b", "config_c", "deployment"]);
    await stack.deploy(product("d"));
    expect(stack.state()).toEqual(["config_d", "deployment"]);
    stack.remove();
  }, 60_000);
});
