import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ParentCommand } from "../../stacks/parent-command";
import { guard } from "../../stacks/guard";
import { loadEnvironment } from "../../environments";
import { localState } from "../../environments/local-state";

const dev = loadEnvironment("dev");

/** A PATH with only an aws command that would fail. */
let folder: string;
const path = process.env["PATH"];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-guard-"));
  process.env["PATH"] = folder;
  writeFileSync(join(folder, "aws"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});

it.each(["deploy", "diff", "destroy"])("says before %s that nothing can sign in to the cluster", (name) => {
  const command = { name, stacks: ["infra", "app"] };
  guard(dev, command);
  rmSync(join(folder, "aws"));
  // Here it is, but can't be run.
  writeFileSync(join(folder, "aws"), "");
  expect(() => {
    guard(dev, command);
  }).toThrow(
    '"aws" is not on the PATH, and Terraform needs it to sign in to the cluster. Install the AWS CLI, version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  );
});

it.each(["deploy", "diff", "destroy"])("refuses a variable that would change what %s does", (name) => {
  process.env["TF_CLI_ARGS_plan"] = "-destroy";
  try {
    expect(() => {
      guard(dev, { name, stacks: ["infra", "app"] });
    }).toThrow("TF_CLI_ARGS_plan is set: ");
  } finally {
    delete process.env["TF_CLI_ARGS_plan"];
  }
});

it("doesn't need it for synth, or outside cdktf", () => {
  process.env["PATH"] = "";
  guard(dev, { name: "synth", stacks: [] });
  guard(dev, undefined);
});

it("refuses to destroy a protected environment, and says how to", () => {
  expect(() => {
    guard(loadEnvironment("prod"), { name: "destroy", stacks: ["infra", "app"] });
  }).toThrow(
    'The environment "prod" is protected. Nothing was destroyed. To destroy it, set protection to false in environments/prod.ts and run:\n\n' +
      "  WBOT_ENV=prod npx cdktf deploy infra app\n  WBOT_ENV=prod npx cdktf destroy infra app",
  );
});

describe("local state files of an environment that keeps its state in a bucket", () => {
  const own = loadEnvironment("staging", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
  const file = localState("unmoved", "infra");
  const unmoved = { ...own, name: "unmoved" };
  afterEach(() => {
    rmSync(file, { force: true });
  });

  it.each(["deploy", "diff", "destroy"])("stop %s with the command that moves them", (name) => {
    writeFileSync(file, "{}");
    expect(() => {
      guard(unmoved, { name, stacks: ["infra"] });
    }).toThrow(
      'The environment "unmoved" keeps its state in the bucket a-bucket, but there are local state files too (terraform.unmoved.infra.tfstate). To move them to the bucket:\n\n' +
        "  npx wbot state move --env unmoved\n",
    );
  });
});

describe("the Kubernetes version", () => {
  // Nobody's environment, so that nobody's state is touched.
  const name = "guard-test";
  const state = localState(name, "infra");
  const recorded = (version: string) => {
    const cluster = { type: "aws_eks_cluster", instances: [{ attributes: { version } }] };
    writeFileSync(state, JSON.stringify({ resources: [{ type: "aws_vpc", instances: [] }, cluster] }));
  };
  const synthesized = (version: "1.35" | "1.36", command?: ParentCommand) => {
    guard({ ...dev, name, cluster: { ...dev.cluster, version } }, command);
  };
  afterEach(() => {
    rmSync(state, { force: true });
  });

  it.each([
    [
      "two minor versions up",
      "1.34",
      "1.36",
      'cluster.version of the environment "guard-test" is "1.36", but the cluster runs 1.34, and EKS upgrades one minor version at a time, not to 1.36 (terraform.guard-test.infra.tfstate). Set it to "1.35" in environments/guard-test.ts. See docs/runbooks/upgrade.md for upgrades.',
    ],
    [
      "one back",
      "1.36",
      "1.35",
      'cluster.version of the environment "guard-test" is "1.35", but the cluster runs 1.36, and no deploy takes it back to 1.35; only the steps under "Back, within seven days" in docs/runbooks/upgrade.md do (terraform.guard-test.infra.tfstate). Set it to "1.36" in environments/guard-test.ts. See docs/runbooks/upgrade.md for upgrades.',
    ],
  ] as const)("is refused at synth where it is %s", (_, running, wanted, message) => {
    recorded(running);
    expect(() => {
      synthesized(wanted);
    }).toThrow(new Error(message));
  });

  it("is accepted if it is the same, one minor version up, or if nothing is recorded", () => {
    synthesized("1.36");
    for (const running of ["1.35", "1.36"]) {
      recorded(running);
      synthesized("1.36");
    }
    writeFileSync(state, JSON.stringify({ version: 4, resources: [] }));
    synthesized("1.36");
  });

  it.each([
    ["empty", ""],
    ["cut", '{"version": 4, "resources": [{"type": "aws_eks_cl'],
  ])("is left to Terraform where the state is %s", (_, content) => {
    writeFileSync(state, content);
    expect(() => {
      synthesized("1.36");
    }).not.toThrow();
  });

  it("doesn't stop a destroy", () => {
    recorded("1.34");
    synthesized("1.36", { name: "destroy", stacks: ["infra", "app"] });
  });
});
