import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../commands/wbot";
import { show } from "../../../commands/env/settings";
import { loadEnvironment } from "../../../environments";

// Keeps local files of the person running the tests out of them.
jest.mock("../../../environments", () => {
  const actual = jest.requireActual("../../../environments");
  return {
    ...actual,
    layersOf: (name: string) => actual.layersOf(name, process.env, mockFolder),
    currentEnvironment: () => actual.currentEnvironment(process.env, mockFolder),
  };
});

let mockFolder: string;
let printed: string[];
const { WBOT_ENV, WBOT_IMAGE_TAG } = process.env;
beforeEach(() => {
  delete process.env["WBOT_ENV"];
  delete process.env["WBOT_IMAGE_TAG"];
  mockFolder = mkdtempSync(join(tmpdir(), "wbot-env-"));
  printed = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
});
afterEach(() => {
  for (const [name, value] of Object.entries({ WBOT_ENV, WBOT_IMAGE_TAG }))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  process.exitCode = 0;
  jest.restoreAllMocks();
});

const local = (settings: object) => {
  writeFileSync(join(mockFolder, "dev.local.json"), JSON.stringify(settings));
};
/** The cells of each printed line, by the first cell. */
const cells = () =>
  new Map(
    printed
      .join("\n")
      .split("\n")
      .map((line): [string, string[]] => {
        const [first = "", ...others] = line.split(/ {2,}/);
        return [first, others];
      }),
  );

describe("show", () => {
  it("shows the value of each setting, and where it comes from", async () => {
    local({ domain: { host: "a.test" } });
    process.env["WBOT_IMAGE_TAG"] = "ai=v2";
    expect(await main(["env", "show"])).toBe(0);
    const rows = cells();
    expect(rows.get("tier")).toEqual(['"development"', "environments/dev.ts"]);
    expect(rows.get("domain.host")).toEqual(['"a.test"', "environments/dev.local.json"]);
    expect(rows.get("ai.image.tag")).toEqual(['"v2"', "WBOT_IMAGE_TAG"]);
    expect(rows.get("web.image.tag")).toEqual(["–", "not set"]);
    expect(rows.get("network.cidr")).toEqual(['"10.0.0.0/16"', "default"]);
    expect(rows.get("account")).toEqual(["–", "not set"]);
  });

  it("shows the environment of --env, else WBOT_ENV", async () => {
    process.env["WBOT_ENV"] = "staging";
    await main(["env", "show"]);
    expect(cells().get("tier")).toEqual(['"staging"', "environments/staging.ts"]);
    await main(["env", "show", "--env", "prod"]);
    expect(cells().get("tier")).toEqual(['"production"', "environments/prod.ts"]);
  });

  it("truncates a value that would not fit on a line", () => {
    const access = { publicCidrs: Array.from({ length: 9 }, (_, n) => `8.8.${n}.0/24`) };
    show(loadEnvironment("dev", { overrides: { access } }), false);
    const [value] = cells().get("access.publicCidrs") ?? [];
    expect(value).toBe('["8.8.0.0/24","8.8.1.0/24","8.8.2.0/24","8.8.3.0/24","8.8.4…');
    expect(value).toHaveLength(60);
  });

  it("prints one JSON object, with whole values, for a script", async () => {
    const admins = Array.from({ length: 5 }, (_, n) => `arn:aws:iam::111122223333:role/admin-${n}`);
    local({ access: { admins } });
    expect(await main(["env", "show", "--json"])).toBe(0);
    expect(printed).toHaveLength(1);
    const { environment, settings } = JSON.parse(printed[0] ?? "");
    expect(environment).toBe("dev");
    expect(settings).toContainEqual({
      path: "access.admins",
      value: admins,
      from: "environments/dev.local.json",
    });
    expect(settings).toContainEqual({ path: "account", value: null, from: "not set" });
  });
});

describe("diff", () => {
  it("lists the settings that differ, and no others", async () => {
    expect(await main(["env", "diff", "dev", "prod"])).toBe(0);
    const rows = cells();
    expect(rows.get("")).toEqual(["dev", "prod"]);
    expect(rows.get("tier")).toEqual(['"development"', '"production"']);
    expect(rows.get("redis.finalSnapshot")).toEqual(["false", "true"]);
    // Only one of them has it.
    expect(rows.get("registry.namespace")).toEqual(['"dev"', "–"]);
    for (const path of ["region", "access.admins", "network.cidr"]) expect(rows.has(path)).toBe(false);
  });

  it("says that nothing differs", async () => {
    expect(await main(["env", "diff", "dev", "dev"])).toBe(0);
    expect(printed).toEqual(["dev and dev have the same settings."]);
  });

  it.each([
    [
      "an unknown environment",
      ["dev", "pord"],
      "Allowed choices are dev, staging, prod, rehearsal, prod-west, rehearsal-west.",
    ],
    ["none", [], "missing required argument 'one'"],
    ["only one", ["dev"], "missing required argument 'other'"],
    ["--env, which would name a third", ["dev", "prod", "--env", "staging"], "unknown option '--env'"],
  ])("refuses %s with 2", async (_, names, why) => {
    const stderr = jest.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await main(["env", "diff", ...names])).toBe(2);
    expect(stderr.mock.calls.join("")).toContain(why);
    expect(printed).toEqual([]);
  });
});
