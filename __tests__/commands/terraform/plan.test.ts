import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, plan } from "../../../commands/terraform/plan";
import { init } from "../../../commands/terraform/program";
import { outcome, shownPlan, summary } from "../../../commands/terraform/shown-plan";
import type { StackFolder } from "../../../commands/terraform/stack-folder";

/** A folder with a program that stands for Terraform: it answers by its first argument. */
let path: string;
let folder: StackFolder;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "wbot-terraform-"));
  const names: Record<string, string> = {
    "aws_lb.nlb_1": "load-balancer/nlb",
    "aws_vpc.vpc_1": "network/vpc",
  };
  folder = {
    stack: "infra",
    path,
    json: {},
    checksum: undefined,
    nameOf: (address) => names[address] ?? address,
  };
  process.env["TERRAFORM_BINARY_NAME"] = join(path, "terraform");
});
afterEach(() => {
  delete process.env["TERRAFORM_BINARY_NAME"];
  rmSync(path, { recursive: true });
});

function terraform(answers: Readonly<Record<string, string>>): void {
  const cases = Object.entries(answers).map(([word, script]) => `${word}) ${script} ;;`);
  writeFileSync(join(path, "terraform"), `#!/bin/sh\ncase "$1" in\n${cases.join("\n")}\nesac\n`);
  chmodSync(join(path, "terraform"), 0o755);
}
const print = (value: unknown) =>
  `cat <<'END'\n${typeof value === "string" ? value : JSON.stringify(value)}\nEND\n`;
const change = (
  address: string,
  actions: string[],
  before: object | null,
  after: object | null,
  more = {},
) => ({
  address,
  mode: "managed",
  type: address.split(".")[0],
  change: { actions, before, after, after_unknown: {}, ...more },
});

it("lists what a plan changes by construct, with the arguments that differ and never a value", async () => {
  terraform({
    plan: 'for arg; do case "$arg" in -out=*) touch "${arg#-out=}" ;; esac; done',
    show: print({
      resource_changes: [
        change("aws_vpc.vpc_1", ["no-op"], {}, {}),
        change(
          "aws_lb.nlb_1",
          ["update"],
          { name: "a", password: "value-a" },
          { name: "a", password: "value-b" },
        ),
        change(
          "aws_eks_cluster.c",
          ["delete", "create"],
          { name: "a" },
          { name: "a" },
          { after_unknown: { arn: true } },
        ),
        change("aws_eip.e", ["create"], null, { domain: "vpc" }),
        change("aws_kms_key.k", ["delete"], { id: "1" }, null),
        { ...change("data.aws_vpc.d", ["read"], null, {}), mode: "data" },
        { ...change("kubernetes_manifest.m", ["create"], null, { manifest: { kind: "Middleware" } }) },
      ],
    }),
  });
  const planned = await plan(folder);
  expect(planned.changes.map(({ name, type, action, differing }) => [name, type, action, differing])).toEqual(
    [
      ["load-balancer/nlb", "aws_lb", "update", ["password"]],
      ["aws_eks_cluster.c", "aws_eks_cluster", "replace", ["arn"]],
      ["aws_eip.e", "aws_eip", "create", []],
      ["aws_kms_key.k", "aws_kms_key", "delete", []],
      ["kubernetes_manifest.m", "Middleware", "create", []],
    ],
  );
  expect(summary(planned.changes)).toBe("2 to create, 1 to update, 1 to replace, 1 to delete");
  expect(outcome(planned.changes)).toBe("2 created, 1 updated, 1 replaced, 1 deleted");
  expect(shownPlan(planned.changes)).toEqual([
    "  - aws_kms_key.k  aws_kms_key",
    "  ± aws_eks_cluster.c  aws_eks_cluster: arn",
    "  ~ load-balancer/nlb  aws_lb: password",
    "  + aws_eip.e              aws_eip",
    "  + kubernetes_manifest.m  Middleware",
  ]);
  expect(JSON.stringify(planned.changes)).not.toContain("value-");
  expect(existsSync(planned.file)).toBe(true);
  planned.discard();
  expect(existsSync(planned.file)).toBe(false);
});

it("tells a failed plan's errors once, each with its construct", async () => {
  const error = {
    type: "diagnostic",
    diagnostic: {
      severity: "error",
      summary: "Invalid subnet",
      detail: "It is full.",
      address: "aws_lb.nlb_1",
    },
  };
  terraform({ plan: `${print(JSON.stringify(error) + "\n" + JSON.stringify(error))}exit 1` });
  await expect(plan(folder)).rejects.toThrow(
    new Error("Planning infra failed:\n\n  load-balancer/nlb (aws_lb): Invalid subnet\n    It is full."),
  );
});

it("tells a condition of ours that failed in its own words alone, and where a data source could not be read", async () => {
  const error = (summary: string, address: string, detail: string) =>
    JSON.stringify({ type: "diagnostic", diagnostic: { severity: "error", summary, detail, address } });
  const lines = [
    error(
      "Resource precondition failed",
      "aws_lb.nlb_1",
      "The secret is not there. Run:\n\n  npm run secrets\n",
    ),
    error("Resource postcondition failed", "data.aws_caller_identity.c", "Nobody knows you."),
    error("reading ECR Images: no v1", "data.aws_ecr_image.i", ""),
  ];
  terraform({ plan: `${print(lines.join("\n"))}exit 1` });
  await expect(plan(folder)).rejects.toThrow(
    new Error(
      "Planning infra failed:\n\n  The secret is not there. Run:\n\n    npm run secrets\n\n" +
        "  Nobody knows you.\n\n" +
        "  data.aws_ecr_image.i (aws_ecr_image): reading ECR Images: no v1",
    ),
  );
});

it("says how far an apply has come and what it waits for longest", async () => {
  const hook = (type: string, addr: string) => JSON.stringify({ type, hook: { resource: { addr } } });
  terraform({
    apply: print(
      [
        hook("apply_start", "data.aws_vpc.d"),
        hook("apply_start", "aws_lb.nlb_1"),
        "a wrapper's own line",
        hook("apply_start", "aws_vpc.vpc_1"),
        hook("apply_complete", "aws_vpc.vpc_1"),
        hook("apply_complete", "aws_lb.nlb_1"),
      ].join("\n"),
    ),
  });
  const said: string[] = [];
  const create = (address: string) => ({
    address,
    type: "",
    name: "",
    action: "create" as const,
    differing: [],
  });
  const changes = [create("aws_lb.nlb_1"), create("aws_vpc.vpc_1")];
  await apply({ folder, changes, json: {}, file: "x", discard: () => undefined }, (line) => said.push(line));
  expect(said).toEqual([
    "0 of 2: load-balancer/nlb",
    "0 of 2: load-balancer/nlb",
    "1 of 2: load-balancer/nlb",
    "2 of 2",
  ]);
});

it("tells what keeps Terraform from getting ready", async () => {
  terraform({ init: "echo 'Error: no such registry' >&2; exit 1" });
  await expect(init(folder)).rejects.toThrow(
    new Error("Terraform could not be readied for infra:\n\n  Error: no such registry"),
  );
});

it("does not go on with providers that no checksum of the lock file is for", async () => {
  terraform({ init: "echo 'Warning: Provider lock file not updated'" });
  await expect(init(folder)).rejects.toThrow(
    /^Terraform could not be readied for infra:\n\n {2}Warning: Provider lock file not updated\n\nlocks\/infra\.terraform\.lock\.hcl has no checksums/,
  );
});

it("says how to be rid of an object that a killed run made and the state doesn't know", async () => {
  terraform({
    plan: `${print({
      type: "diagnostic",
      diagnostic: {
        severity: "error",
        summary: 'Failed to create deployment: deployments.apps "wbot-ai" already exists',
      },
    })} exit 1`,
  });
  await expect(plan(folder)).rejects.toThrow(
    "Planning infra failed:\n\n" +
      '  Failed to create deployment: deployments.apps "wbot-ai" already exists\n' +
      "  An earlier run made it and was killed before the state knew of it. Delete it, and run this again: kubectl delete deployments.apps wbot-ai -n wbot",
  );
});
