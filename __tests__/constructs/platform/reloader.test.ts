import { helmValues, synth } from "../../synth";

const valuesOf = (name: string) => helmValues(synth(name).infra.one("helm_release", "reloader"))["reloader"];
const inProd = valuesOf("prod");

describe("Reloader", () => {
  it("writes the one annotation that the workloads ignore, not variables that an apply would remove", () => {
    expect(inProd.reloadStrategy).toBe("annotations");
    for (const { body } of synth("prod").app.of("kubernetes_deployment_v1")) {
      expect(body["lifecycle"].ignore_changes).toContain(
        'spec[0].template[0].metadata[0].annotations["reloader.stakater.com/last-reloaded-from"]',
      );
    }
  });

  it("leaves ConfigMaps to Terraform, which names them after their content", () => {
    expect(inProd.ignoreConfigMaps).toBe(true);
  });

  it("has a read-only root file system by the chart's own switch, too", () => {
    expect(inProd.readOnlyRootFileSystem).toBe(true);
  });

  it("elects a leader if there are two pods", () => {
    expect(inProd).toMatchObject({
      enableHA: true,
      deployment: { replicas: 2 },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
    });
    expect(valuesOf("dev")).toMatchObject({
      enableHA: false,
      deployment: { replicas: 1 },
      podDisruptionBudget: { enabled: false },
    });
  });
});
