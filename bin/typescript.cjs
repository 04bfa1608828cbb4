"use strict";
/**
 * Loads this project's TypeScript into Node: node --require ./bin/typescript.cjs main.ts
 *
 * Every source is read at every start; what esbuild made of it is kept by the hash of its content. Of the packages that
 * take longest to load, one file is made and kept, with V8's code for it, for as long as each file that went into it
 * has its time and size. All of it is in node_modules/.cache/wbot, which may be deleted at any time.
 *
 * NODE_OPTIONS=--enable-source-maps gives stack traces with the sources' lines, and loads the packages' own files.
 */
const crypto = require("node:crypto");
const fs = require("node:fs");
/** @type {any} Its hooks have no types. */
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

/** @typedef {(id: string) => unknown} Load */

const PROJECT = path.join(__dirname, "..");
const CACHE = path.join(PROJECT, "node_modules", ".cache", "wbot");
const BUNDLE = path.join(CACHE, "packages.js");
const BUNDLED = /^(cdktf|constructs|zod|@cdktf\/[^/]+|@grafana\/grafana-foundation-sdk)(\/|$)/;
const IMPORT = /\b(?:from|import\()\s*"([^"]+)"/g;
/** An import at run time of a source, or of a package of the bundle; Node's own knows neither. */
const LATER = /\bimport\(("(?:\.{1,2}\/|cdktf|constructs|zod|@cdktf\/)[^"]*")\)/g;
const SOURCE_MAPS = /** @type {any} */ (process).sourceMapsEnabled === true;

/** @type {() => typeof import("esbuild")} Starting it takes longer than finding that nothing has changed. */
const esbuild = () => require("esbuild");

/** What is kept must be made again after npm has changed a package, or this file has been edited. */
const SALT = [fs.readFileSync(__filename, "utf8"), stamp("node_modules/.package-lock.json")].join();

/** @type {Load | undefined} */
let bundle;

Module._extensions[".ts"] = (/** @type {any} */ module, /** @type {string} */ file) => {
  const { require } = module;
  module.require = (/** @type {string} */ id) => {
    if (!BUNDLED.test(id) || SOURCE_MAPS) return require.call(module, id);
    bundle ??= openBundle() ?? ((other) => require.call(module, other));
    return bundle(id);
  };
  module._compile(compiled(file), file);
};

/** @type {(file: string) => string} */
function compiled(file) {
  const source = fs.readFileSync(file, "utf8");
  const key = `\n//${hash(SALT, String(SOURCE_MAPS), source)}`;
  const kept = path.join(CACHE, "sources", `${hash(file)}.js`);
  const known = read(kept);
  if (known?.endsWith(key)) return known;
  const { code } = esbuild().transformSync(source, {
    loader: "ts",
    format: "cjs",
    platform: "node",
    target: "node20",
    sourcefile: file,
    sourcemap: SOURCE_MAPS && "inline",
  });
  const loaded = code.replaceAll(LATER, "Promise.resolve().then(() => require($1))");
  keep(kept, loaded + key);
  return loaded;
}

/**
 * Loads from the bundle, made now if the one that is kept is not of these packages; undefined where none can be kept or
 * an import leads nowhere, which Node says better.
 *
 * @type {() => Load | undefined}
 */
function openBundle() {
  const wanted = [...new Set(sources().flatMap(importsOf))].sort();
  const key = hash(SALT, ...wanted);
  const known = read(BUNDLE);
  const text = known !== undefined && isCurrent(known, key) ? known : makeBundle(wanted, key);
  if (text === undefined) return undefined;
  const packages = evaluate(text);
  return (id) => {
    const load = packages[id];
    if (!load)
      throw new Error(
        `"${id}" is imported by a file that is not one of the project's: see "include" in tsconfig.json.`,
      );
    return load();
  };
}

/** @type {(text: string, key: string) => boolean} */
function isCurrent(text, key) {
  try {
    const made = madeOf(text);
    return made.key === key && Object.entries(made.files).every(([file, then]) => stamp(file) === then);
  } catch {
    // Damaged: made again.
    return false;
  }
}

/** Its last line says what it was made of. @type {(text: string) => { key: string, id: string, files: Record<string, string> }} */
function madeOf(text) {
  return JSON.parse(text.slice(text.lastIndexOf("\n//") + 3));
}

/** @type {(wanted: readonly string[], key: string) => string | undefined} */
function makeBundle(wanted, key) {
  const start = Date.now();
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    fs.accessSync(CACHE, fs.constants.W_OK);
    const { outputFiles, metafile } = esbuild().buildSync({
      stdin: { contents: `module.exports = { ${wanted.map(entry).join()} }`, resolveDir: PROJECT },
      absWorkingDir: PROJECT,
      bundle: true,
      platform: "node",
      format: "cjs",
      write: false,
      metafile: true,
      legalComments: "none",
      banner: { js: "(function (require, module, __filename) {" },
      footer: { js: "})" },
      logLevel: "silent",
    });
    const code = outputFiles[0]?.text ?? "";
    const files = Object.keys(metafile.inputs).filter((file) => file !== "<stdin>");
    const made = { key, id: hash(code), files: Object.fromEntries(files.map((file) => [file, stamp(file)])) };
    const text = `${code}\n//${JSON.stringify(made)}`;
    // Not what was edited while esbuild read it.
    if (files.some((file) => fs.statSync(path.join(PROJECT, file)).mtimeMs >= start)) return text;
    for (const file of fs.readdirSync(CACHE)) if (file.endsWith(".v8")) fs.rmSync(path.join(CACHE, file));
    keep(BUNDLE, text);
    return text;
  } catch {
    return undefined;
  }
}

/** @type {(id: string) => string} */
function entry(id) {
  return `"${id}": () => require("${id}")`;
}

/** @type {(text: string) => Record<string, () => unknown>} */
function evaluate(text) {
  const { id } = madeOf(text);
  // V8 takes no code that was made under other flags of its own.
  const flags = process.execArgv.filter((flag) => flag.startsWith("--max"));
  const program = [path.basename(process.argv[1] ?? ""), process.version, ...flags].join("-");
  const file = path.join(CACHE, `${id}-${program}.v8`);
  const cachedData = readBytes(file);
  const script = new vm.Script(text, { filename: BUNDLE, ...(cachedData && { cachedData }) });
  if (!cachedData || script.cachedDataRejected)
    // At the end, when V8 has compiled what a run needs.
    process.on("exit", () => {
      keep(file, script.createCachedData());
    });
  const module = { exports: {} };
  const require = Module.createRequire(BUNDLE);
  // cdktf runs this one of its files as a program, to pack an asset, and looks for it where it is itself.
  script.runInThisContext()(require, module, require.resolve("cdktf/lib/private/fs.js"));
  return module.exports;
}

/** Paths of what tsconfig.json includes and is there, without the tests. @type {() => string[]} */
function sources() {
  const { include } = JSON.parse(fs.readFileSync(path.join(PROJECT, "tsconfig.json"), "utf8"));
  return include
    .filter((/** @type {string} */ name) => name !== "__tests__" && fs.existsSync(path.join(PROJECT, name)))
    .flatMap((/** @type {string} */ name) => {
      if (name.endsWith(".ts")) return [path.join(PROJECT, name)];
      const files = fs.readdirSync(path.join(PROJECT, name), { recursive: true, encoding: "utf8" });
      return files.filter((file) => file.endsWith(".ts")).map((file) => path.join(PROJECT, name, file));
    });
}

/** Which packages of the bundle a source imports. @type {(file: string) => string[]} */
function importsOf(file) {
  const imports = Array.from(fs.readFileSync(file, "utf8").matchAll(IMPORT), ([, id = ""]) => id);
  return imports.filter((id) => BUNDLED.test(id));
}

/** @type {(...parts: string[]) => string} */
function hash(...parts) {
  return crypto.createHash("sha256").update(parts.join("\0")).digest("hex");
}

/** Time and size of a file of the project. @type {(file: string) => string} */
function stamp(file) {
  const found = fs.statSync(path.join(PROJECT, file), { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size}` : "";
}

/** @type {(file: string) => string | undefined} */
function read(file) {
  return readBytes(file)?.toString("utf8");
}

/** @type {(file: string) => Buffer | undefined} */
function readBytes(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, whoever else does it; nothing where the project can't be written to. @type {(file: string, content: string | Buffer) => void} */
function keep(file, content) {
  const unfinished = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(unfinished, content);
    fs.renameSync(unfinished, file);
  } catch {
    // Made again next time.
  }
}
