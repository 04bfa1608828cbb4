import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { zipOf } from "../../../constructs/aws/function-code";
import { loadEnvironment } from "../../../environments";
import { Session } from "../../../commands/session/session";
import { withPrivateFolder } from "../../../commands/cli/private-folder";

const SOURCE = join(__dirname, "../../../constructs/aws/certificate-check/index.mjs");
const CONTENT = Buffer.from("export const handler = () => 'ü';\n");

it("packs one file as ZIP describes it: its header and content, the directory, the end", () => {
  const zip = zipOf("index.mjs", CONTENT);
  const end = zip.subarray(-22);
  expect(end.toString("latin1", 0, 4)).toBe("PK\x05\x06");
  const directory = zip.subarray(end.readUInt32LE(16), zip.length - 22);
  expect([end.readUInt16LE(8), end.readUInt16LE(10), end.readUInt32LE(12)]).toEqual([1, 1, directory.length]);

  expect(directory.toString("latin1", 0, 4)).toBe("PK\x01\x02");
  expect(directory.readUInt16LE(10)).toBe(0);
  expect(directory.readUInt32LE(16)).toBe(crc32(CONTENT));
  expect([directory.readUInt32LE(20), directory.readUInt32LE(24)]).toEqual([CONTENT.length, CONTENT.length]);
  expect(directory.toString("utf8", 46)).toBe("index.mjs");

  const file = zip.subarray(directory.readUInt32LE(42));
  expect(file.toString("latin1", 0, 4)).toBe("PK\x03\x04");
  expect(file.readUInt32LE(14)).toBe(crc32(CONTENT));
  expect(file.toString("utf8", 30, 39)).toBe("index.mjs");
  expect(file.subarray(39, 39 + CONTENT.length)).toEqual(CONTENT);
});

it("makes the file one that Lambda's own user may read", () => {
  const zip = zipOf("index.mjs", CONTENT);
  const directory = zip.subarray(zip.readUInt32LE(zip.length - 6));
  // Made on Unix, whose mode is in the upper half of the attributes.
  expect(directory[5]).toBe(3);
  expect(directory.readUInt32LE(38) >>> 16).toBe(0o100644);
});

it("is written beside the stack, and is the same at any time", async () => {
  const packed = await withPrivateFolder(async (folder) => {
    const { infra } = await new Session(loadEnvironment("dev"), folder).synthesized();
    const functions = Object.values(infra.json.resource?.["aws_lambda_function"] ?? {}) as unknown as {
      function_name: string;
      filename: string;
      source_code_hash: string;
    }[];
    const body = functions.find(({ function_name }) => function_name === "wbot-dev-certificate-check");
    const zip = readFileSync(join(infra.path, body?.filename ?? ""));
    const digest = createHash("sha256").update(zip).digest();
    expect(digest.toString("base64")).toBe(body?.source_code_hash);
    // Other code would be another file: a saved plan finds its own.
    expect(body?.filename).toContain(digest.toString("hex", 0, 6));
    return zip;
  });
  expect(packed).toEqual(zipOf("index.mjs", readFileSync(SOURCE)));
});
