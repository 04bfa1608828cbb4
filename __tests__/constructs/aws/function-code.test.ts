import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { zipOf } from "../../../constructs/aws/function-code";
import { loadEnvironment } from "../../../environments";
import { Session } from "../../../commands/session/session";
import { withPrivateFolder } from "../../../commands/cli/private-folder";

const PROJECT = join(__dirname, "../../..");
const SOURCE = join(__dirname, "../../../constructs/aws/node-groups-check/index.mjs");
const CONTENT = Buffer.from("export const handler = () => 'ü';\n");

it("packs one file, which comes out as it went in", () => {
  expect(unzipSync(zipOf("index.mjs", CONTENT))).toEqual({ "index.mjs": new Uint8Array(CONTENT) });
});

it("makes the same bytes in every time zone", () => {
  const script = `for (const zone of ["Pacific/Kiritimati", "America/Los_Angeles"]) {
    process.env.TZ = zone;
    // A date that it makes as it is loaded is of this zone, too.
    for (const file of Object.keys(require.cache)) delete require.cache[file];
    const zip = require("./constructs/aws/function-code").zipOf("index.mjs", Buffer.from("x"));
    console.log(new Date().getTimezoneOffset() < 0, zip.toString("hex"));
  }`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--require", "./bin/typescript.cjs", "--eval", script],
    { cwd: PROJECT, encoding: "utf8" },
  );
  const zip = zipOf("index.mjs", Buffer.from("x")).toString("hex");
  expect([stdout, stderr]).toEqual([`true ${zip}\nfalse ${zip}\n`, ""]);
});

it("makes the file readable for Lambda's user", () => {
  const zip = zipOf("index.mjs", CONTENT);
  const directory = zip.subarray(zip.readUInt32LE(zip.length - 6));
  // Made on Unix, whose mode is in the upper half of the attributes.
  expect(directory[5]).toBe(3);
  expect(directory.readUInt32LE(38) >>> 16).toBe(0o100644);
});

it("is written next to the stack, and is the same at any time", async () => {
  const packed = await withPrivateFolder(async (folder) => {
    const { infra } = await new Session(loadEnvironment("staging"), folder).synthesized();
    const functions = Object.values(infra.json.resource?.["aws_lambda_function"] ?? {}) as unknown as {
      function_name: string;
      filename: string;
      source_code_hash: string;
    }[];
    const body = functions.find(({ function_name }) => function_name === "wbot-staging-node-groups-check");
    const zip = readFileSync(join(infra.path, body?.filename ?? ""));
    const digest = createHash("sha256").update(zip).digest();
    expect(digest.toString("base64")).toBe(body?.source_code_hash);
    // Other code would be another file: a saved plan finds its own.
    expect(body?.filename).toContain(digest.toString("hex", 0, 6));
    return zip;
  });
  expect(packed).toEqual(zipOf("index.mjs", readFileSync(SOURCE)));
});
