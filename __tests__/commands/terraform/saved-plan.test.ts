import { execSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenForInterrupts } from "../../../commands/cli/interrupt";
import { refuseFailed } from "../../../commands/terraform/events";
import { init } from "../../../commands/terraform/program";
import { applySaved, savePlan } from "../../../commands/terraform/saved-plan";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { pulled } from "../../../commands/terraform/state";
import { describeWith, TERRAFORM } from "../../programs";
import { print, refusing, standIn, type Answer, type StandIn } from "./stand-in";
import { stackFolder } from "../../stack-folder";

const NAMES: Readonly<Record<string, string>> = {
  "aws_lb.nlb_1": "load-balancer/nlb",
  "data.aws_ecr_image.i_1": "images-to-push/wbot-ai:v1",
};
const folderAt = (path: string): StackFolder => ({
  ...stackFolder("infra", path),
  nameOf: (address) => NAMES[address] ?? address,
});

let terraform: StandIn;
let folder: StackFolder;
beforeEach(() => {
  terraform = standIn();
  folder = folderAt(terraform.folder);
});
afterEach(() => {
  terraform.remove();
});

interface Diagnostic {
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
}

/** A plan with these errors. */
function errors(...all: readonly Diagnostic[]): Answer {
  const events = all.map((each) => ({ type: "diagnostic", diagnostic: { severity: "error", ...each } }));
  return { ...print(events.map((each) => JSON.stringify(each)).join("\n")), code: 1 };
}

/** What a command says, below its first line, whose plan fails like this. */
async function said(plan: Answer, of = folder): Promise<string> {
  terraform.answer({ plan });
  const { message } = await savePlan(of).then(
    () => new Error("planned"),
    (error: unknown) => error as Error,
  );
  expect(message).toMatch(/^Planning \w+ failed:\n\n/);
  return message.replace(/^.*\n\n/, "");
}

describe("a saved plan, which contains secrets", () => {
  it.each([
    ["applied", 0],
    ["partly applied", 1],
  ])("is gone once it is %s", async (_, code) => {
    terraform.answer({
      show: print({ applyable: true }),
      apply: ({ args }) => ({ code: existsSync(args.at(-1) ?? "") ? code : 2 }),
    });
    const saved = await savePlan(folder);
    expect(saved.json).toEqual({ applyable: true });
    expect(existsSync(saved.file)).toBe(true);
    const work = applySaved(saved, () => undefined);
    await (code === 0 ? work : expect(work).rejects.toThrow("exited with code 1"));
    expect(existsSync(saved.file)).toBe(false);
  });

  it("is gone once the program ends, whether it was applied, only shown, or failed", async () => {
    listenForInterrupts();
    terraform.answer({ show: print({}) });
    const { file: shown } = await savePlan(folder);
    await said({ code: 1 });
    const [, failed = ""] = /-out=(\S+)/.exec(terraform.lines().at(-1) ?? "") ?? [];
    expect([shown, failed].map((file) => existsSync(file))).toEqual([true, true]);
    process.emit("exit", 0);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "exit"]) process.removeAllListeners(signal);
    expect([shown, failed].map((file) => existsSync(file))).toEqual([false, false]);
  });

  it("is the one that is applied, whatever another run in this checkout has planned since", async () => {
    terraform.answer({ show: print({}) });
    const [first, second] = [await savePlan(folder), await savePlan(folder)];
    expect(first.file).not.toBe(second.file);
    await applySaved(first, () => undefined);
    expect(terraform.lines().at(-1)).toMatch(new RegExp(`^apply .* ${first.file}$`));
  });
});

it("reports a failed plan's errors once, each with its construct", async () => {
  const error = { summary: "Invalid subnet", detail: "It is full.", address: "aws_lb.nlb_1" };
  expect(await said(errors(error, error))).toBe(
    "  load-balancer/nlb (aws_lb): Invalid subnet\n    It is full.",
  );
});

it("reports only the message of a failed condition of ours, and names a data source that can't be read", async () => {
  const all = [
    {
      summary: "Resource precondition failed",
      address: "aws_lb.nlb_1",
      detail: "The secret is not there. Run:\n\n  npm run secrets\n",
    },
    {
      summary: "Resource postcondition failed",
      address: "data.aws_caller_identity.c",
      detail: "Nobody knows you.",
    },
    { summary: "reading ECR Images: no v1", address: "data.aws_ecr_image.i" },
  ];
  expect(await said(errors(...all))).toBe(
    "  The secret is not there. Run:\n\n    npm run secrets\n\n" +
      "  Nobody knows you.\n\n" +
      "  data.aws_ecr_image.i (aws_ecr_image): reading ECR Images: no v1",
  );
});

it("names a program that runs in Terraform's place and isn't Terraform, but not what it prints", async () => {
  const says = (what: string, command: string) =>
    new Error(
      `The ${what} of infra can't be read: "${terraform.folder}/terraform" printed no JSON for ${command}. Check that it is Terraform or OpenTofu, and what TERRAFORM_BINARY_NAME is set to`,
    );
  terraform.answer({ show: print("secret"), state: print("secret") });
  await expect(savePlan(folder)).rejects.toThrow(says("plan", "show -json"));
  await expect(pulled(folder, "nothing was changed")).rejects.toThrow(says("state", "state pull"));
});

it("says why terraform init failed", async () => {
  terraform.answer({ init: refusing("Error: no such registry") });
  await expect(init(folder)).rejects.toThrow(
    new Error("terraform init failed for infra:\n\n  Error: no such registry"),
  );
});

it("stops if the lock file has no checksums for this platform's providers", async () => {
  terraform.answer({ init: print("Warning: Provider lock file not updated") });
  await expect(init(folder)).rejects.toThrow(
    /^terraform init failed for infra:\n\n {2}Warning: Provider lock file not updated\n\nlocks\/infra\.terraform\.lock\.hcl has no checksums/,
  );
});

describe("an object that a killed run created and the state lacks", () => {
  it("is adopted by the next run, and never to be deleted", async () => {
    const summary = 'deployments.apps "wbot-ai" already exists';
    expect(await said(errors({ summary, address: "kubernetes_deployment_v1.ai" }))).toMatch(
      /already exists\n {2}If a killed run created it, run the command again: it imports what belongs to this project\.$/,
    );
  });

  it.each([
    "creating ELBv2 Load Balancer (wbot-dev): already exists",
    "creating EKS Access Entry (wbot-dev:x): ResourceInUseException: The specified access entry resource is already in use on this cluster.",
    "creating Lambda Function (wbot-dev-x): Function already exist: wbot-dev-x",
  ])("is to be imported by hand if it is AWS's: %s", async (summary) => {
    const path = terraform.folder;
    expect(await said(errors({ summary, address: "aws_lb.nlb_1" }))).toContain(
      `import it with the ID that the provider's documentation describes for aws_lb, and run the command again: ${path}/terraform -chdir=${path} import aws_lb.nlb_1 <its ID>`,
    );
  });

  it("is to be imported first if it is the cluster, which all others wait for", async () => {
    const summary = "creating EKS Cluster (wbot-dev): Cluster already exists";
    expect(await said(errors({ summary, address: "aws_eks_cluster.x" }))).toMatch(
      /\(before anything else that is named here\).* import aws_eks_cluster\.x <its ID>$/,
    );
  });
});

describeWith([TERRAFORM], "what is protected, with Terraform itself", () => {
  it("is kept by the command that is shown, if a deploy was interrupted while it was created", async () => {
    delete process.env["TERRAFORM_BINARY_NAME"];
    const path = mkdtempSync(join(tmpdir(), "wbot-protected-"));
    const cluster = { lifecycle: { prevent_destroy: true } };
    writeFileSync(join(path, "cdk.tf.json"), JSON.stringify({ resource: { terraform_data: { cluster } } }));
    const tainted = {
      mode: "managed",
      type: "terraform_data",
      name: "cluster",
      provider: 'provider["terraform.io/builtin/terraform"]',
      instances: [{ status: "tainted", schema_version: 0, attributes: { id: "x" } }],
    };
    const state = { version: 4, serial: 1, lineage: "x", outputs: {}, resources: [tainted] };
    writeFileSync(join(path, "terraform.tfstate"), JSON.stringify(state));
    const untaint = `terraform -chdir=${path} untaint terraform_data.cluster`;
    await expect(savePlan(folderAt(path))).rejects.toThrow(
      new Error(
        "Planning infra failed:\n\n" +
          "  terraform_data.cluster (terraform_data): it is protected, and the plan would delete or replace it. " +
          "If an interrupted or failed deploy left it incomplete (tainted), and AWS has since finished it, " +
          `keep it and run the same command again: ${untaint}\n` +
          "  Otherwise undo the change that deletes or replaces it.",
      ),
    );
    execSync(untaint, { stdio: "ignore" });
    expect((await savePlan(folderAt(path))).json.applyable).toBe(false);
  });
});

it("says the same of what is protected in OpenTofu's words, which advise to switch that off", async () => {
  const summary = "Resource instance cannot be destroyed";
  const detail =
    "Resource instance aws_eks_cluster.cluster_x has prevent_destroy set, but the plan calls for it to be destroyed.\n\nTo proceed, either disable prevent_destroy for this resource or exclude instances of it.";
  const text = await said(errors({ summary, detail }));
  expect(text).toContain(" untaint aws_eks_cluster.cluster_x\n");
  expect(text).not.toContain("prevent_destroy");
});

it("says how to keep or undo what somebody set by hand, not to overwrite it", async () => {
  const error = {
    summary: 'There was a field manager conflict when trying to apply the manifest for "wbot/app-secret"',
    detail:
      'The API returned the following conflict: "Apply failed with 1 conflict: conflict with \\"kubectl-edit\\" using external-secrets.io/v1: .spec.refreshInterval"\n\nYou can override this conflict by setting "force_conflicts" to true in the "field_manager" block.',
    address: "kubernetes_manifest.x",
  };
  expect(await said(errors(error))).toMatch(
    /\.spec\.refreshInterval"\n {2}Somebody set this outside Terraform, for example with kubectl edit\. To keep it, put it in the code\. To undo it, use kubectl edit to set it to what the plan shows, then run this again\.$/,
  );
});

it("says which image is missing, which Terraform calls a key, and that the state was not written", async () => {
  const all = [
    {
      summary: "Your query returned no results.",
      address: 'data.aws_ecr_image.i_1["dev/wbot-ai:v1 must have been pushed"]',
    },
    { summary: "Failed to save state", detail: "Error saving state: 403" },
    { summary: "Failed to persist state to backend", detail: "terraform state push errored.tfstate" },
  ];
  expect(await said(errors(...all))).toBe(
    `  images-to-push/wbot-ai:v1 (aws_ecr_image): dev/wbot-ai:v1 must have been pushed: Your query returned no results.\n\n  The state of infra could not be written: it is only in ${folder.path}/errored.tfstate, secrets included. The next command that deploys or destroys it writes it first.`,
  );
});

it.each([
  [
    { ...print('\u001b[31mError:\u001b[0m no terraform version set\n{"type":"diag'), code: 1 },
    "Error: no terraform version set",
  ],
  [{ code: 4 }, "exited with code 4"],
])("says what a program around Terraform says, or how it ended: %j", async (plan, text) => {
  expect(await said(plan)).toBe(`  ${text}`);
});

it("says that Terraform was killed, which it can't itself, and what to do", async () => {
  const killed =
    "  Terraform was killed (SIGKILL), which happens when memory runs out. Run the same command again: it continues where this run stopped, or names what this run left in its way, such as the state lock.";
  expect(await said({ ...print("Killed"), code: 137 })).toBe(`  Killed\n\n${killed}`);
  const ran = { code: 1, stdout: "", stderr: "", killedBy: "SIGKILL" };
  expect(() => {
    refuseFailed(folder, "Applying", ran);
  }).toThrow(new Error(`Applying infra failed:\n\n${killed}`));
});

it("shows nothing of an error that a terminal or GitHub's runner would obey", async () => {
  const detail = "::error::x\n##[add-mask]e";
  expect(await said(errors({ summary: "\u001b[31m10 %\r100 %\u202e\u001b[0m", detail }))).toBe(
    "  10 %\\u000d100 %\\u202e\n    \\u003a:error::x\n    ##\\u005badd-mask]e",
  );
  expect(await said(refusing("::error::x"))).toBe("  \\u003a:error::x");
});

describe("a locked state", () => {
  const LOCKED = {
    summary: "Error acquiring the state lock",
    detail: `ConditionalCheckFailedException\nLock Info:\n  ID:        6a1b-22\n  Path:      wbot/dev/infra.tfstate\n  Operation: OperationTypeApply\n  Who:       ann@desk\n  Version:   1.11.4\n  Created:   2026-01-01 10:00:00.123456789 +0000 UTC\n  Info:      \n\n\nTerraform acquires a state lock … use the "-lock=false"\nflag, but this is not recommended.`,
  };

  it("is reported with who holds it, and the whole command that releases it", async () => {
    expect(await said(errors(LOCKED))).toBe(
      "  The state of infra has been locked by ann@desk since 2026-01-01 10:00:00 +0000 UTC (apply).\n" +
        "  If that run is still going, wait for it. If it was killed, release its lock: npx wbot state unlock infra 6a1b-22 --env dev",
    );
  });

  it.each([
    [
      "acquiring",
      'Terraform acquires a state lock to protect the state …\nyou can disable locking with the "-lock=false"\nflag.',
    ],
    [
      "releasing",
      'OpenTofu acquires a lock when accessing your state …\n\nplease call the "force-unlock" command.',
    ],
  ])("gets no advice to do without locks, after an error %s one", async (doing, advice) => {
    const why = "Error message: operation error S3: PutObject, api error AccessDenied: Access Denied";
    const detail = `${why}\n\n${advice}`;
    expect(await said(errors({ summary: `Error ${doing} the state lock`, detail }))).toBe(
      `  The lock of the state of infra can't be taken or released:\n    ${why}`,
    );
  });

  it("that this run can't release is reported with the reason, not as another run's", async () => {
    const text = await said(errors({ ...LOCKED, summary: "Error releasing the state lock" }));
    expect(text).toMatch(
      /^ {2}The lock of the state of infra can't be taken or released:\n {4}ConditionalCheckFailedException\n {4}Lock Info:\n {6}ID: +6a1b-22\n/,
    );
    expect(text).not.toMatch(/has been locked by|-lock=false/);
  });

  it("of the bootstrap stack is released by Terraform itself", async () => {
    expect(await said(errors(LOCKED), { ...folder, stack: "bootstrap" })).toContain(
      `release its lock: ${folder.path}/terraform -chdir=${folder.path} force-unlock 6a1b-22`,
    );
  });
});

it.each([
  ["Resource instance managed by newer provider version", /only go forward: keep the newer version\./],
  [
    "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
    /Somebody deleted it, and its name is still taken: docs\/runbooks\/secret\.md, step 3\.$/,
  ],
  ["Unauthorized", /docs\/recovery\.md, "Locked out of the cluster"\.$/],
  [
    'namespaces "wbot" is forbidden: User "arn:aws:sts::1:assumed-role/new/me" cannot get resource "namespaces"',
    /docs\/recovery\.md, "Locked out of the cluster"\.$/,
  ],
  [
    'Get "http://localhost/api/v1/namespaces/traefik": connection refused',
    /isn.t in this state\. If .* offer to remove those objects from the state\./,
  ],
  [
    "When applying changes to helm_release.x, the provider produced an unexpected new value: .metadata.revision: was 2",
    /had left unfinished\. Run the same command again to finish the deploy\./,
  ],
  [
    'Internal error occurred: failed calling webhook "vtargetgroupbinding.elbv2.k8s.aws": connection refused',
    /may have only just started: run the same command again\./,
  ],
  // Seen with a change of `tags` that also turned Loki off.
  [
    'Cycle: aws_kms_key.key, provider["hashicorp/helm"], helm_release.loki (destroy)',
    /First deploy only the change that turns a part off .+, then the rest/,
  ],
  ...["updating ElastiCache User (wbot-dev): x", "waiting for ElastiCache User (wbot-dev) update: x"].map(
    (summary): [string, RegExp] => [
      summary,
      /down if it is odd, up if it is even, and deploy infra: that sends both passwords/,
    ],
  ),
])("explains %j", async (summary, hint) => {
  expect(await said(errors({ summary }))).toMatch(hint);
});

it.each([
  "waiting for ElastiCache User (wbot-dev) create: x",
  "updating ElastiCache User Group (wbot-dev): x",
  "could not download chart: GET https://charts.test/token: 401 Unauthorized",
])("has nothing to add to %j", async (summary) => {
  expect(await said(errors({ summary }))).toBe(`  ${summary}`);
});
