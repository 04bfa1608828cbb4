import { cpuQuantity, mebibytes, memoryQuantity, milliCpu } from "../../environments/quantity";

it("counts CPU in millicores", () => {
  expect([milliCpu("500m"), milliCpu("2")]).toEqual([500, 2000]);
});

it("counts memory in MiB", () => {
  expect([mebibytes("512Mi"), mebibytes("2Gi")]).toEqual([512, 2048]);
});

it.each([
  [500, "500m"],
  [1500, "1500m"],
  [2000, "2"],
])("writes %i millicores as the API server does: %s", (milli, written) => {
  expect(cpuQuantity(milli)).toBe(written);
});

it.each([
  [512, "512Mi"],
  [1536, "1536Mi"],
  [2048, "2Gi"],
])("writes %i MiB as the API server does: %s", (mebi, written) => {
  expect(memoryQuantity(mebi)).toBe(written);
});
