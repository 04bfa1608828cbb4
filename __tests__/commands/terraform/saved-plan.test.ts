import { execSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataResource } from "cdktf";
import { applySaved, savePlan } from "../../../commands/terraform/saved-plan";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { init, terraform as runTerraform } from "../../../commands/terraform/program";
import { pulled } from "../../../commands/terraform/state";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { Deployed, type Build } from "../../deployed";
import { describeWith, TERRAFORM } from "../../programs";

/** A folder with a stand-in for Terraform that answers by its first argument. */
let path: string;
let folder: StackFolder;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "wbot terraform-"));
  const names: Record<string, string> = {
    "aws_lb.nlb_1": "load-balancer/nlb",
    "data.aws_ecr_image.i_1": "images-to-push/wbot-ai:v1",
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
});

function terraform(answers: Readonly<Record<string, string>>): void {
  const cases = Object.entries(answers).map(([word, script]) => `${word}) ${script} ;;`);
  writeFileSync(join(path, "terraform"), `#!/bin/sh\ncase "$1" in\n${cases.join("\n")}\nesac\n`);
  chmodSync(join(path, "terraform"), 0o755);
}
const print = (value: unknown) =>
  `cat <<'END'\n${typeof value === "string" ? value : JSON.stringify(value)}\nEND\n`;

describe("a saved plan, which contains secrets", () => {
  const save = 'for arg; do case "$arg" in -out=*) touch "${arg#-out=}" ;; esac; done';

  it.each([
    ["applied", ""],
    ["partly applied", "exit 1"],
  ])("is gone once it is %s", async (_, apply) => {
    terraform({ plan: save, show: print({ applyable: true }), apply: `test -e "$5" || exit 2; ${apply}` });
    const saved = await savePlan(folder);
    expect(saved.json).toEqual({ applyable: true });
    expect(existsSync(saved.file)).toBe(true);
    const work = applySaved(saved, () => undefined);
    await (apply === "" ? work : expect(work).rejects.toThrow("Applying infra failed"));
    expect(existsSync(saved.file)).toBe(false);
  });

  it("is gone once the program ends, whether it was applied, only shown, or failed", async () => {
    listenForInterrupts();
    terraform({ plan: save, show: print({}) });
    const { file: shown } = await savePlan(folder);
    // Its file is named by what the failed plan leaves.
    terraform({ plan: `${save}; echo "$@" > args; exit 1` });
    await expect(savePlan(folder)).rejects.toThrow("Planning infra failed");
    const [, failed = ""] = /-out=(\S+)/.exec(readFileSync(join(path, "args"), "utf8")) ?? [];
    expect([shown, failed].map((file) => existsSync(file))).toEqual([true, true]);
    process.emit("exit", 0);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
    expect([shown, failed].map((file) => existsSync(file))).toEqual([false, false]);
  });
});

it("reports a failed plan's errors once, each with its construct", async () => {
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
  await expect(savePlan(folder)).rejects.toThrow(
    new Error("Planning infra failed:\n\n  load-balancer/nlb (aws_lb): Invalid subnet\n    It is full."),
  );
});

it("reports only the message of a failed condition of ours, and names a data source that can't be read", async () => {
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
  await expect(savePlan(folder)).rejects.toThrow(
    new Error(
      "Planning infra failed:\n\n  The secret is not there. Run:\n\n    npm run secrets\n\n" +
        "  Nobody knows you.\n\n" +
        "  data.aws_ecr_image.i (aws_ecr_image): reading ECR Images: no v1",
    ),
  );
});

it("names a program that runs in Terraform's place and isn't Terraform, but not what it prints", async () => {
  const program = join(path, "terraform");
  const says = (what: string, command: string) =>
    new Error(
      `The ${what} of infra can't be read: "${program}" printed no JSON for ${command}. Check that it is Terraform, or what TERRAFORM_BINARY_NAME names`,
    );
  terraform({ show: "echo secret", state: "echo secret" });
  await expect(savePlan(folder)).rejects.toThrow(says("plan", "show -json"));
  await expect(pulled(folder, "nothing was changed")).rejects.toThrow(says("state", "state pull"));
});

it("says why terraform init failed, or that Terraform is missing", async () => {
  terraform({ init: "echo 'Error: no such registry' >&2; exit 1" });
  await expect(init(folder)).rejects.toThrow(
    new Error("terraform init failed for infra:\n\n  Error: no such registry"),
  );
});

it("stops if the lock file has no checksums for this platform's providers", async () => {
  terraform({ init: "echo 'Warning: Provider lock file not updated'" });
  await expect(init(folder)).rejects.toThrow(
    /^terraform init failed for infra:\n\n {2}Warning: Provider lock file not updated\n\nlocks\/infra\.terraform\.lock\.hcl has no checksums/,
  );
});

describe("an object that a killed run created and the state lacks", () => {
  const existing = (summary: string, address: string) => {
    const diagnostic = { severity: "error", summary, address };
    terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  };

  it("is adopted by the next run, and never to be deleted", async () => {
    existing('deployments.apps "wbot-ai" already exists', "kubernetes_deployment_v1.ai");
    await expect(savePlan(folder)).rejects.toThrow(
      'deployments.apps "wbot-ai" already exists\n' +
        "  If a killed run created it, run the command again: it imports what belongs to this project.",
    );
  });

  it("is to be imported by hand if it is AWS's", async () => {
    existing("creating ELBv2 Load Balancer (wbot-dev): already exists", "aws_lb.nlb_1");
    await expect(savePlan(folder)).rejects.toThrow(
      `import it and run the command again: '${path}/terraform' -chdir='${path}' import aws_lb.nlb_1 <its ID>`,
    );
  });

  it.each([
    [
      "IAM Role (wbot-prod-ci-plan): Role with name wbot-prod-ci-plan already exists",
      "aws_iam_role.r",
      "wbot-prod-ci-plan",
    ],
    [
      "IAM Policy (wbot-prod-ci-read): A policy called wbot-prod-ci-read already exists",
      "aws_iam_policy.p",
      "<its ARN>",
    ],
    [
      "EKS Access Entry (wbot-dev:arn:aws:iam::111122223333:role/me): operation error EKS: CreateAccessEntry, ResourceInUseException: The specified access entry resource is already in use on this cluster.",
      "aws_eks_access_entry.x",
      "'wbot-dev:arn:aws:iam::111122223333:role/me'",
    ],
    [
      "Lambda Function (wbot-dev-x): Function already exist: wbot-dev-x",
      "aws_lambda_function.x",
      "wbot-dev-x",
    ],
  ])("is to be imported by the ID that AWS gives it: %s", async (what, address, id) => {
    existing(`creating ${what}`, address);
    await expect(savePlan(folder)).rejects.toThrow(` import ${address} ${id}`);
  });

  it("is to be imported first if it is the cluster, which all others wait for", async () => {
    existing("creating EKS Cluster (wbot-dev): Cluster already exists", "aws_eks_cluster.x");
    await expect(savePlan(folder)).rejects.toThrow(
      /\(before anything else that is named here\).* import aws_eks_cluster\.x wbot-dev$/,
    );
  });
});

describeWith([TERRAFORM], "what is protected, with Terraform itself", () => {
  it("is kept by the command that is shown, if a deploy was interrupted while it was created", async () => {
    delete process.env["TERRAFORM_BINARY_NAME"];
    const build: Build = (stack) =>
      new DataResource(stack, "cluster", { lifecycle: { preventDestroy: true } });
    const stack = new Deployed();
    try {
      await stack.init(build);
      await stack.deploy(build);
      const made = stack.synthesized(build);
      await runTerraform(made, ["taint", "terraform_data.cluster"]);
      const untaint = `terraform -chdir=${made.path} untaint terraform_data.cluster`;
      await expect(stack.planned(build)).rejects.toThrow(
        new Error(
          "Planning infra failed:\n\n" +
            "  terraform_data.cluster (terraform_data): it is protected, and the plan would delete or replace it. " +
            "If an interrupted or failed deploy left it incomplete (tainted), and AWS has finished it since, " +
            `keep it and run the same command again: ${untaint}\n` +
            "  Otherwise undo the change that deletes or replaces it.",
        ),
      );
      execSync(untaint, { stdio: "ignore" });
      expect((await stack.planned(build)).changes).toEqual([]);
    } finally {
      stack.remove();
    }
  });
});

it("says how to wait for the update that an interrupted run has left to EKS", async () => {
  const diagnostic = {
    severity: "error",
    summary: "updating EKS Cluster (wbot-dev) version",
    detail:
      "operation error EKS: UpdateClusterVersion, https response error StatusCode: 409, ResourceInUseException: Cannot VersionUpdate because cluster wbot-dev currently has update 0a in progress",
    address: "aws_eks_cluster.x",
  };
  terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(
    /EKS is still at an earlier update, as after an interrupted deploy\. npx wbot preflight --only kubernetes, with this command's --env, prints the one that waits for it; then run this one again\.$/,
  );
});

it("says how to keep or undo what somebody set by hand, not to overwrite it", async () => {
  const diagnostic = {
    severity: "error",
    summary: 'There was a field manager conflict when trying to apply the manifest for "wbot/app-secret"',
    detail:
      'The API returned the following conflict: "Apply failed with 1 conflict: conflict with \\"kubectl-edit\\" using external-secrets.io/v1: .spec.refreshInterval"\n\nYou can override this conflict by setting "force_conflicts" to true in the "field_manager" block.',
    address: "kubernetes_manifest.x",
  };
  terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(
    /\.spec\.refreshInterval"\n {2}Somebody set this outside of Terraform, such as by kubectl edit\. To keep it, put it into the code\. To go back, set it with kubectl edit to what the plan shows; then run this again\.$/,
  );
});

it.each([
  "Unauthorized",
  'namespaces "wbot" is forbidden: User "arn:aws:sts::1:assumed-role/new/me" cannot get resource "namespaces"',
])("says what may have locked a role out of the cluster: %s", async (summary) => {
  const diagnostic = { severity: "error", summary, address: "kubernetes_namespace_v1.x" };
  terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(/docs\/recovery\.md, "Locked out of the cluster"\.$/);
});

it("says nothing of that where a chart's registry refuses", async () => {
  const summary = "could not download chart: GET https://charts.test/token: 401 Unauthorized";
  const diagnostic = { severity: "error", summary, address: "helm_release.x" };
  terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  await expect(savePlan(folder)).rejects.not.toThrow(/Locked out/);
});

it("says which image is missing, which Terraform calls a key, and that the state was not written", async () => {
  const diagnostics = [
    {
      summary: "Your query returned no results.",
      address: 'data.aws_ecr_image.i_1["dev/wbot-ai:v1 must have been pushed"]',
    },
    { summary: "Failed to save state", detail: "Error saving state: 403" },
    { summary: "Failed to persist state to backend", detail: "terraform state push errored.tfstate" },
  ].map((each) => JSON.stringify({ type: "diagnostic", diagnostic: { severity: "error", ...each } }));
  terraform({ plan: `${print(diagnostics.join("\n"))}exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(
    new Error(
      `Planning infra failed:\n\n  images-to-push/wbot-ai:v1 (aws_ecr_image): dev/wbot-ai:v1 must have been pushed: Your query returned no results.\n\n  The state of infra could not be written: it is only in ${folder.path}/errored.tfstate, secrets included. The next command that deploys or destroys it writes it first.`,
    ),
  );
});

it("says that it was killed, which Terraform can't, and what to do", async () => {
  terraform({ plan: "kill -KILL $$" });
  await expect(savePlan(folder)).rejects.toThrow(
    new Error(
      "Planning infra failed:\n\n  Terraform was killed (SIGKILL), which happens when memory runs out. Run the same command again: it continues from what was done, or says what this run left behind that blocks it, such as the state lock.",
    ),
  );
});

it.each([
  ['echo Error: no terraform version set; echo \'{"type":"diag\'; exit 1', "Error: no terraform version set"],
  ["exit 4", "exited with code 4"],
])("says what a program around Terraform says, or how it ended: %s", async (plan, said) => {
  terraform({ plan });
  await expect(savePlan(folder)).rejects.toThrow(new Error(`Planning infra failed:\n\n  ${said}`));
});

it("takes the exit code that stands for a killed program as one", async () => {
  terraform({ plan: "echo Killed; exit 137" });
  await expect(savePlan(folder)).rejects.toThrow(
    /^Planning infra failed:\n\n {2}Killed\n\n {2}Terraform was killed \(SIGKILL\), which /,
  );
});

it("shows nothing of an error that a terminal or GitHub's runner would obey", async () => {
  const detail = "::error::x\n##[add-mask]e";
  const diagnostic = { severity: "error", summary: "10 %\r100 %\u202e", detail };
  terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(
    new Error(
      "Planning infra failed:\n\n  10 %\\u000d100 %\\u202e\n    \\u003a:error::x\n    ##\\u005badd-mask]e",
    ),
  );
  terraform({ plan: "printf '::error::x\\n' >&2; exit 1" });
  await expect(savePlan(folder)).rejects.toThrow(new Error("Planning infra failed:\n\n  \\u003a:error::x"));
});

describe("a locked state", () => {
  const detail = `ConditionalCheckFailedException\nLock Info:\n  ID:        6a1b-22\n  Path:      wbot/dev/infra.tfstate\n  Operation: OperationTypeApply\n  Who:       ann@desk\n  Version:   1.11.4\n  Created:   2026-01-01 10:00:00.123456789 +0000 UTC\n  Info:      \n\n\nTerraform acquires a state lock … use the "-lock=false"\nflag, but this is not recommended.`;
  const diagnostic = { severity: "error", summary: "Error acquiring the state lock", detail };
  beforeEach(() => {
    terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  });

  it("is reported with who holds it, and the whole command that releases it", async () => {
    await expect(savePlan(folder)).rejects.toThrow(
      new Error(
        "Planning infra failed:\n\n" +
          "  The state of infra has been locked by ann@desk since 2026-01-01 10:00:00 +0000 UTC (apply).\n" +
          "  If that run is still going, wait for it. If it was killed, release its lock: npx wbot state unlock infra 6a1b-22 --env dev",
      ),
    );
  });

  const failsWith = (summary: string, paragraphs: readonly string[]) => {
    const failed = { severity: "error", summary, detail: paragraphs.join("\n\n") };
    terraform({ plan: `${print({ type: "diagnostic", diagnostic: failed })} exit 1` });
  };

  it("is not to be left unlocked where it can't be locked", async () => {
    failsWith("Error acquiring the state lock", [
      "Error message: operation error S3: PutObject, api error AccessDenied: Access Denied",
      'Terraform acquires a state lock to protect the state from being written\nby multiple users at the same time. Please resolve the issue above and try\nagain. For most commands, you can disable locking with the "-lock=false"\nflag, but this is not recommended.',
    ]);
    await expect(savePlan(folder)).rejects.toThrow(
      new Error(
        "Planning infra failed:\n\n  The state of infra can't be locked:\n    Error message: operation error S3: PutObject, api error AccessDenied: Access Denied",
      ),
    );
  });

  it("that couldn't be released is released by what the next command names, not by force", async () => {
    failsWith("Error releasing the state lock", [
      "Error message: operation error S3: DeleteObject, api error ExpiredToken",
      "Terraform acquires a lock when accessing your state to prevent others\nrunning Terraform to potentially modify the state at the same time.",
      'In this scenario, please call the "force-unlock" command to unlock the\nstate manually.',
    ]);
    await expect(savePlan(folder)).rejects.toThrow(
      new Error(
        "Planning infra failed:\n\n  The lock of the state of infra may still be there:\n    Error message: operation error S3: DeleteObject, api error ExpiredToken\n  If it is, the next command names the one that releases it.",
      ),
    );
  });

  it("of the bootstrap stack is released by Terraform itself", async () => {
    await expect(savePlan({ ...folder, stack: "bootstrap" })).rejects.toThrow(
      `release its lock: '${path}/terraform' -chdir='${path}' force-unlock 6a1b-22`,
    );
  });
});

it.each([
  ["Resource instance managed by newer provider version", /only go forward: keep the newer version\./],
  [
    'Get "http://localhost/api/v1/namespaces/traefik": connection refused',
    /isn.t in this state\. If .* offer to remove what was in it from the state\./,
  ],
  [
    "When applying changes to helm_release.x, the provider produced an unexpected new value: .metadata.revision: was 2",
    /had left unfinished\. Run the same command again to finish the deploy\./,
  ],
  [
    'Internal error occurred: failed calling webhook "vtargetgroupbinding.elbv2.k8s.aws": connection refused',
    /may only have started: run the same command again\./,
  ],
  // Seen with a change of `tags` that also turned Loki off.
  [
    'Cycle: aws_kms_key.key, provider["hashicorp/helm"], helm_release.loki (destroy)',
    "by itself, and then the rest",
  ],
  ...["updating ElastiCache User (wbot-dev): x", "waiting for ElastiCache User (wbot-dev) update: x"].map(
    (summary): [string, RegExp] => [
      summary,
      /down if it is odd, up if it is even, and deploy infra: that sends both passwords/,
    ],
  ),
])("explains %j", async (summary, hint) => {
  const diagnostic = { severity: "error", summary };
  terraform({ plan: `${print({ type: "diagnostic", diagnostic })} exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(hint);
});

it.each([
  "waiting for ElastiCache User (wbot-dev) create: x",
  "updating ElastiCache User Group (wbot-dev): x",
])("takes %j for no password that was not sent", async (summary) => {
  terraform({ plan: `${print({ type: "diagnostic", diagnostic: { severity: "error", summary } })} exit 1` });
  await expect(savePlan(folder)).rejects.toThrow(/^(?![^]*passwordRotation)/);
});
