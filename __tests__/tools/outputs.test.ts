import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { differences, type Output } from "../../tools/outputs";
import { unchanged } from "../../tools/unchanged";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-differences-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function written(name: string, files: Readonly<Record<string, string>>): Output {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return { by: name, folder: join(folder, name), project: `/home/${name}` };
}
const stack = (version: string, cidr: string, list = "[]") =>
  `{"//":{"metadata":{"stackName":"infra","version":"${version}"}},"resource":{"aws_vpc":{"x":{"cidr_block":"${cidr}","l":${list}}}}}`;

it("finds the same what differs in cdktf's version, in white space and in the project's own folder only", () => {
  const one = written("one", {
    "dev/stacks/infra/cdk.tf.json": stack("0.21.0", "10.0.0.0/16", "[\n]"),
    "manifest.json": '{"version":"0.21.0","state":"/home/one/a.tfstate"}',
  });
  const other = written("other", {
    "dev/stacks/infra/cdk.tf.json": stack("0.24.0", "10.0.0.0/16"),
    "manifest.json": '{"version":"0.24.0","state":"/home/other/a.tfstate"}',
  });
  expect(differences(one, other)).toEqual([]);
});

it("names what differs: a value, a file's bytes, and files that only one has, be they empty", () => {
  const one = written("one", {
    "a/cdk.tf.json": stack("1", "10.0.0.0/16"),
    "code.zip": "\xff",
    "x.txt": "",
  });
  const other = written("other", {
    "a/cdk.tf.json": stack("1", "10.1.0.0/16"),
    "code.zip": "\xfe",
    "y.json": "{}",
  });
  expect(differences(one, other)).toEqual([
    "a/cdk.tf.json",
    "code.zip",
    "x.txt: only one writes it",
    "y.json: only other writes it",
  ]);
});

it("takes a resource's own version for what it is", () => {
  const chart = (version: string) => `{"resource":{"helm_release":{"x":{"version":"${version}"}}}}`;
  const one = written("one", { "cdk.tf.json": chart("1") });
  expect(differences(one, written("other", { "cdk.tf.json": chart("2") }))).toEqual(["cdk.tf.json"]);
});

it("says what it can't compare with", async () => {
  await expect(unchanged("no-such-commit")).rejects.toThrow(
    /^"no-such-commit" is not a commit of this repository: fatal: /,
  );
});
