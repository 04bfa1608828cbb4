import { changedReads, readsOf } from "../../../commands/diff/reads";
import { synth } from "../../synth";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { plan, replace, resource, update } from "../plan/plans";

const { infra, app } = synth("prod");
const reads = readsOf(infra.json, app.json);
const cluster = infra.one("aws_eks_cluster").address;
const version = infra.one("aws_secretsmanager_secret_version").address;
const told = (...all: readonly ResourceChange[]) => changedReads(reads, plan(...all)).map(({ what }) => what);

it("finds what app reads: the cluster, the load balancer and key of its alarms, the Redis secret and the kinds that charts install", () => {
  expect([...new Set(reads.map(({ what, atPlan }) => `${what}${atPlan ? "" : " (pods)"}`))].sort()).toEqual([
    "the cluster wbot-prod",
    "the custom resource definitions of cert-manager",
    "the custom resource definitions of external-secrets",
    "the custom resource definitions of traefik",
    "the key alias/wbot-prod",
    "the load balancer wbot-prod",
    "the secret wbot/prod/redis (pods)",
  ]);
});

it.each([
  ["endpoint", { endpoint: "a" }, { endpoint: "b" }],
  [
    "certificate authority",
    { certificate_authority: [{ data: "a" }] },
    { certificate_authority: [{ data: "b" }] },
  ],
  ["version", { version: "1.35" }, { version: "1.36" }],
])("tells when the cluster's %s changes", (_, before, after) => {
  expect(told(update(cluster, before, after))).toEqual(["the cluster wbot-prod"]);
});

it("reports a replaced cluster and a new Redis password once each", () => {
  const secret = infra.one("aws_secretsmanager_secret").address;
  expect(
    told(replace(cluster, "name"), update(secret, { a: 1 }, { a: 2 }), replace(version, "secret_string")),
  ).toEqual(["the cluster wbot-prod", "the secret wbot/prod/redis"]);
});

it("ignores attributes that app doesn't read, and resources that it never reads", () => {
  expect(
    told(
      update(cluster, { tags: {} }, { tags: { a: "b" } }),
      resource(version, ["no-op"], {}, {}),
      replace(infra.of("aws_eip")[0]?.address ?? "", "domain"),
      update(infra.one("helm_release", "reloader").address, { values: ["a"] }, { values: ["b"] }),
    ),
  ).toEqual([]);
});

// `deploy --reviewed` relies on it: see commands/deploy/reviewed.ts.
it("finds no values of the cluster in app's resources, except custom resources", () => {
  const others = Object.entries(app.json.resource ?? {}).filter(([type]) => type !== "kubernetes_manifest");
  expect(others.map(([type]) => type)).toContain("kubernetes_deployment_v1");
  expect(JSON.stringify(others)).not.toContain("data.aws_eks_cluster");
});
