import { rotateRedis } from "../../../commands/secrets/rotate-redis";
import { layersOf, loadEnvironment } from "../../../environments";

jest.mock("../../../environments", () => {
  const real = jest.requireActual("../../../environments");
  return { ...real, layersOf: jest.fn(real.layersOf) };
});

let told: string[];
beforeEach(() => {
  told = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => told.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

function rotated(redis: object, local?: object, name = "prod"): string {
  const [own] = layersOf(name);
  if (local !== undefined)
    jest.mocked(layersOf).mockReturnValue([own, { name: "environments/prod.local.json", written: local }]);
  expect(rotateRedis(loadEnvironment(name, { overrides: { redis } }))).toBe(0);
  return told.join("\n");
}

it("says which numbers to write, where, and to deploy infra after each: a new password, then the pods' use of it", () => {
  expect(rotated({})).toBe(
    [
      "redis.passwordRotation of prod is 0. Set it in environments/prod.ts, and deploy infra each time:",
      "",
      "  redis: { passwordRotation: 1 }  npx wbot deploy infra --env prod  creates a password that is not used yet",
      "  redis: { passwordRotation: 2 }  npx wbot deploy infra --env prod  pods get it within 10 minutes; the old one stays valid",
      "",
      "Run this again to see the remaining steps.",
    ].join("\n"),
  );
});

it("says what is left of a rotation that was begun", () => {
  const text = rotated({ passwordRotation: 3 });
  expect(text).toContain("of prod is 3: a rotation is half done. Set it");
  expect(text.match(/passwordRotation: \d/g)).toEqual(["passwordRotation: 4"]);
});

it("needs one deploy where Redis runs in the cluster, and restarts with its password anyway", () => {
  const text = rotated({ kind: "in-cluster", passwordRotation: 1 }, undefined, "dev");
  expect(text).toContain("of dev is 1. Set it");
  expect(text.match(/passwordRotation: \d/g)).toEqual(["passwordRotation: 2"]);
});

it("names the local file where that has the number, or another kind of Redis", () => {
  expect(rotated({}, { redis: { passwordRotation: 2 } })).toContain("Set it in environments/prod.local.json");
  told = [];
  expect(rotated({}, { redis: { kind: "elasticache" } })).toContain("Set it in environments/prod.local.json");
  told = [];
  expect(rotated({}, { domain: {} })).toContain("Set it in environments/prod.ts");
});
