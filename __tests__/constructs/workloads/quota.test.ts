import { amountsOf, demandOf, resourcesOf, total } from "../../../constructs/workloads/quota";
import { loadEnvironment } from "../../../environments";

describe("the capacity that workloads request", () => {
  it("is written as the API server returns it, so that a second plan is empty", () => {
    const amounts = amountsOf({
      cpu: { request: "1000m", limit: "2500m" },
      memory: { request: "1536Mi", limit: "2048Mi" },
    });
    expect(resourcesOf(amounts)).toEqual({
      requests: { cpu: "1", memory: "1536Mi" },
      limits: { cpu: "2500m", memory: "2Gi" },
    });
  });

  it("counts each pod twice at full scale: an old one drains its streams while the new one runs", () => {
    const { ai } = loadEnvironment("prod");
    expect(demandOf(ai)).toEqual({
      pods: 20,
      each: { cpuRequest: 500, cpuLimit: 2000, memoryRequest: 512, memoryLimit: 2048 },
    });
  });

  it("adds up over all pods of all workloads", () => {
    const each = { cpuRequest: 1, cpuLimit: 2, memoryRequest: 3, memoryLimit: 4 };
    expect(
      total([
        { pods: 2, each },
        { pods: 3, each: { ...each, cpuLimit: 10 } },
      ]),
    ).toEqual({ pods: 5, cpuRequest: 5, cpuLimit: 34, memoryRequest: 15, memoryLimit: 20 });
  });
});
