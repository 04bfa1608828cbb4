import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TYPESCRIPT } from "./typescript";
import { loadEnvironment } from "../environments";
import { unwritable } from "../stacks/unwritable";
import { IN_USE } from "./in-use";

const PROJECT = join(__dirname, "..");
const CHILD_MS = 60_000;

/** The program as the cdktf command runs it. */
const run = (environment: string, outdir: string) =>
  spawnSync(process.execPath, [...TYPESCRIPT, "main.ts"], {
    cwd: PROJECT,
    env: { ...process.env, WBOT_ENV: environment, CDKTF_OUTDIR: outdir },
    encoding: "utf8",
  });

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "wbot-main-"));
});

it(
  "ends with the one message and writes nothing if the environment is unknown",
  () => {
    const { status, stdout, stderr } = run("pord", outdir);
    const names = Object.keys(IN_USE).map((each) => `"${each}"`);
    // What is meant by it depends on these, too.
    expect(stderr.replace(/ \(did you mean "[\w-]+"\?\)/, "")).toBe(
      `The environment "pord" is unknown: WBOT_ENV must be one of ${names.join(", ")}. To add one, create environments/pord.ts and list it in environments/list.ts.\n`,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(readdirSync(outdir)).toEqual([]);
  },
  CHILD_MS,
);

it(
  "writes both stacks into a folder of the environment's own, and where they are into the manifest",
  () => {
    // One without anybody's local settings, which might not be valid.
    const name =
      Object.keys(IN_USE).find((each) => !existsSync(join(PROJECT, `environments/${each}.local.json`))) ??
      "rehearsal";
    const { status, stderr } = run(name, outdir);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { stacks } = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8"));
    expect(stacks).toMatchObject({
      infra: { workingDirectory: `${name}/stacks/infra`, dependencies: [] },
      app: { workingDirectory: `${name}/stacks/app`, dependencies: ["infra"] },
    });
    for (const stack of ["infra", "app"]) {
      const file = stacks[stack].synthesizedStackPath as string;
      expect(file).toBe(`${name}/stacks/${stack}/cdk.tf.json`);
      expect(existsSync(join(outdir, file))).toBe(true);
    }
  },
  CHILD_MS,
);

describe("an environment whose pods don't fit", () => {
  const crowded = loadEnvironment("dev", { overrides: { ai: { cpu: { request: "2" } } } });
  /** Where cdktf runs it in this process, for a command. */
  const runFor = (name: string): string => {
    const said = jest.spyOn(console, "error").mockImplementation();
    jest.isolateModules(() => {
      jest.doMock("../environments", () => ({
        ...jest.requireActual<object>("../environments"),
        currentEnvironment: () => crowded,
        outputFolder: () => outdir,
      }));
      jest.doMock("../stacks/guard", () => ({ guard: () => undefined }));
      jest.doMock("../stacks/cdktf-command", () => ({ cdktfCommand: () => ({ name, args: [name] }) }));
      jest.doMock("../stacks/unread-options", () => ({ refuseUnreadOptions: () => undefined }));
      require("../main");
    });
    process.exitCode = undefined;
    return said.mock.calls.flat().join("\n");
  };
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("is refused before anything is written", () => {
    expect(runFor("deploy")).toContain('nodes.onDemand.instanceTypes is ["t4g.medium"]');
    expect(readdirSync(outdir)).toEqual([]);
  });

  it("is written for a destroy", () => {
    expect(runFor("destroy")).toBe("");
    expect(existsSync(join(outdir, "dev/stacks/app/cdk.tf.json"))).toBe(true);
  });

  it("ends with one message where its folder can't be written", () => {
    const denied = Object.assign(new Error("EACCES"), { code: "EACCES", path: join(outdir, "dev") });
    jest.doMock("../stacks/write", () => ({
      writeStacks: () => {
        throw denied;
      },
    }));
    expect(runFor("destroy")).toBe(unwritable(denied)?.message);
  });
});
