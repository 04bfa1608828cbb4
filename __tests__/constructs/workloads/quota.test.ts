import { demandOf, resourcesOf, total } from "../../../constructs/workloads/quota";
import { loadEnvironment } from "../../../environments";

describe("the capacity that workloads request", () => {
  it("is written as the API server returns it, so that a second plan is empty", () => {
    const sizes = {
      cpu: { request: "1000m", limit: "2500m" },
      memory: { request: "1536Mi", limit: "2048Mi" },
    };
    expect(resourcesOf(sizes)).toEqual({
      requests: { cpu: "1", memory: "1536Mi" },
      limits: { cpu: "2500m", memory: "2Gi" },
    });
  });

  it("counts each pod twice at full scale: an old one drains its streams while the new one runs", () => {
    const { ai } = loadEnvironment("prod");
    expect(demandOf(ai)).toEqual({
      pods: 20,
      requests: { cpu: 500, memory: 512 },
      limits: { cpu: 2000, memory: 2048 },
    });
  });

  it("adds up over all pods of all workloads", () => {
    const each = { requests: { cpu: 1, memory: 3 }, limits: { cpu: 2, memory: 4 } };
    expect(
      total([
        { pods: 2, ...each },
        { pods: 3, ...each, limits: { cpu: 10, memory: 4 } },
      ]),
    ).toEqual({ pods: 5, requests: { cpu: 5, memory: 15 }, limits: { cpu: 34, memory: 20 } });
  });
});
