"use strict";
/**
 * Compiles this project's TypeScript as Node loads it: node --require ./bin/typescript.cjs main.ts
 *
 * esbuild bundles the required source with all sources that it imports, and the packages that take longest to load into a
 * second file. Both are cached together with V8's code cache for them in node_modules/.cache/wbot, which may be deleted at
 * any time. Every start compares the content of every source, and mtime and size of every file of a package: if one has
 * changed, its bundle is rebuilt.
 *
 * With NODE_OPTIONS=--enable-source-maps, stack traces show the sources' lines, and packages load without the bundle.
 */
const crypto = require("node:crypto");
const fs = require("node:fs");
/** @type {any} Its hooks have no types. */
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");
const project = require("../package.json");

refuseOlderNode(project.engines.node.replace(">=", ""), process.versions.node);

/** @typedef {(id: string) => unknown} Load */
/** @typedef {{ entry: string, key: string, id: string, packages: readonly string[], files: Record<string, string> }} Made */
/** @typedef {import("esbuild").BuildOptions & { entry: string, imports?: readonly string[] }} Options */

const PROJECT = path.join(__dirname, "..");
const CACHE = path.join(PROJECT, "node_modules", ".cache", "wbot");
const BUNDLED = /^(cdktf|constructs|zod|fflate|@cdktf\/[^/]+|@grafana\/grafana-foundation-sdk)(\/|$)/;
/** A provider's resource, which an environment may not have. */
const RESOURCE = /^@cdktf\/[^/]+\/lib\//;
const IMPORT = /\b(?:from|import\()\s*"([^"]+)"/g;
const SOURCE_MAPS = /** @type {any} */ (process).sourceMapsEnabled === true;

/** Part of every cache key: a change of the installed packages or of this file invalidates the cache. */
const SALT = ["bin/typescript.cjs", "tsconfig.json", "node_modules/.package-lock.json"].map(print);

/** @type {Load | undefined} */
let packages;
/** What this run has loaded from the bundle of packages. */
const loaded = new Set();

Module._extensions[".ts"] = (/** @type {any} */ module, /** @type {string} */ file) => {
  const kept = path.join(
    CACHE,
    `${path.basename(file, ".ts")}-${hash(file, String(SOURCE_MAPS)).slice(0, 8)}.js`,
  );
  // The entry may be outside the project, but its packages never are.
  module.paths = Module._nodeModulePaths(PROJECT);
  // The sources' names are part of the key: an import may now resolve to a new one.
  const text = bundle(kept, hash(...SALT, ...sources()), [], () => ({
    entry: file,
    entryPoints: [file],
    packages: "external",
    // In project.ts.
    define: { __dirname: JSON.stringify(PROJECT) },
    target: "node20",
    keepNames: true,
    sourcemap: SOURCE_MAPS && "inline",
  }));
  if (SOURCE_MAPS) return module._compile(text, kept);
  const require = (/** @type {string} */ id) => {
    if (!BUNDLED.test(id)) return module.require(id);
    packages ??= openPackages(madeOf(text).packages) ?? ((other) => module.require(other));
    return RESOURCE.test(id) ? whenUsed(id, packages) : packages(id);
  };
  const load = (/** @type {string} */ id) =>
    BUNDLED.test(id) ? Promise.resolve(id).then(require) : import(id);
  evaluate(kept, text)(require, module, file, load);
};

/** Before anything that an older Node lacks. @type {(oldest: string, running: string) => void} */
function refuseOlderNode(oldest, running) {
  const [major = 0, minor = 0] = running.split(".").map(Number);
  const [least = 0, leastMinor = 0] = oldest.split(".").map(Number);
  if (major > least || (major === least && minor >= leastMinor)) return;
  console.error(
    `Node.js ${running} is too old: wbot needs ${oldest} or newer. Install Node.js 24 (LTS): https://nodejs.org`,
  );
  process.exit(1);
}

/** A module that is loaded when a name of it is first read. @type {(id: string, load: Load) => object} */
function whenUsed(id, load) {
  return new Proxy({}, { get: (_, name) => Reflect.get(/** @type {object} */ (load(id)), name) });
}

/**
 * Loads from the bundle of packages. Undefined if it can't be cached, or if an import doesn't resolve: Node's own error for
 * that is clearer.
 *
 * @type {(needed: readonly string[]) => Load | undefined}
 */
function openPackages(needed) {
  const kept = path.join(CACHE, "packages.js");
  const module = { exports: /** @type {Record<string, Load>} */ ({}) };
  try {
    const text = bundle(kept, hash(...SALT), needed, () => {
      fs.mkdirSync(CACHE, { recursive: true });
      fs.accessSync(CACHE, fs.constants.W_OK);
      const imports = [...new Set([...needed, ...sources().flatMap(importsOf)])].sort();
      const entries = imports.map((id) => `"${id}": () => require("${id}")`);
      return {
        // Never gone, even if a copy of the project made it that shares its node_modules.
        entry: fs.realpathSync(CACHE),
        imports,
        stdin: { contents: `module.exports = { ${entries.join()} }`, resolveDir: PROJECT },
        // Without comments it is pure ASCII, which takes half the time to read.
        minifyWhitespace: true,
        lineLimit: 200,
      };
    });
    const require = Module.createRequire(kept);
    // To pack an asset, cdktf runs this file of its own as a program, and finds it by __filename.
    evaluate(kept, text)(require, module, require.resolve("cdktf/lib/private/fs.js"));
  } catch {
    return undefined;
  }
  return (id) => {
    const load = module.exports[id];
    if (!load)
      throw new Error(
        `"${id}" is imported by a file that is not one of the project's: see "include" in tsconfig.json.`,
      );
    loaded.add(id);
    return load(id);
  };
}

/**
 * The text of a bundle: the cached one if it is up to date and has the packages that are needed, otherwise a new one.
 *
 * @type {(kept: string, key: string, needed: readonly string[], options: () => Options) => string}
 */
function bundle(kept, key, needed, options) {
  const known = read(kept)?.toString("utf8");
  return known !== undefined && isCurrent(known, key, needed) ? known : makeBundle(kept, key, options());
}

/** @type {(text: string, key: string, needed: readonly string[]) => boolean} */
function isCurrent(text, key, needed) {
  try {
    const made = madeOf(text);
    return (
      made.key === key &&
      needed.every((id) => made.packages.includes(id)) &&
      Object.entries(made.files).every(([file, then]) => print(file) === then)
    );
  } catch {
    // Damaged: rebuild it.
    return false;
  }
}

/** Parses a bundle's last line, which records its inputs. @type {(text: string) => Made} */
function madeOf(text) {
  return JSON.parse(text.slice(text.lastIndexOf("\n//") + 3));
}

/** @type {(kept: string, key: string, options: Options) => string} */
function makeBundle(kept, key, { entry, imports, ...options }) {
  const start = Date.now();
  // Loaded lazily: that takes longer than finding that nothing has changed.
  /** @type {typeof import("esbuild")} */
  const esbuild = require("esbuild");
  const { outputFiles, metafile } = esbuild.buildSync({
    ...options,
    absWorkingDir: PROJECT,
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: kept,
    write: false,
    metafile: true,
    legalComments: "none",
    logLevel: "silent",
    ...(!SOURCE_MAPS && {
      banner: { js: "(function (require, module, __filename, __import) {" },
      footer: { js: "})" },
    }),
  });
  const text = outputFiles[0]?.text ?? "";
  // A vm.Script has no import().
  const code = SOURCE_MAPS ? text : text.replaceAll(/\bimport\(/g, "__import(");
  const files = Object.keys(metafile.inputs).filter((file) => file !== "<stdin>");
  const external = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.map(({ path }) => path),
  );
  const packages = imports ?? external.filter((id) => BUNDLED.test(id));
  const made = {
    entry,
    key,
    id: hash(code).slice(0, 16),
    packages,
    files: Object.fromEntries(files.map((file) => [file, print(file)])),
  };
  const whole = `${code}\n//${JSON.stringify(made)}`;
  // Don't cache it if an input was edited while esbuild read it.
  if (files.every((file) => fs.statSync(path.join(PROJECT, file)).ctimeMs < start)) keep(kept, whole);
  return whole;
}

/** Whether a cached bundle's entry no longer exists: it was a copy's, or a temporary file. @type {(bundle: string) => boolean} */
function isGone(bundle) {
  try {
    const { entry = "" } = madeOf(fs.readFileSync(path.join(CACHE, bundle), "utf8"));
    return !fs.existsSync(entry);
  } catch {
    // Damaged.
    return true;
  }
}

/** @type {(kept: string, text: string) => Function} */
function evaluate(kept, text) {
  // V8 rejects a code cache created under other V8 flags.
  const flags = process.execArgv.filter((flag) => flag.startsWith("--max"));
  const program = [path.basename(process.argv[1] ?? ""), process.version, ...flags].join("-");
  const file = `${kept}-${madeOf(text).id}-${program}.v8`;
  // How many packages the run that wrote it had loaded, in 8 bytes so that V8's data stays aligned; then that data.
  const cached = read(file);
  const cachedData = cached?.subarray(Float64Array.BYTES_PER_ELEMENT);
  const script = new vm.Script(text, { filename: kept, ...(cachedData && { cachedData }) });
  // On exit, when V8 has compiled everything that a run needs. Again if that is more than before, such as after a run that
  // was refused.
  process.on("exit", () => {
    if (cached && !script.cachedDataRejected && loaded.size <= cached.readDoubleLE()) return;
    const count = Buffer.alloc(Float64Array.BYTES_PER_ELEMENT);
    count.writeDoubleLE(loaded.size);
    const data = script.createCachedData();
    // In a long run, V8 drops what it no longer uses.
    if (cachedData && !script.cachedDataRejected && data.length < cachedData.length) return;
    keep(file, Buffer.concat([count, data]));
  });
  return script.runInThisContext();
}

/** Existing source files that tsconfig.json includes, except tests. @type {() => string[]} */
function sources() {
  const { include } = JSON.parse(fs.readFileSync(path.join(PROJECT, "tsconfig.json"), "utf8"));
  return include
    .filter((/** @type {string} */ name) => name !== "__tests__" && fs.existsSync(path.join(PROJECT, name)))
    .flatMap((/** @type {string} */ name) => {
      if (name.endsWith(".ts")) return [path.join(PROJECT, name)];
      return sourcesIn(path.join(PROJECT, name));
    });
}

/** Of a folder: Node's own recursion takes three times as long. @type {(folder: string) => string[]} */
function sourcesIn(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sourcesIn(at) : at.endsWith(".ts") ? [at] : [];
  });
}

/** The bundled packages that a source imports. @type {(file: string) => string[]} */
function importsOf(file) {
  const imports = Array.from(fs.readFileSync(file, "utf8").matchAll(IMPORT), ([, id = ""]) => id);
  return imports.filter((id) => BUNDLED.test(id));
}

/** @type {(...parts: string[]) => string} */
function hash(...parts) {
  return crypto.hash("sha256", parts.join("\0"));
}

/** Identifies the state of a file: a source's by its content, a package's by mtime and size. @type {(file: string) => string} */
function print(file) {
  const full = path.join(PROJECT, file);
  if (!/node_modules\/(?!\.cache\/)/.test(file)) return crypto.hash("sha256", fs.readFileSync(full));
  const found = fs.statSync(full, { throwIfNoEntry: false });
  return `${found?.mtimeMs} ${found?.size}`;
}

/** @type {(file: string) => Buffer | undefined} */
function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/**
 * Writes a file atomically, even with concurrent writers, and deletes what was derived from its predecessor or from entries
 * that are gone; does nothing if the project is read-only.
 *
 * @type {(file: string, content: string | Buffer) => void}
 */
function keep(file, content) {
  const unfinished = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    fs.writeFileSync(unfinished, content);
    fs.renameSync(unfinished, file);
    const all = fs.readdirSync(CACHE);
    const gone = all.filter((name) => name.endsWith(".js") && isGone(name));
    for (const other of all)
      if ([`${path.basename(file)}-`, ...gone].some((start) => other.startsWith(start)))
        fs.rmSync(path.join(CACHE, other), { force: true });
  } catch {
    // Rebuilt next time.
  }
}
