import { riskOf } from "../../../commands/plan/risks";
import { planLines } from "../../../commands/plan/text";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { idOf } from "../../../commands/terraform/stack-folder";
import { synth, type Found } from "../../synth";
import { changesOf, FOLDER, plan, resource, update } from "./plans";

const DEV = synth("dev").app;
const configOf = (variables: Record<string, string>): Found =>
  synth("dev", { ai: { variables } }).app.one("kubernetes_config_map_v1", "wbot-ai/config");
const [a, b, c] = [configOf({ MODEL: "a" }), configOf({ MODEL: "b" }), configOf({ MODEL: "c" })];

/** A plan's texts with `present` in the configuration: what is there has its path, what is gone only its id. */
function changes(present: readonly Found[], ...all: readonly ResourceChange[]) {
  const paths = new Map(present.map(({ address, path }) => [address, path]));
  const nameOf = (address: string) =>
    paths.get(address) ?? address.replace(/^\w+\./, "").replace(/_[0-9A-F]{8}$/, "");
  return changesOf({ ...FOLDER, nameOf }, plan(...all));
}
const values = ({ body: { manifest, metadata, data } }: Found) =>
  manifest === undefined ? { metadata: [metadata], data } : { manifest };
const created = (found: Found) => resource(found.address, ["create"], null, values(found));
const deleted = (found: Found) => resource(found.address, ["delete"], values(found), null);
const same = (found: Found) => resource(found.address, ["no-op"], values(found), values(found));
const nameIn = ({ path }: Found) => path.split("/").at(-1);
const MODEL = (before: string, after: string) => ({
  path: "data.MODEL",
  before: `"${before}"`,
  after: `"${after}"`,
});

it("shows a ConfigMap of another content as a replacement, with the variables that differ", () => {
  const [change, ...others] = changes([b], created(b), deleted(a));
  expect(others).toEqual([]);
  expect(change).toMatchObject({
    action: "replace",
    address: b.address,
    replaces: a.address,
    createFirst: true,
    risk: "low",
    why: "Pods pick up the new one with a rolling restart.",
    differences: [
      MODEL("a", "b"),
      { path: "metadata[0].name", before: `"${nameIn(a)}"`, after: `"${nameIn(b)}"` },
    ],
  });
  expect(change?.refused).toBeUndefined();
  expect(planLines({ changes: change ? [change] : [], outputs: [] }).join("\n")).toContain(
    `${b.path}  kubernetes_config_map_v1: replaced, new one first`,
  );
});

it("shows what a revert changes, although the old one is still there", () => {
  const [change] = changes([a], same(a), deleted(b));
  expect(change).toMatchObject({ action: "delete", risk: "low", why: `${nameIn(a)} takes its place.` });
  expect(change?.differences).toContainEqual(MODEL("b", "a"));
});

it("shows each old one that failed deploys have left", () => {
  const [left, replaced] = changes([c], created(c), deleted(a), deleted(b));
  expect(left).toMatchObject({ action: "delete", why: `${nameIn(c)} takes its place.` });
  expect(replaced).toMatchObject({ action: "replace", address: c.address });
  expect([left?.address, replaced?.replaces].sort()).toEqual([a.address, b.address].sort());
});

it("has another fingerprint for another old one, and none of the deletion's details", () => {
  const of = (...all: readonly ResourceChange[]) => changes([c], ...all)[0]?.fingerprint;
  expect(of(created(c), deleted(a))).not.toBe(of(created(c), deleted(b)));
  const alone = changes([], deleted(a))[0]?.fingerprint;
  expect(changes([b], same(b), deleted(a))[0]?.fingerprint).toBe(alone);
});

it("does the same with middlewares, whose names may be that of their construct", () => {
  const limit = "ingress/api-rate-limit";
  const direct = DEV.one("kubernetes_manifest", limit);
  const proxied = synth("dev", { traffic: { trustedProxies: ["203.0.113.0/24"] } }).app;
  const [change, ...others] = changes(
    proxied.all,
    created(proxied.one("kubernetes_manifest", limit)),
    deleted(direct),
  );
  expect(others).toEqual([]);
  expect(change).toMatchObject({
    action: "replace",
    type: "Middleware",
    risk: "medium",
    why: "Limits, headers or redirects change within seconds.",
  });
});

it("leaves everything else alone", () => {
  const other = DEV.one("kubernetes_config_map_v1", "wbot-web");
  const alarm = (name: string) => `aws_cloudwatch_metric_alarm.redis-alarms_connections-${name}_00000000`;
  const actions = changes(
    [other],
    same(other),
    deleted(a),
    resource(alarm("a"), ["delete"], { name: "a" }, null),
    resource(alarm("b"), ["create"], null, { name: "b" }),
    resource(b.address, ["delete"], values(b), null, { deposed: "0a1b2c3d" }),
    update("kubernetes_deployment_v1.d", { a: 1 }, { a: 2 }),
  ).map(({ action, why }) => [action, why]);
  const expected = [
    ["create", ""],
    ["delete", "An earlier replacement could not remove it."],
    ["delete", riskOf("aws_cloudwatch_metric_alarm", "delete")[1]],
    ["delete", riskOf("kubernetes_config_map_v1", "delete")[1]],
    ["update", riskOf("kubernetes_deployment_v1", "update")[1]],
  ];
  expect(actions.sort()).toEqual(expected.sort());
});

it("takes a release's manifest, which is null or text, for no object's", () => {
  const release = (name: string, manifest: string | null) => ({ name, manifest, metadata: null });
  const [gone, made] = changes(
    [],
    resource("helm_release.x", ["delete"], release("loki", null), null),
    resource("helm_release.y", ["create"], null, release("alloy", "{}")),
  );
  expect([gone?.action, made?.action]).toEqual(["delete", "create"]);
});

it("knows a path's id", () => {
  const { infra, app } = synth("prod");
  for (const { address, path } of [...infra.all, ...app.all])
    if (/_[0-9A-F]{8}$/.test(address))
      expect(address.replace(/^(data\.)?\w+\./, "").replace(/_[0-9A-F]{8}$/, "")).toBe(idOf(path));
});
