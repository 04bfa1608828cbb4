const { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const { dirname, join, relative } = require("node:path");
const esbuild = require("esbuild");
const { dependencies } = require("../package.json");

/**
 * Packages of many files, of which Jest would find, read and compile each again for every test file: the tests get them
 * as a few files. These are CommonJS, also of what is published as ES modules only, which Jest can't require.
 */

/** Where they are, below the project. */
const BUNDLES = "node_modules/.cache/wbot/tests";
const PROJECT = join(__dirname, "..");

/** The SDK's clients share most of their files. */
const CLIENTS = Object.keys(dependencies).filter((name) => name.startsWith("@aws-sdk/"));
const ALONE = [
  "@bomb.sh/tab",
  "@bomb.sh/tab/commander",
  "@kubernetes/client-node",
  "ajv",
  "ajv/dist/2020",
  "aws-sdk-client-mock",
  "commander",
  "listr2",
  "tar-stream",
];
const CDKTF = ["cdktf", "constructs"];
const RESOURCE = "@cdktf/provider-[a-z]+/lib/[a-z0-9-]+";

/** For Jest: which imports lead to bundles. */
const moduleNameMapper = {
  [`^(${[...CLIENTS, ...ALONE, ...CDKTF, RESOURCE].join("|")})$`]: `<rootDir>/${BUNDLES}/$1.js`,
};

/** Makes the bundles, unless they are there for what npm has installed and what the sources import. */
function makeBundles() {
  /** @type {readonly (readonly [string, readonly string[]])[]} */
  const groups = [
    ["aws", CLIENTS],
    ["cdktf-and-resources", [...CDKTF, ...resources()]],
    ...ALONE.map((name) => /** @type {const} */ ([name, [name]])),
  ];
  const { mtimeMs } = statSync(join(PROJECT, "node_modules/.package-lock.json"));
  const key = JSON.stringify([groups, mtimeMs, readFileSync(__filename, "utf8")]);
  const made = join(BUNDLES, "made-of.json");
  if (textOf(made) === key) return;
  const all = groups.flatMap(([, names]) => names);
  for (const [group, names] of groups) {
    const file = join(BUNDLES, "of", `${group}.js`);
    bundle(file, names, all);
    for (const name of names)
      write(
        join(BUNDLES, `${name}.js`),
        `module.exports = require("./${relative(dirname(`${BUNDLES}/${name}`), file)}")["${name}"]();`,
      );
  }
  write(made, key);
}

/** @param {string} file @param {readonly string[]} names @param {readonly string[]} all */
function bundle(file, names, all) {
  esbuild.buildSync({
    absWorkingDir: PROJECT,
    stdin: {
      contents: `module.exports = { ${names.map((name) => `"${name}": () => require("${name}")`).join()} }`,
      resolveDir: PROJECT,
    },
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    // To esbuild, a name stands for all below it too.
    external: all.filter((other) => !names.some((name) => name.startsWith(other))),
    minifyWhitespace: true,
    lineLimit: 200,
    legalComments: "none",
    logLevel: "error",
  });
}

/** Modules of the providers' resources that anything imports. */
function resources() {
  const texts = ["constructs", "stacks", "__tests__"].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(PROJECT, folder, file), "utf8")),
  );
  const found = texts.flatMap((text) => text.match(new RegExp(`(?<=from ")${RESOURCE}(?=")`, "g")) ?? []);
  return [...new Set(found)].sort();
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(join(PROJECT, file)), { recursive: true });
  writeFileSync(join(PROJECT, file), text);
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(join(PROJECT, file), "utf8");
  } catch {
    return undefined;
  }
}

module.exports = { moduleNameMapper, makeBundles };
