import {
  cpuQuantity,
  DURATION,
  mebibytes,
  memoryQuantity,
  milliCpu,
  seconds,
} from "../../environments/quantity";

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

it.each([
  ["90s", 90],
  ["5m", 300],
  ["1h", 3600],
])("parses %s as %i seconds", (text, expected) => {
  expect(seconds(text)).toBe(expected);
});

it.each(["", "5", "0s", "1.5m", "5 m", "1m30s", "5d"])("does not accept %p as a duration", (text) => {
  expect(DURATION.test(text)).toBe(false);
});
