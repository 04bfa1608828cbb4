import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { changesOf, FOLDER, plan, replace, resource, update } from "./plans";

const of = (...all: readonly ResourceChange[]) =>
  changesOf(FOLDER, plan(...all))
    .map(({ fingerprint }) => fingerprint)
    .sort();
const image = (tag: string, more = {}) => update("aws_x.x", { tag: "1", ...more }, { tag, ...more });

const rename = (password: string | readonly string[], before: typeof password = "secret-a") =>
  resource(
    "aws_x.x",
    ["delete", "create"],
    { name: "a", password: before },
    { name: "b", password },
    { change: { replace_paths: [["name"]] } },
  );

it("is the same for the same changes, in any order of changes and arguments", () => {
  const [a, b] = [image("2"), update("aws_y.y", { a: 1, b: 1 }, { a: 2, b: 2 })];
  expect(of(a, b)).toEqual(of(update("aws_y.y", { b: 1, a: 1 }, { b: 2, a: 2 }), image("2")));
  expect(of(a)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

it("stays the same from one version of this project to the next: a plan may be reviewed with one and applied with another", () => {
  const before = { tag: "1", none: null, list: [{ b: 1, a: null }, null], password: "hunter-22" };
  const all = [
    update(
      "aws_x.x",
      before,
      { tag: "2", list: [{ a: [], b: { 10: "x", 9: "y" } }] },
      {
        before_sensitive: { password: true },
        after_unknown: { arn: true },
        replace_paths: [["tag"]],
      },
    ),
    resource(
      "aws_y.y",
      ["create"],
      null,
      { z: 1, a: { c: null, b: [2, 1] } },
      { change: { after_unknown: { id: true } } },
    ),
    resource("aws_z.z", ["delete"], { id: "z-1", more: true }, null),
    rename("secret-a"),
    rename("secret-b"),
  ];
  expect(of(...all)).toEqual([
    "44f1c52e47555d9869813de92b9f91d5d4cf9b4b8b673f540adc369b9fe34621",
    "7561cef560382f750e32858ab1994fc93750037a9ab17fe60d81ad5ef86b48e9",
    "9468e72005ea5b25e0d5877c34ec342d2ddc1a8a0c52f5e5c5bd4d5c5bf18bcc",
    "a5c99d0b84c2e7d6df09df04b7847f3921553ec9b2f9f107065385900b249832",
    "c8e0cef93b4b5ca6f3eb66ba483ddf32c028801c2489a3645d48e09b71defdac",
  ]);
});

it("ignores what changes by itself: unchanged arguments, computed values, what stays", () => {
  const replicas = (count: number) => image("2", { replicas: count });
  expect(of(replicas(2))).toEqual(of(replicas(7)));
  const version = (latest: number) => update("aws_x.x", { latest }, {}, { after_unknown: { latest: true } });
  expect(of(version(1))).toEqual(of(version(2)));
  expect(of(image("2"), resource("aws_y.y", ["no-op"], { a: 1 }, { a: 1 }))).toEqual(of(image("2")));
});

it("ignores what the cluster has made of an object that is replaced", () => {
  const replaced = (uid: string) => {
    const manifest = { kind: "Middleware", spec: {} };
    return of(
      resource(
        "kubernetes_manifest.m",
        ["create", "delete"],
        { manifest, object: { uid: "1" } },
        { manifest, object: { uid } },
      ),
    );
  };
  expect(replaced("2")).toEqual(replaced("3"));
});

it("ignores how many nodes a group has, or would lose, which follows the cluster, and not its bounds", () => {
  const group = (size: number, max: number, version: string) => ({
    version,
    scaling_config: [{ desired_size: size, max_size: max }],
  });
  const updated = (size: number, max = 9) =>
    of(update("aws_eks_node_group.g", group(2, 6, "1"), group(size, max, "1")));
  const replaced = (size: number, max = 9) =>
    of(resource("aws_eks_node_group.g", ["create", "delete"], group(size, 6, "1"), group(size, max, "2")));
  for (const each of [updated, replaced]) {
    expect(each(3)).toEqual(each(5));
    expect(each(3)).toEqual(each(1));
    expect(each(3)).not.toEqual(each(3, 10));
  }
});

it.each([
  ["another value", image("2"), image("3")],
  ["another resource", image("2"), { ...image("2"), address: "aws_x.z" }],
  ["another action", update("aws_x.x", { a: "a" }, { a: "b" }), replace("aws_x.x", "a")],
  [
    "a value that is now known",
    update("aws_x.x", { a: 1 }, { a: 2 }),
    update("aws_x.x", { a: 1 }, {}, { after_unknown: { a: true } }),
  ],
  [
    "an order beside an addition",
    update(
      "aws_x.x",
      { a: [{ name: "a" }, { name: "b" }] },
      { a: ["a", "b", "c"].map((name) => ({ name })) },
    ),
    update(
      "aws_x.x",
      { a: [{ name: "a" }, { name: "b" }] },
      { a: ["b", "a", "c"].map((name) => ({ name })) },
    ),
  ],
  ["a replacement that also changes a secret", rename("secret-a"), rename("secret-b")],
  [
    "a replacement that also changes a secret of a list",
    rename(["", "secret-a"], ["", "secret-a"]),
    rename(["", "secret-b"], ["", "secret-a"]),
  ],
  ["what is set to nothing", image("2", { a: [] }), update("aws_x.x", { tag: "1", a: [] }, { tag: "2" })],
  [
    "a different object to destroy",
    resource("aws_x.x", ["delete"], { id: "1" }, null),
    resource("aws_x.x", ["delete"], { id: "2" }, null),
  ],
  [
    "what is left of another replacement",
    resource("aws_x.x", ["delete"], { id: "1" }, null, { deposed: "a" }),
    resource("aws_x.x", ["delete"], { id: "1" }, null, { deposed: "b" }),
  ],
  [
    "a move from elsewhere",
    resource("aws_x.x", ["no-op"], { id: "1" }, { id: "1" }, { previous_address: "aws_x.a" }),
    resource("aws_x.x", ["no-op"], { id: "1" }, { id: "1" }, { previous_address: "aws_x.b" }),
  ],
  [
    "a different object to import",
    resource("aws_x.x", ["create"], null, {}, { change: { importing: { id: "1" } } }),
    resource("aws_x.x", ["create"], null, {}, { change: { importing: { id: "2" } } }),
  ],
  [
    "a different new object",
    resource("aws_x.x", ["create"], null, { a: 1 }),
    resource("aws_x.x", ["create"], null, { a: 2 }),
  ],
])("tells %s apart", (_, a, b) => {
  expect(of(a)).not.toEqual(of(b));
});

it("doesn't depend on a secret's value, which could be guessed from it", () => {
  const secret = (value: string) =>
    update(
      "aws_x.x",
      { a: "old" },
      { a: value },
      { before_sensitive: { a: true }, after_sensitive: { a: true } },
    );
  expect(of(secret("one"))).toEqual(of(secret("another")));
  expect(of(rename("secret-b"))).toEqual(of(rename("secret-c")));
});

it("doesn't depend on a secret in an address, either", () => {
  const at = (password: string) => {
    const address = `aws_x.x["${password}"]`;
    const moved = { previous_address: `aws_x.y["${password}"]` };
    return of(
      resource(address, ["create"], null, { password, size: 1 }),
      resource("aws_z.z", ["no-op"], {}, {}, moved),
    );
  };
  expect(at("one-of-two")).toEqual(at("two-of-two"));
});
