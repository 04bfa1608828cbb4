import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Overrides } from "../../environments";
import { accessPolicies } from "../../environments/access-policies";
import { CHARTS } from "../../stacks/controllers";
import { synth } from "../synth";

const page = readFileSync(join(__dirname, "../../docs/security.md"), "utf8");
const roles = page.slice(page.indexOf("## Who may do what"), page.indexOf("## A secret's path"));

/** EKS's own, which the page names together. */
const ADD_ONS = ["vpc-cni-role", "ebs-csi-role"];

it.each<[string, Overrides]>([
  ["as it comes", {}],
  ["with Loki", { observability: { logs: { kind: "loki" } } }],
  ["with a zone", { domain: { host: "chat.example.com", hostedZoneId: "Z0123456789ABCDEFGHIJ" } }],
])("has a row in docs/security.md for the role of every controller of prod %s", (_, overrides) => {
  const names = synth("prod", overrides)
    .infra.of("aws_iam_role")
    .map(({ body }) => String(body["name"]).replace("wbot-prod-", ""))
    .filter((name) => name.endsWith("-role") && !ADD_ONS.includes(name));
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !roles.includes(`-${name}\``))).toEqual([]);
});

it("has a row for the roles of each setting that gives access to the cluster", () => {
  for (const setting of Object.keys(accessPolicies("us-east-1")))
    expect(roles).toContain(`access.${setting}`);
});

it("says that charts aren't pinned by their content, as long as one isn't", () => {
  expect(page.includes("charts are pulled by version")).toBe(CHARTS.some(({ digest }) => !digest));
});
