import { metadata, NAMED, synth, type Found, type WrittenStack } from "../synth";

const IN_CLUSTER = { ...NAMED, redis: { kind: "in-cluster" } };
const objects = (app: WrittenStack): Found[] => app.all.filter(({ type }) => type.startsWith("kubernetes_"));
const valid = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

describe.each<[string, WrittenStack]>([
  ["dev", synth("dev", NAMED).app],
  ["staging", synth("staging", NAMED).app],
  ["prod", synth("prod", NAMED).app],
  ["dev with Redis in the cluster", synth("dev", IN_CLUSTER).app],
])("the objects of app in %s", (_, app) => {
  it("all have the recommended labels", () => {
    expect(objects(app).length).toBeGreaterThan(20);
    for (const object of objects(app)) {
      const labels = metadata(object)["labels"];
      expect([object.path, labels]).toEqual([
        object.path,
        expect.objectContaining({
          "app.kubernetes.io/name": expect.stringMatching(valid),
          "app.kubernetes.io/part-of": "wbot",
          "app.kubernetes.io/component": expect.stringMatching(valid),
          "app.kubernetes.io/managed-by": "cdktf",
          "app.kubernetes.io/version": expect.stringMatching(valid),
        }),
      ]);
    }
  });

  it("have their image's version, and so do their pods", () => {
    for (const { body } of app.of("kubernetes_deployment_v1")) {
      const version = { "app.kubernetes.io/version": "v0.1.0" };
      expect(body["metadata"].labels).toMatchObject(version);
      expect(body["spec"].template.metadata.labels).toMatchObject(version);
    }
  });

  it("select their pods by labels that the pods have, and that no release changes", () => {
    const workloads = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1"].flatMap((type) =>
      app.of(type),
    );
    for (const { body } of workloads) {
      const selector = body["spec"].selector.match_labels as Record<string, string>;
      expect(body["spec"].template.metadata.labels).toMatchObject(selector);
      expect(Object.keys(selector).sort()).toEqual(["app.kubernetes.io/name", "app.kubernetes.io/part-of"]);
    }
  });
});

it("lets kubectl logs -n wbot -l app.kubernetes.io/name=wbot-ai find the AI's pods and no others", () => {
  const pods = synth("prod")
    .app.of("kubernetes_deployment_v1")
    .filter(({ body }) => body["spec"].template.metadata.labels["app.kubernetes.io/name"] === "wbot-ai");
  expect(pods.map(({ path }) => path)).toEqual(["wbot-ai/deployment"]);
});

it("changes only one Deployment for a new image", () => {
  const shipped = synth("prod", NAMED);
  const tagged = synth("prod", { ...NAMED, ai: { image: { tag: "v0.2.0" } } });
  const changed = tagged.app.all.filter(
    ({ address, body }) =>
      !address.startsWith("data.") &&
      JSON.stringify(body) !== JSON.stringify(shipped.app.all.find((each) => each.address === address)?.body),
  );
  expect(changed.map(({ path }) => path)).toEqual(["wbot-ai/deployment"]);
  expect(tagged.infra.json).toEqual(shipped.infra.json);
});
