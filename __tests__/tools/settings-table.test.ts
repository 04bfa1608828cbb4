import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { environments } from "../../environments";
import { localSchema } from "../../tools/settings-schema";
import { WRITTEN } from "../../tools/settings-table";

it.each(WRITTEN.map(({ file, content }) => [file, content] as const))(
  "holds %s to the code (if not: npm run settings)",
  (file, content) => {
    const text = readFileSync(join(__dirname, "..", "..", file), "utf8");
    expect(content()).toBe(text);
    expect(text.split("\n").filter((line) => /^(\| |\s+")/.test(line)).length).toBeGreaterThan(10);
  },
);

describe("the schema of local files, for editors", () => {
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(localSchema()) as object,
  );

  it.each(Object.entries(environments))("allows what %s says", (_, settings) => {
    // As JSON: what is undefined is left out.
    expect([valid(JSON.parse(JSON.stringify(settings))), valid.errors]).toEqual([true, null]);
  });

  it.each([
    {},
    { $schema: "./settings.schema.json", domain: { host: "dev.chat.example.com" } },
    // A group whose kind the environment's own file says.
    { redis: { passwordRotation: 1 } },
    { nodes: { spot: { max: 4 } } },
    { access: { publicCidrs: ["203.0.113.7/32"] }, cluster: { logRetentionDays: 14 }, ai: { startup: "5m" } },
  ])("allows a part of the settings: %j", (local) => {
    expect(valid(local)).toBe(true);
  });

  it.each([
    { domian: {} },
    { domain: { hots: "a.test" } },
    { network: { nat: "many" } },
    { redis: { replicas: 9 } },
    { access: { publicCidrs: ["203.0.113.7"] } },
    { network: { cidr: "10.0.0.0" } },
    { streaming: { heartbeat: "15" } },
    { traffic: { bodyTime: "2 min" } },
    { ai: { startup: "5 minutes" } },
    { cluster: { logRetentionDays: 10 } },
    { alarms: { emails: ["ops@example.com", "ops@example.com"] } },
  ])("marks mistakes: %j", (local) => {
    expect(valid(local)).toBe(false);
  });
});
