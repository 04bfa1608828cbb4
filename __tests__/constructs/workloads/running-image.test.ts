import { noImage } from "../../../environments/hints";
import { SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { metadata, NAMED, synth } from "../../synth";

const kept = synth("dev").app;
const found = (id: string) => kept.one("data.kubernetes_resources", id);
const deployment = (id: string) => kept.one("kubernetes_deployment_v1", id);
const container = (id: string) => deployment(id).body["spec"].template.spec.container[0];

describe.each(SERVICE_KEYS.map((key) => SERVICES[key].name))("%s, of which no image is named,", (id) => {
  it("is looked up by name, in a list that may be empty", () => {
    expect(found(id).body).toMatchObject({
      api_version: "apps/v1",
      kind: "Deployment",
      namespace: "wbot",
      field_selector: `metadata.name=${id}`,
    });
  });

  it("is looked up at plan, since it depends on nothing that the stack creates", () => {
    expect(Object.keys(found(id).body)).not.toContain("depends_on");
    expect(JSON.stringify(found(id).body)).not.toContain("${");
  });

  it("keeps the running image and version, in its pods too", () => {
    const objects = `${found(id).address}.objects`;
    expect(container(id).image).toBe(
      `\${try(one([for each in ${objects}[0].spec.template.spec.containers : each.image if each.name == "${id}"]), "")}`,
    );
    const version = `\${try(${objects}[0].metadata.labels["app.kubernetes.io/version"], "")}`;
    expect(metadata(deployment(id))["labels"]["app.kubernetes.io/version"]).toBe(version);
    expect(deployment(id).body["spec"].template.metadata.labels["app.kubernetes.io/version"]).toBe(version);
    expect(Object.keys(deployment(id).body["spec"].selector.match_labels)).not.toContain(
      "app.kubernetes.io/version",
    );
  });

  it("is refused at plan if nothing runs, with the command that names the images", () => {
    expect(deployment(id).body["lifecycle"].precondition).toEqual([
      {
        condition: `\${length(${found(id).address}.objects) > 0}`,
        error_message: noImage({ name: "dev" }, id),
      },
    ]);
  });
});

it("looks nothing up if the images are named", () => {
  const { app } = synth("dev", NAMED);
  expect(app.of("data.kubernetes_resources")).toEqual([]);
  for (const { body } of app.of("kubernetes_deployment_v1"))
    expect(body["lifecycle"].precondition ?? []).toEqual([]);
});
