import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { MINISTACK } from "../../commands/rehearse/ministack";
import { pythonProgram, type PythonPackage } from "../../commands/cli/python-program";
import { CHECKOV } from "../../tools/policy";
import { SHELLCHECK, ZIZMOR } from "../../tools/workflows";
import { describeWith, PYTHON, type Need } from "../programs";

/**
 * Somebody uploads another file under a package's version, or a newer version of one of the hundred packages behind a
 * tool, and it runs on desks and runners that hold credentials. So each is installed by its hash, and none is built there.
 */

const LOCKS = join(__dirname, "..", "..", "locks", "python");
const PACKAGES: readonly PythonPackage[] = [MINISTACK, CHECKOV, SHELLCHECK, ZIZMOR];
const read = (file: string) => readFileSync(join(LOCKS, file), "utf8");

it("every Python program has a lock, and no lock is without a program", () => {
  const wanted = ["uv.toml", ...PACKAGES.flatMap(({ name }) => [`${name}.in`, `${name}.txt`])];
  expect(readdirSync(LOCKS).sort()).toEqual(wanted.sort());
});

it.each(PACKAGES)("$name and all behind it are locked by version and hash", ({ name, python = "3.11" }) => {
  const lock = read(`${name}.txt`);
  const requirements = lock.split("\n").filter((line) => line !== "" && !/^( |#)/.test(line));
  expect(requirements.length).toBeGreaterThan(0);
  for (const line of requirements) expect(line).toMatch(/^[a-z0-9-]+==\S+( ;.*)? \\$/);
  expect(lock).not.toMatch(/\\\n(?! {4}--hash=sha256:[0-9a-f]{64}( \\)?\n)/);
  for (const line of read(`${name}.in`).trim().split("\n"))
    expect(requirements.map((each) => each.split(" ")[0])).toContain(line);
  // The command to lock it again, which Renovate runs too. A week passes before a release is taken.
  expect(lock).toContain(
    `#    uv pip compile --universal --python-version=${python} --generate-hashes --exclude-newer=P7D --output-file=${name}.txt ${name}.in\n`,
  );
});

const PIP: Need = {
  what: "python3 with pip on the PATH",
  isThere: () => PYTHON.isThere() && spawnSync(PYTHON.path, ["-c", "import pip"]).status === 0,
};

/**
 * Stands for Python where it makes a virtual environment, which takes it ten seconds of a CPU: the machine's own pip is in
 * it, which installs into that folder alone.
 */
const PYTHON_WITH_PIP = (python: string) => `#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec "${python}" "$@"
mkdir -p "$3/bin"
printf '#!/bin/sh\\nPIP_TARGET="%s" exec "${python}" -m pip "$@"\\n' "$3/packages" >"$3/bin/pip"
chmod +x "$3/bin/pip"
`;

describeWith([PIP], "a package on an index", () => {
  let folder: string;
  const pip = { ...process.env };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wbot-python-"));
    mkdirSync(join(folder, "locks", "python"), { recursive: true });
    mkdirSync(join(folder, "index"));
    writeFileSync(join(folder, "python3"), PYTHON_WITH_PIP(PYTHON.path));
    chmodSync(join(folder, "python3"), 0o755);
    process.env["PATH"] = `${folder}${delimiter}${pip["PATH"] ?? ""}`;
    process.env["PIP_NO_INDEX"] = "1";
    process.env["PIP_FIND_LINKS"] = join(folder, "index");
  });
  afterEach(() => {
    process.env = pip;
  });

  /** A wheel, which is a ZIP archive; its SHA-256. */
  function upload(program: string): string {
    const file = join(folder, "index", "toy-1.0-py3-none-any.whl");
    const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("toy.py", "def main(): print('" + sys.argv[2] + "')")
    info = "toy-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: toy\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\\ntoy = toy:main\\n")
    wheel.writestr(info + "RECORD", "")
`;
    execFileSync(PYTHON.path, ["-c", script, file, program]);
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  }

  const install = (hash: string) => {
    const text = `toy==1.0 \\\n    --hash=sha256:${hash}\n`;
    writeFileSync(join(folder, "locks", "python", "toy.txt"), text);
    return pythonProgram("policy", { name: "toy", program: "toy", python: "3.6" }, () => undefined, folder);
  };

  it("is refused once it is another than was locked, and both are named", async () => {
    const locked = upload("ours");
    const theirs = upload("theirs");
    await expect(install(locked)).rejects.toThrow(
      new RegExp(
        `DO NOT MATCH[\\s\\S]*Expected sha256 ${locked}\\s+Got\\s+${theirs}[\\s\\S]*` +
          "A package doesn't match the lock file: find out why before you update the lock file\\.$",
      ),
    );
  }, 240_000);
});
