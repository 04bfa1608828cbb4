import { refusedChange, UNIQUE_BY } from "../../../commands/plan/refused-change";
import type { Change } from "../../../commands/plan/change";
import { planLines } from "../../../commands/plan/text";
import { dependenciesOf } from "../../../commands/terraform/references";
import { environments } from "../../../environments";
import { synth, type WrittenStack } from "../../synth";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { changesOf, FOLDER, plan, resource } from "./plans";

const NEW_FIRST = ["create", "delete"];
const takenNames = (change: ResourceChange) =>
  /a second one with (.*) is refused\./.exec(refusedChange(FOLDER.path, change) ?? "")?.[1];

/** Types of which there may be any number: their names have a random part, or they have none. */
const NAMELESS =
  "aws_eip aws_eks_node_group aws_kms_key aws_launch_template aws_lb_target_group aws_route_table aws_vpc";

/** What create_before_destroy spreads to: Terraform extends it to everything that such a resource depends on. */
function newFirst({ json, all }: WrittenStack): Set<string> {
  const dependencies = dependenciesOf(json);
  const spread = new Set(
    all.filter(({ body }) => body["lifecycle"]?.create_before_destroy === true).map(({ address }) => address),
  );
  for (const address of spread) for (const to of dependencies.get(address) ?? []) spread.add(to);
  return new Set(all.filter(({ address }) => spread.has(address)).map(({ type }) => type));
}

it("knows every type that create_before_destroy spreads to, and by what AWS tells two of it apart", () => {
  const access = { privateCidrs: ["10.20.0.0/16"], securityGroups: ["sg-0123456789abcdef0"] };
  const found = [
    ...Object.keys(environments).map((name) => synth(name)),
    synth("prod", { access, network: { endpoints: ["sts"] } }),
  ];
  const types = new Set(found.flatMap(({ infra, app }) => [...newFirst(infra), ...newFirst(app)]));
  const known = [...Object.keys(UNIQUE_BY), ...NAMELESS.split(" ")];
  expect([...types].filter((type) => !type.startsWith("data.")).sort()).toEqual(known.sort());
});

it("says of a resource whose name stays that it can't be replaced, never that the new one comes first", () => {
  const address = "aws_eks_cluster.cluster";
  const cluster = (name: string) => ({ name, version: "1.36" });
  const replaced = (after: object, change: object = {}) =>
    changesOf(
      FOLDER,
      plan(
        resource(address, NEW_FIRST, cluster("wbot-dev"), after, {
          change: { replace_paths: [["encryption_config"]], ...change },
        }),
      ),
    )[0];
  const shown = (change: Change | undefined) =>
    planLines({ changes: change ? [change] : [], outputs: [] }).join("\n");
  const refused = replaced(cluster("wbot-dev"));
  expect(refused).toMatchObject({
    risk: "high",
    why: 'A deploy refuses this. The replacement would be created first, and a second one with name "wbot-dev" is refused. Undo the change that forces it, or deploy another environment and migrate to it.',
  });
  expect(shown(refused)).toContain("aws_eks_cluster: can't be replaced ");
  const tainted = changesOf(
    FOLDER,
    plan(
      resource(address, NEW_FIRST, cluster("wbot-dev"), cluster("wbot-dev"), {
        action_reason: "replace_because_tainted",
      }),
    ),
  )[0];
  expect(tainted?.why).toMatch(
    /^A deploy refuses this\. .* with name "wbot-dev" is refused\. If it works, or an update can repair it, keep it; the next plan shows what still has to change: terraform -chdir=\/out\/infra untaint aws_eks_cluster\.cluster$/,
  );
  const renamed = replaced(cluster("wbot-qa"));
  expect(shown(renamed)).toContain("aws_eks_cluster: replaced, new one first ");
  const unknown = replaced({ version: "1.36" }, { after_unknown: { name: true } });
  expect(unknown?.refused).toBeUndefined();
});

it.each([
  ["another zone for a subnet's range", "aws_subnet", { vpc_id: "vpc-1", cidr_block: "10.0.0.0/19" }],
  [
    "a service account's second role",
    "aws_eks_pod_identity_association",
    { cluster_name: "wbot-dev", namespace: "kube-system", service_account: "aws-node" },
  ],
  [
    "an add-on that an earlier run left tainted",
    "aws_eks_addon",
    { cluster_name: "wbot-dev", addon_name: "coredns" },
  ],
  [
    "a second endpoint under a service's name",
    "aws_vpc_endpoint",
    { vpc_id: "vpc-1", service_name: "com.amazonaws.us-east-1.sts" },
  ],
  ["a role with another path", "aws_iam_role", { name: "wbot-dev-node" }],
])("refuses %s", (_, type, names) => {
  expect(takenNames(resource(`${type}.x`, NEW_FIRST, names, names))).toBe(
    Object.entries(names)
      .map(([argument, value]) => `${argument} "${value}"`)
      .join(", "),
  );
  // The old one first: its name is free by then.
  expect(takenNames(resource(`${type}.x`, ["delete", "create"], names, names))).toBeUndefined();
});

it("refuses another version of a manifest's kind under its name", () => {
  const manifest = (version: string, name: string) => ({
    manifest: {
      apiVersion: `traefik.io/${version}`,
      kind: "Middleware",
      metadata: { name, namespace: "wbot" },
    },
  });
  const replaced = (name: string) =>
    takenNames(
      resource("kubernetes_manifest.x", NEW_FIRST, manifest("v1alpha1", "retry"), manifest("v1", name)),
    );
  expect(replaced("retry")).toBe('name "retry"');
  expect(replaced("retries")).toBeUndefined();
});

it("leaves a config map alone, which is named by its content", () => {
  const named = (name: string) => ({ metadata: [{ name, namespace: "wbot" }] });
  const replaced = (name: string) =>
    takenNames(resource("kubernetes_config_map_v1.x", NEW_FIRST, named("wbot-ai-1"), named(name)));
  expect(replaced("wbot-ai-2")).toBeUndefined();
  expect(replaced("wbot-ai-1")).toBe('name "wbot-ai-1"');
});

it("refuses another key for a cluster, whose own is scheduled for deletion, and so gone for Terraform", () => {
  const key = (id: string) => `arn:aws:kms:us-east-1:111122223333:key/${id}`;
  const encrypted = (provider: object) => ({
    name: "wbot-dev",
    encryption_config: [{ provider: [provider] }],
  });
  const planned = (after: object, actions = ["update"]) =>
    changesOf(
      FOLDER,
      plan(resource("aws_eks_cluster.cluster", actions, encrypted({ key_arn: key("old") }), after)),
    )[0];
  // The plan knows nothing yet of a key that is created with it.
  for (const provider of [{}, { key_arn: key("new") }])
    expect(planned(encrypted(provider))).toMatchObject({
      risk: "high",
      why: `A deploy refuses this. EKS can't change a cluster's key: the cluster keeps ${key("old")}, and can't be repaired once that key is deleted. To cancel a scheduled deletion and restore the key to the state: docs/recovery.md, "The KMS key".`,
    });
  expect(planned({ ...encrypted({ key_arn: key("old") }), version: "1.36" })?.refused).toBeUndefined();
  // One without a key may be given one.
  const first = resource("aws_eks_cluster.cluster", ["update"], { encryption_config: [] }, encrypted({}));
  expect(changesOf(FOLDER, plan(first))[0]?.refused).toBeUndefined();
  // Another cluster may have another key.
  expect(planned(encrypted({ key_arn: key("new") }), ["delete", "create"])?.refused).toBeUndefined();
});
