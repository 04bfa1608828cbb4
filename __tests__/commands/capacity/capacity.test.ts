import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../commands/wbot";

jest.mock("../../../environments/services", () => jest.requireActual("../../two-services"));

// Local files of whoever runs the tests are left out of them.
jest.mock("../../../environments", () => {
  const actual = jest.requireActual("../../../environments");
  return {
    ...actual,
    currentEnvironment: (_env: unknown, _folder: unknown, options: object) =>
      actual.currentEnvironment(process.env, mockFolder, options),
  };
});

let mockFolder: string;
let printed: string[];
let complaints: string[];
const { WBOT_ENV } = process.env;
beforeEach(() => {
  delete process.env["WBOT_ENV"];
  mockFolder = mkdtempSync(join(tmpdir(), "wbot-capacity-"));
  [printed, complaints] = [[], []];
  jest.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
  jest.spyOn(console, "error").mockImplementation((text: string) => complaints.push(text));
});
afterEach(() => {
  if (WBOT_ENV === undefined) delete process.env["WBOT_ENV"];
  else process.env["WBOT_ENV"] = WBOT_ENV;
  process.exitCode = 0;
  jest.restoreAllMocks();
});

const local = (settings: object) => {
  writeFileSync(join(mockFolder, "dev.local.json"), JSON.stringify(settings));
};
/** The cells after the first, of the first line that begins so. */
const row = (name: string) =>
  printed
    .join("\n")
    .split("\n")
    .map((line) => line.split(/ {2,}/))
    .find(([first = ""]) => first.startsWith(name))
    ?.slice(1);

describe("of an environment that fits", () => {
  it("shows pods, daemons, nodes and what is left, and ends with 0", async () => {
    expect(await main(["capacity", "--env", "prod"])).toBe(0);
    expect(row("wbot-ai")).toEqual(["2–10 (×2)", "500m", "512Mi", "on-demand"]);
    expect(row("wbot-web")).toEqual(["2–10 (×2)", "100m", "256Mi", "any"]);
    expect(row("traefik")).toEqual(["3", "100m", "512Mi", "on-demand"]);
    expect(row("ebs-csi-node")).toEqual(["1 a node", "30m", "120Mi"]);
    expect(row("on-demand")).toEqual([
      "3–15",
      "1.93 CPU and 5.9 GiB",
      "1.74 CPU and 5.7 GiB",
      "m7g.large, m6g.large",
    ]);
    expect(row("at the minimum, after losing an on-demand node")).toEqual([
      "2 on-demand and 0 spot nodes",
      "2.95 CPU and 9.1 GiB",
      "0.53 CPU and 2.3 GiB",
      "fits",
    ]);
    expect(complaints).toEqual([]);
  });

  it("says what development leaves to the autoscaler, and still ends with 0", async () => {
    expect(await main(["capacity"])).toBe(0);
    expect(row("at the minimum, while")?.at(-1)).toBe(
      "no room for wbot-ai (2), wbot-web (1): the autoscaler adds a node",
    );
  });
});

describe("of an environment that does not fit", () => {
  it("shows the table all the same, then what a synth would refuse, and ends with 1", async () => {
    local({ ai: { replicas: { max: 40 } }, database: { poolSize: 1 } });
    expect(await main(["capacity"])).toBe(1);
    expect(row("wbot-ai")?.[0]).toBe("2–40 (×2)");
    expect(row("at the maximum, while")?.slice(2)).toEqual([
      "-31 CPU and -31.8 GiB",
      "no room for wbot-ai (62), wbot-web (4)",
    ]);
    expect(complaints.join("\n")).toMatch(
      /^\nThe environment "dev" does not fit:\n {2}- nodes\.onDemand\.max is 2: it must be 50 or more: at the maximum, while /,
    );
  });

  it("is refused at once where something else is wrong with it", async () => {
    local({ nodes: { onDemand: { min: 9 } } });
    await expect(main(["capacity"])).rejects.toThrow("nodes.onDemand.min is 9: it must be at most");
    expect(printed).toEqual([]);
  });
});

it("sends instance types that only EC2 knows the size of to preflight", async () => {
  local({
    nodes: {
      architecture: "x86_64",
      onDemand: { instanceTypes: ["g5.xlarge"] },
      spot: { instanceTypes: ["m5.large"] },
    },
  });
  await expect(main(["capacity"])).rejects.toThrow(
    new Error(
      "The size of g5.xlarge is known only to EC2, which preflight asks: npx wbot preflight --only instances --env dev",
    ),
  );
});
