import { readFileSync } from "node:fs";
import { join } from "node:path";
import { printSbom, production, type Bom, type PackageLock } from "../../tools/sbom";

const PROJECT = join(__dirname, "..", "..");

const component = (name: string, version = "1.0.0", development = false) => ({
  "bom-ref": `${name}@${version}`,
  name,
  version,
  properties: development ? [{ name: "cdx:npm:package:development", value: "true" }] : [],
});
const bom: Bom = {
  metadata: { component: component("own") },
  components: [component("needed"), component("both", "1.0.0", true), component("test", "1.0.0", true)],
  dependencies: [
    { ref: "own@1.0.0", dependsOn: ["needed@1.0.0", "test@1.0.0"] },
    { ref: "needed@1.0.0", dependsOn: ["both@1.0.0"] },
    { ref: "test@1.0.0", dependsOn: ["both@1.0.0"] },
    { ref: "both@1.0.0" },
  ],
};
const lock: PackageLock = {
  packages: {
    "": { name: "own", version: "1.0.0" },
    "node_modules/needed": { version: "1.0.0" },
    "node_modules/needed/node_modules/alias": { name: "both", version: "1.0.0" },
    "node_modules/both": { version: "1.0.0", dev: true },
    "node_modules/test": { version: "1.0.0", devOptional: true },
  },
};

it("leaves out what only development needs, and keeps what production needs as well", () => {
  const { components, dependencies } = production(bom, lock);
  expect(components).toEqual([component("needed"), component("both")]);
  expect(dependencies).toEqual([
    { ref: "own@1.0.0", dependsOn: ["needed@1.0.0"] },
    { ref: "needed@1.0.0", dependsOn: ["both@1.0.0"] },
    { ref: "both@1.0.0", dependsOn: [] },
  ]);
});

it("has every package that the project runs with, and no tool of its development", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
  const log = jest.spyOn(console, "log").mockReturnValue();
  expect(printSbom()).toBe(0);
  const { bomFormat, components } = JSON.parse(log.mock.lastCall?.[0]);
  expect(bomFormat).toBe("CycloneDX");
  const found = components.map(({ name, version }: any) => `${name}@${version}`);
  const listed = (all: Record<string, string>) => Object.entries(all).map(([name, at]) => `${name}@${at}`);
  expect(found).toEqual(expect.arrayContaining(listed(dependencies)));
  const { jest: tests, eslint, "cdktf-cli": cli } = devDependencies;
  const tools = listed({ jest: tests, eslint, "cdktf-cli": cli });
  expect(tools.filter((each) => found.includes(each))).toEqual([]);
});
