import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Somebody in a hurry does what an error or a page tells them. So whatever can lose something is told in the few places
 * below only, each with why nothing that is in use goes with it. What is new here needs a place, and a reason.
 */

const PROJECT = join(__dirname, "..", "..");

const DESTROYS =
  /commandLine\("destroy"|\b(?:aws [\w-]+ (?:batch-delete|delete|terminate|deregister|remove|disable|schedule|release|detach|revoke|update-secret-version-stage)[\w-]*|kubectl (?:delete|drain|replace|scale)|terraform(?:Line\([\w.]+, "| (?:-chdir=\S+ )?)(?:destroy|force-unlock|taint|untaint|workspace|import|apply|state(?: |", ")(?:rm|push|mv|replace-provider))|helm (?:uninstall|delete|rollback)|npx wbot (?:destroy|state (?:restore|unlock))|(?<!-)rm (?:-\w+ )*[\w$<./*])|--allow-delete\b|docker [\w-]+ prune|git (?:reset|clean|push --force)/g;

/** By file. A document's are steps that somebody reads in their order. */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "README.md": {
    "npx wbot destroy": "what to run to destroy it, which asks for the name",
    "npx wbot state unlock": "after a killed run; it asks",
    "rm a": "the local copy, once Secrets Manager has the keys",
  },
  "commands/bootstrap/bootstrap.ts": {
    "--allow-delete":
      "after what would go, by name, and the likelier cause: settings that this machine lacks",
    'terraformLine(folder.path, "state", "rm':
      "writes the state alone, once another stack has the roles; if none has, its import says so",
  },
  "commands/bootstrap/command.ts": { "--allow-delete": "the option itself: the plan is shown, and it asks" },
  "commands/check-image/check-image.ts": {
    "rm $": "an image on this machine, only if its repository has it as well: it is pulled again at once",
  },
  "commands/destroy/command.ts": { "npx wbot destroy": "the command's own examples; it asks for the name" },
  "commands/destroy/destroy.ts": {
    'commandLine("destroy"': "to finish the destroy that was asked for",
    "npx wbot destroy": "the answer to that command; it asks for the name",
  },
  "commands/destroy/impact.ts": {
    "--allow-delete": "CI's roles of an environment that is destroyed; the plan is shown, and it asks",
    "aws secretsmanager delete-secret": "says that it may be the only copy, and leaves 30 days to restore it",
  },
  "commands/destroy/left.ts": {
    "aws ec2 delete-network-interface": "AWS refuses one that is in use, and it holds nothing",
    "aws ec2 delete-security-group": "AWS refuses one that is in use, and it holds nothing",
    "aws logs delete-log-group": "once nobody needs its logs, as it says",
    "aws secretsmanager delete-secret": "of a Redis that is gone, and scheduled for deletion already",
  },
  "commands/destroy/refusals.ts": {
    'terraformLine(infra.path, "import':
      "writes the state alone; the destroy then shows what goes, and asks for the name",
  },
  "commands/images/in-use.ts": {
    "aws ecr batch-delete-image":
      "the tag of an environment that no longer exists, in a repository that is to be deleted anyway",
  },
  "commands/plan/refused-change.ts": {
    'terraformLine(path, "untaint': "keeps what is there, and writes the state alone",
  },
  "commands/preflight/checks/domain.ts": {
    'terraformLine(folder, "import':
      "writes the state alone; that the next deploy changes the record is said first",
  },
  "commands/recover/recover.ts": {
    'commandLine("destroy"': "a twin, and only if no name points to it, as it says",
  },
  "commands/rehearse/paper/typical-times.ts": { "terraform apply": "no advice: what the times are of" },
  "commands/state/command.ts": {
    "npx wbot state restore": "the command's own example; it shows what changes, and asks",
    "npx wbot state unlock": "the command's own example; it asks whether the run has ended",
  },
  "commands/state/move.ts": { "rm $": "by name, each compared with what the bucket has" },
  "commands/terraform/errors.ts": {
    "npx wbot state unlock": "if the run was killed; it asks",
    'terraformLine(path, "force-unlock': "the same for the bootstrap stack",
  },
  "commands/terraform/events.ts": {
    "npx wbot destroy": "takes objects out of the state only after EKS knows no such cluster, and asks",
    'terraformLine(folder.path, "untaint': "keeps what is there, and writes the state alone",
    'terraformLine(path, "import': "if it is this environment's; it changes the state alone",
    "terraform state push": "no advice: Terraform's own, which is replaced",
  },
  "docs/add-a-service.md": {
    "terraform import": "no advice: part of docs/recovery.md, where it writes the state alone",
    "terraform state rm":
      "of the repository of a service that is removed: so that the deploy doesn't delete it",
  },
  "docs/ci-roles.md": {
    "--allow-delete": "the roles of an environment that gives CI up",
    "terraform destroy": "no advice: it is refused",
  },
  "docs/cost.md": { "npx wbot destroy": "dev, with what goes and what stays" },
  "docs/data.md": {
    "aws elasticache delete-snapshot":
      "by name: one that holds an erased user's data, or that of an environment that is gone",
    "aws secretsmanager delete-secret":
      "after a destroy, once nobody needs it, and leaves 30 days to restore it",
    "npx wbot destroy": "what it lists and what stays; it asks for the name",
  },
  "docs/delivery.md": { "npx wbot state unlock": "after a killed job; it asks" },
  "docs/network-policies.md": {
    "kubectl delete":
      "network policies that cut streams; what stays open until the next deploy is said there",
  },
  "docs/observability.md": {
    "terraform -chdir=cdktf.out/prod/stacks/infra import": "writes the state alone",
  },
  "docs/quickstart.md": {
    "aws secretsmanager delete-secret": "a sample of what a destroy prints",
    "npx wbot destroy": "a sample run of dev",
  },
  "docs/recovery.md": {
    "aws eks delete-access-entry": "one that no longer grants anything; the next lines create it again",
    "aws elasticache delete-snapshot":
      "the two made for a restore, once nobody wants to go back: the running Redis needs neither",
    "aws s3api delete-object":
      "the old bucket's states, once a diff from their copies is empty; they stay as earlier versions",
    "npx wbot destroy":
      "a drill's twin that failed; and prod, once a twin has replaced it and owns what it uses",
    "terraform -chdir=cdktf.out/prod/stacks/infra import": "writes the state alone",
    "terraform -chdir=cdktf.out/prod/stacks/infra state push":
      "writes the state alone, once its list is what exists; the one before stays in the bucket",
    "terraform -chdir=cdktf.out/prod/stacks/infra state rm":
      "of what a twin uses, so that destroying prod doesn't delete it; and of a second key, so that the first is known again",
    "terraform import": "writes the state alone",
    "npx wbot state restore": "changes no resource, shows what changes, and asks",
  },
  "docs/runbooks/certificate.md": {
    "kubectl delete": "one request that hangs: the certificate in use stays",
  },
  "docs/runbooks/metrics-missing.md": {
    "kubectl delete": "Alertmanager's pods, which come back with its role; a silence is lost",
  },
  "docs/runbooks/destroy-stuck.md": {
    "aws ec2 delete-security-group": "AWS refuses one that is in use, and it holds nothing",
    "aws ec2 delete-vpc-endpoints":
      "GuardDuty's, in a VPC whose nodes are gone and which the same destroy deletes",
    "npx wbot destroy": "to finish the destroy that was asked for",
    "terraform import": "writes the state alone; the destroy then shows what goes, and asks for the name",
  },
  "docs/runbooks/rotate-everything.md": {
    "aws eks delete-access-entry":
      "of a role whose credentials leaked, once another administers the cluster; a deploy creates it again",
    "kubectl delete":
      "the ACME account's key, which is saved first: cert-manager creates another, and certificates stay",
  },
  "docs/runbooks/secret.md": {
    "aws secretsmanager delete-secret":
      "Redis's, which is deleted already, or which a deploy couldn't create: the next one writes it again from the state",
    "aws secretsmanager update-secret-version-stage": "moves a label: both versions stay",
  },
  "docs/runbooks/state-locked.md": {
    "npx wbot state unlock": "once it surely no longer runs; it asks",
    "terraform -chdir=cdktf.out/prod/stacks/infra import": "writes the state alone",
    "terraform -chdir=cdktf.out/prod/stacks/infra untaint": "keeps what is there, and writes the state alone",
  },
  "docs/runbooks/upgrade.md": {
    "kubectl delete": "the ACME account's former key, once the issuer is ready with the new one",
    "terraform -chdir=cdktf.out/dev/stacks/infra import": "writes the state alone",
  },
  "docs/runbooks/volumes-left.md": {
    "aws ec2 delete-network-interface": "AWS refuses one that is in use, and it holds nothing",
    "aws ec2 delete-security-group": "AWS refuses one that is in use, and it holds nothing",
    "aws ec2 delete-volume": "of a cluster that is gone, once its snapshot is complete",
    "aws logs delete-log-group": "once what is needed of it is exported",
    "aws secretsmanager delete-secret": "of a Redis that is gone, and scheduled for deletion already",
    "npx wbot destroy": "no advice: who lists the volumes",
  },
  "docs/runbooks/zone-lost.md": {
    "kubectl drain": "within the budgets; what a pod keeps on its node is named",
  },
  "docs/traffic.md": { "kubectl drain": "gives streams their time, within the budgets" },
  "stacks/ambient.ts": { 'terraformLine(folder, "workspace': "selects one, and changes nothing" },
};

const files = execFileSync("git", ["ls-files"], { cwd: PROJECT, encoding: "utf8" }).split("\n");
const advice = (file: string) => [
  ...new Set([...readFileSync(join(PROJECT, file), "utf8").matchAll(DESTROYS)].map(([command]) => command)),
];

it("is told only where nothing in use goes with it", () => {
  const read = files.filter((file) =>
    /^(commands|constructs|environments|stacks|tools)\/.*\.(ts|mjs)$|^\.github\/.*\.(sh|yml)$|^(docs\/(?!decisions\/).*|README)\.md$/.test(
      file,
    ),
  );
  expect(read.length).toBeGreaterThan(300);
  const found = read
    .map((file) => [file, advice(file).sort()] as const)
    .filter(([, each]) => each.length > 0);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(REASONS).map(([file, reasons]) => [file, Object.keys(reasons).sort()])),
  );
});
