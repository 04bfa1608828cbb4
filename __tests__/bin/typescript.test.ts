import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { TYPESCRIPT } from "../typescript";

const PROJECT = join(__dirname, "..", "..");
jest.setTimeout(60_000);

/** A project that prints what it has from a source and from a package of the bundle. */
const FILES = {
  "tsconfig.json": '{ "include": ["main.ts", "words", "__tests__"] }',
  "main.ts": 'import { word } from "./words";\nimport { version } from "zod";\nconsole.log(word, version);\n',
  "words/index.ts": 'export const word: string = "one";\n',
  "node_modules/zod/index.js": "exports.version = 1;\n",
  "node_modules/zod/package.json": "{}",
  "node_modules/cdktf/index.js": 'exports.version = "0.21";\n',
  "node_modules/cdktf/lib/private/fs.js": "",
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-typescript-"));
  for (const [file, text] of Object.entries(FILES)) write(file, text);
  mkdirSync(join(folder, "bin"));
  for (const file of ["bin/typescript.cjs", "package.json"]) cpSync(join(PROJECT, file), join(folder, file));
  symlinkSync(join(PROJECT, "node_modules/esbuild"), join(folder, "node_modules/esbuild"));
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** What the project prints. */
function run(env: NodeJS.ProcessEnv = {}, entry = "main.ts"): Promise<string> {
  const child = spawn(process.execPath, [...TYPESCRIPT, entry], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  return new Promise((resolve) => {
    child.on("close", () => {
      resolve(text);
    });
  });
}

it("runs sources and packages as last edited, a source even with the size and the time of the one before, and keeps nothing of an entry that is gone", async () => {
  const kept = () =>
    new Set(readdirSync(join(folder, "node_modules/.cache/wbot")).map((file) => file.split(/-|\.js/)[0]));
  expect(await run()).toBe("one 1\n");
  write("temporary.ts", 'console.log("temporary");\n');
  expect(await run({}, "temporary.ts")).toBe("temporary\n");
  expect(kept()).toEqual(new Set(["main", "packages", "temporary"]));
  rmSync(join(folder, "temporary.ts"));
  const file = join(folder, "words/index.ts");
  const { atime, mtime } = statSync(file);
  write("words/index.ts", 'export const word: string = "two";\n');
  utimesSync(file, atime, mtime);
  write("node_modules/zod/index.js", "exports.version = 2;\n");
  expect(await run()).toBe("two 2\n");
  expect(kept()).toEqual(new Set(["main", "packages"]));
  // Found before the folder; and the first source to import this package.
  write("words.ts", 'export { word } from "./words/more";\n');
  write("words/more.ts", 'export { version as word } from "cdktf";\n');
  expect(await run()).toBe("0.21 2\n");
});

it("is run by several processes at once, makes again what is damaged, and runs where nothing can be kept", async () => {
  expect(await Promise.all([run(), run()])).toEqual(["one 1\n", "one 1\n"]);
  const kept = join(folder, "node_modules/.cache/wbot");
  expect(readdirSync(kept).toSorted()).toEqual([
    expect.stringMatching(/^main-[0-9a-f]{8}\.js$/),
    expect.stringMatching(/^main-[0-9a-f]{8}\.js-[0-9a-f]+-main\.ts-v\d.*\.v8$/),
    "packages.js",
    expect.stringMatching(/^packages\.js-[0-9a-f]+-main\.ts-v\d.*\.v8$/),
  ]);
  for (const file of readdirSync(kept)) write(`node_modules/.cache/wbot/${file}`, "x");
  expect(await run()).toBe("one 1\n");
  rmSync(join(folder, "node_modules/.cache"), { recursive: true });
  write("node_modules/.cache", "");
  expect(await run()).toBe("one 1\n");
});

it("loads what is imported later: a source, packages in the bundle and out of it, of either kind", async () => {
  write(
    "node_modules/afterwards/package.json",
    '{ "type": "module", "exports": { "import": "./index.js" } }',
  );
  write("node_modules/afterwards/index.js", 'export const word = "three";\n');
  const imports = ["./words", "zod", "afterwards"].map((id) => `import("${id}")`).join();
  write(
    "main.ts",
    `Promise.all([${imports}]).then(([a, b, c]) => console.log(a.word, b.version, c.word));\n`,
  );
  for (const once of ["made", "kept"]) expect([once, await run()]).toEqual([once, "one 1 three\n"]);
});

it("loads a provider's resource when it is first used, and renews V8's code cache after a run that loads more than the one that made it", async () => {
  write(
    "node_modules/@cdktf/any/lib/vpc/index.js",
    `console.log("loaded");\nexports.Vpc = class {};\n${"// more\n".repeat(100)}`,
  );
  const use = "console.log(1);\nif (process.env.ALL) console.log(new Vpc() instanceof Vpc);\n";
  write("main.ts", `import { Vpc } from "@cdktf/any/lib/vpc";\n${use}import "zod";\n`);
  const kept = () =>
    readdirSync(join(folder, "node_modules/.cache/wbot"))
      .filter((file) => /^packages.*\.v8$/.test(file))
      .map((file) => readFileSync(join(folder, "node_modules/.cache/wbot", file)));
  expect(await run()).toBe("1\n");
  const [before] = kept();
  expect(await run()).toBe("1\n");
  expect(kept()).toEqual([before]);
  expect(await run({ ALL: "yes" })).toBe("1\nloaded\ntrue\n");
  const [after] = kept();
  expect([before?.readDoubleLE(), after?.readDoubleLE()]).toEqual([1, 2]);
  await run();
  expect(kept()).toEqual([after]);
});

it("refuses a Node.js that is too old, in one sentence, before it uses anything newer", async () => {
  write(
    "older.cjs",
    `const versions = { ...process.versions, node: process.env.RUNNING };
     Object.defineProperty(process, "versions", { value: versions });
     delete require("node:crypto").hash;`,
  );
  const runOn = (version: string) => run({ NODE_OPTIONS: "--require ./older.cjs", RUNNING: version });
  expect(await runOn("20.9.0")).toBe(
    "Node.js 20.9.0 is too old: wbot needs 20.19 or newer. Install Node.js 24 (LTS): https://nodejs.org\n",
  );
  expect(await runOn("20.19.0")).toContain("crypto.hash");
});

it("names the sources' lines on request", async () => {
  write(
    "words/index.ts",
    'interface Gone {\n  a: 1;\n}\n\nthrow new Error("here");\nexport const word = 1;\n',
  );
  expect(await run({ NODE_OPTIONS: "--enable-source-maps" })).toMatch(/words\/index\.ts:5:7/);
});

it("bundles no package that looks for its own folder, other than cdktf's packer of assets", () => {
  const bundle = readFileSync(join(PROJECT, "node_modules/.cache/wbot/packages.js"), "utf8");
  // Anything else would take twice as long to read.
  expect(/[^\0-\x7f]/.exec(bundle)?.[0]).toBeUndefined();
  const { files } = JSON.parse(bundle.slice(bundle.lastIndexOf("\n//") + 3));
  const code = (file: string) =>
    readFileSync(join(PROJECT, file), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
  const looking = Object.keys(files).filter((file) => /\b__(dirname|filename)\b/.test(code(file)));
  // cdktf's successor has another one, which does not. A copy of the project may have made the bundle.
  expect(looking.filter((file) => !file.endsWith("node_modules/cdktf/lib/private/fs.js"))).toEqual([]);
});
