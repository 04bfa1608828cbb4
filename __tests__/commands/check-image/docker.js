#!/usr/bin/env node
// Stands in for Docker's command line: an image is a Node.js program, and a container a process of it. State is one folder
// per container, in the folder of this file.
const { spawn } = require("node:child_process");
const {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} = require("node:fs");
const { join } = require("node:path");

const [verb = "", ...args] = process.argv.slice(2);
const [first = "", second = ""] = args;
const last = args.at(-1) ?? "";
/** @type {(name: string) => string} */
const folder = (name) => join(__dirname, name);
/** @type {(name: string, file: string) => string} */
const inside = (name, file) => join(folder(name), file);
/** @type {(name: string, file: string) => string} */
const read = (name, file) => readFileSync(inside(name, file), "utf8");
appendFileSync(join(__dirname, "calls"), `${[verb, ...args].join(" ")}\n`);

/** @type {(pid: number) => boolean} */
const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** @type {(done: () => boolean, milliseconds: number) => Promise<void>} */
const until = async (done, milliseconds) => {
  for (const end = Date.now() + milliseconds; Date.now() < end && !done();)
    await new Promise((resolve) => setTimeout(resolve, 20));
};

/** @type {Readonly<Record<string, () => string | void | Promise<string | void>>>} */
const verbs = {
  version: () => "28.0.0",
  context: () => "unix:///var/run/docker.sock",
  run: async () => {
    /** @type {(option: string) => string[]} */
    const given = (option) =>
      args.filter((each) => each.startsWith(`--${option}=`)).map((each) => each.slice(option.length + 3));
    const [name = ""] = given("name");
    const image = args.find((each) => !each.startsWith("-")) ?? "";
    if (!existsSync(image)) throw new Error(`docker: manifest for ${image} not found.`);
    const variables = given("env").map((each) =>
      each.includes("=") ? each.split(/=(.*)/s) : [each, process.env[each]],
    );
    mkdirSync(folder(name));
    const port = 20_000 + (process.pid % 20_000);
    writeFileSync(inside(name, "port"), String(port));
    const log = openSync(inside(name, "log"), "w");
    const shell = 'node "$0" & echo $! >"$1"; wait $!; echo $? >"$2"';
    spawn("sh", ["-c", shell, image, inside(name, "pid"), inside(name, "code")], {
      env: { PATH: process.env["PATH"], ...Object.fromEntries(variables), PORT: String(port) },
      stdio: ["ignore", log, log],
      detached: true,
    }).unref();
    await until(() => existsSync(inside(name, "pid")), 5_000);
  },
  port: () => `127.0.0.1:${read(first, "port")}`,
  inspect: () => {
    const name = last;
    if (second.includes("Networks")) return "bridge";
    const ended = existsSync(inside(name, "code"));
    return ended ? `false ${read(name, "code").trim()} false` : "true 0 false";
  },
  // Only the programs are asked of a container here; requests go to the server.
  exec: async () => {
    const port = read(first, "port");
    if (second === "sh") return "";
    const { pathname } = new URL(last);
    const { ok } = await fetch(`http://127.0.0.1:${port}${pathname}`, { headers: { offline: "true" } });
    if (!ok) throw new Error("");
    return "";
  },
  network: () => "",
  stop: async () => {
    const name = last;
    if (existsSync(inside(name, "code"))) return;
    const pid = Number(read(name, "pid"));
    process.kill(pid, "SIGTERM");
    await until(() => !alive(pid), 1000 * Number(first.split("=")[1]));
    if (alive(pid)) process.kill(pid, "SIGKILL");
    await until(() => existsSync(inside(name, "code")), 5_000);
  },
  logs: () => read(last, "log"),
  rm: () => {
    const name = last;
    if (!existsSync(folder(name))) return;
    if (!existsSync(inside(name, "code"))) process.kill(Number(read(name, "pid")), "SIGKILL");
    rmSync(folder(name), { recursive: true });
  },
};

Promise.resolve(verbs[verb]?.()).then(
  (said = "") => process.stdout.write(`${said}\n`),
  ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
  },
);
