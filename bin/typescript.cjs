"use strict";
/**
 * Compiles this project's TypeScript as Node loads it: node --require ./bin/typescript.cjs main.ts
 *
 * Every source is read at every start; esbuild's output is cached by content hash. The packages that take longest to load
 * are bundled into one file, cached together with V8's code cache for it until an input file's mtime or size changes.
 * The cache is in node_modules/.cache/wbot, and may be deleted at any time.
 *
 * With NODE_OPTIONS=--enable-source-maps, stack traces show the sources' lines, and packages load without the bundle.
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
/** A dynamic import of a source or of a bundled package: Node's own import() would bypass this loader. */
const LATER = /\bimport\(("(?:\.{1,2}\/|cdktf|constructs|zod|@cdktf\/)[^"]*")\)/g;
const SOURCE_MAPS = /** @type {any} */ (process).sourceMapsEnabled === true;

/** @type {() => typeof import("esbuild")} Loaded lazily: that takes longer than finding that nothing has changed. */
const esbuild = () => require("esbuild");

/** Part of every cache key, so that a change of the installed packages or of this file invalidates the cache. */
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
 * Loads from the bundle, rebuilt first if it is out of date. Undefined if it can't be cached, or if an import doesn't
 * resolve: Node's own error for that is clearer.
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
    // Damaged: rebuild it.
    return false;
  }
}

/**
 * Parses a bundle's last line, which records its inputs.
 *
 * @type {(text: string) => { key: string, id: string, files: Record<string, string> }}
 */
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
    // Don't cache it if an input was edited while esbuild read it.
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
  // V8 rejects a code cache created under other V8 flags.
  const flags = process.execArgv.filter((flag) => flag.startsWith("--max"));
  const program = [path.basename(process.argv[1] ?? ""), process.version, ...flags].join("-");
  const file = path.join(CACHE, `${id}-${program}.v8`);
  const cachedData = readBytes(file);
  const script = new vm.Script(text, { filename: BUNDLE, ...(cachedData && { cachedData }) });
  if (!cachedData || script.cachedDataRejected)
    // On exit, when V8 has compiled everything that a run needs.
    process.on("exit", () => {
      keep(file, script.createCachedData());
    });
  const module = { exports: {} };
  const require = Module.createRequire(BUNDLE);
  // To pack an asset, cdktf runs this file of its own as a program, and finds it by __filename.
  script.runInThisContext()(require, module, require.resolve("cdktf/lib/private/fs.js"));
  return module.exports;
}

/** Existing source files that tsconfig.json includes, except tests. @type {() => string[]} */
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

/** The bundled packages that a source imports. @type {(file: string) => string[]} */
function importsOf(file) {
  const imports = Array.from(fs.readFileSync(file, "utf8").matchAll(IMPORT), ([, id = ""]) => id);
  return imports.filter((id) => BUNDLED.test(id));
}

/** @type {(...parts: string[]) => string} */
function hash(...parts) {
  return crypto.createHash("sha256").update(parts.join("\0")).digest("hex");
}

/** Mtime and size of a file of the project; empty if it doesn't exist. @type {(file: string) => string} */
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

/**
 * Writes a file atomically, even with concurrent writers; does nothing if the project is read-only.
 *
 * @type {(file: string, content: string | Buffer) => void}
 */
function keep(file, content) {
  const unfinished = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(unfinished, content);
    fs.renameSync(unfinished, file);
  } catch {
    // Rebuilt next time.
  }
}
