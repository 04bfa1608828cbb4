import { Testing, TerraformStack, TerraformVariable } from "cdktf";
import { Config } from "../../../constructs/workloads/config";
import { SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { metadata, synth, type WrittenStack } from "../../synth";

const shipped = synth("prod").app;
const withVariables = (variables: Record<string, string>) => synth("prod", { ai: { variables } }).app;
const TEMPLATE = "${HOME} and %{ if x }";
const changed = withVariables({ MODEL: "large", PROMPT: TEMPLATE });
const reordered = withVariables({ PROMPT: TEMPLATE, MODEL: "large" });

const config = (app: WrittenStack, id: string) => app.one("kubernetes_config_map_v1", id);
const nameOf = (app: WrittenStack, id: string) => metadata(config(app, id))["name"] as string;

describe("a workload's configuration", () => {
  it.each(SERVICE_KEYS.map((key) => SERVICES[key].name))(
    "of %s is immutable, and outlives its pods",
    (id) => {
      expect(config(shipped, id).body).toMatchObject({
        immutable: true,
        lifecycle: { create_before_destroy: true },
      });
      const deployment = shipped.one("kubernetes_deployment_v1", id).body;
      expect(deployment["depends_on"]).toContain(config(shipped, id).address);
      expect(deployment["spec"].template.spec.container[0].env_from).toContainEqual({
        config_map_ref: { name: nameOf(shipped, id) },
      });
    },
  );

  // Found by a deploy: a StatefulSet whose first rollout failed could never be replaced, as its name was still taken.
  it.each([
    ["dev", { redis: { kind: "in-cluster" } }],
    ["prod", {}],
  ])(
    "makes nothing else of %s before its predecessor is gone, whose name would still be taken",
    (name, over) => {
      const { app } = synth(name, over);
      const first = app.all.filter(({ body }) => body["lifecycle"]?.create_before_destroy === true);
      const dragged = app.all.filter((each) => first.some((one) => app.isAfter(one, each)));
      // The manifests are Middlewares: __tests__/stacks/order.test.ts.
      expect(new Set(first.map(({ type }) => type))).toEqual(
        new Set(["kubernetes_config_map_v1", "kubernetes_manifest"]),
      );
      expect(
        dragged
          .map(({ type }) => type)
          .filter((type) => !type.startsWith("data.") && !type.startsWith("aws_")),
      ).toEqual([]);
    },
  );

  it("has a new name with new content, which rolls the pods, and the same with the same", () => {
    expect(nameOf(changed, "wbot-ai")).toMatch(/^wbot-ai-config-[0-9a-f]{10}$/);
    expect(nameOf(changed, "wbot-ai")).not.toBe(nameOf(shipped, "wbot-ai"));
    expect(nameOf(reordered, "wbot-ai")).toBe(nameOf(changed, "wbot-ai"));
  });

  it("doesn't roll the web when only the AI's changes", () => {
    expect(nameOf(changed, "wbot-web")).toBe(nameOf(shipped, "wbot-web"));
  });

  it("includes the environment's own variables", () => {
    expect(config(changed, "wbot-ai").body["data"].MODEL).toBe("large");
    const data = config(withVariables({ WORKERS: "4" }), "wbot-ai").body["data"];
    expect(data).toMatchObject({ WORKERS: "4", ENVIRONMENT: "prod" });
  });

  it("keeps text that looks like a Terraform template as text", () => {
    expect(config(changed, "wbot-ai").body["data"].PROMPT).toBe("$${HOME} and %%{ if x }");
  });

  it("can't contain what is known only after apply: its name would stay the same whatever the value", () => {
    const stack = new TerraformStack(Testing.app(), "stack");
    const late = new TerraformVariable(stack, "late", { type: "string" }).stringValue;
    expect(
      () =>
        new Config(stack, "config", {
          name: "wbot-ai",
          component: "backend",
          variables: { HOST: late },
        }),
    ).toThrow("wbot-ai: the variable HOST is known only after apply");
  });
});
