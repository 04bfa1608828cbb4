import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROTECTION } from "../../commands/ci/rules";
import { CHECKS } from "../../commands/preflight/checks";
import { rolesOf } from "../../constructs/ci/ci-roles";
import { ciTargetOf } from "../../constructs/ci/policies/policy";
import { loadEnvironment } from "../../environments";
import { SERVICE_KEYS } from "../../environments/services";
import { streamTimes } from "../../environments/stream-times";
import { action, GITHUB, jobs, steps, texts, triggers, workflows, type Job } from "./workflow-files";
import { IN_USE } from "../in-use";

/** What actionlint doesn't know of the workflows. */

const WITH_CI = {
  account: "111122223333",
  state: { kind: "s3", bucket: "wbot-state" },
  ci: { repository: "example/wbot", runner: "wbot" },
} as const;

/** Those that are shipped, and each in use with ci: not loaded, since other settings may be in a variable. */
const DELIVERED = new Set([
  ...["dev", "staging", "prod"],
  ...Object.entries(IN_USE).flatMap(([name, { ci }]) => (ci ? [name] : [])),
]);
const TURNS = jobs.filter(([, job]) => job.uses === "./.github/workflows/environment.yml");

const named = (wrong: (job: Job, file: string) => boolean) =>
  jobs.filter(([name, job]) => wrong(job, name.split(":")[0] ?? "")).map(([name]) => name);

it("pins every action of others by its commit, with the version beside it", () => {
  const uses = Object.entries(texts).flatMap(([file, text]) =>
    [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map((match) => `${file}: ${match[1] ?? ""}`),
  );
  expect(uses.length).toBeGreaterThan(20);
  expect(
    uses.filter((line) => !/: (\.\/\.github\/\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(line)),
  ).toEqual([]);
});

it("pins an action by one commit everywhere", () => {
  const pins = new Map<string, Set<string>>();
  for (const text of Object.values(texts))
    for (const [, action, pin] of text.matchAll(/uses: ([\w/-]+)@(.*)$/gm))
      pins.set(action ?? "", (pins.get(action ?? "") ?? new Set()).add(pin ?? ""));
  expect([...pins].filter(([, all]) => all.size > 1)).toEqual([]);
});

it("gives no workflow a right by itself, and each job only those that it names", () => {
  for (const workflow of Object.values(workflows)) expect(workflow.permissions).toEqual({});
  expect(named((job) => job.permissions === undefined)).toEqual([]);
});

it("lets only these jobs write anything", () => {
  const writes = jobs.flatMap(([name, { permissions }]) =>
    Object.entries(permissions ?? {})
      .filter(([right, level]) => level === "write" && right !== "id-token")
      .map(([right]) => `${name}: ${right}`),
  );
  expect(writes.sort()).toEqual(["diff.yml: comment: pull-requests", "drift.yml: issue: issues"]);
});

it("keeps AWS's credentials out of the jobs that write to GitHub", () => {
  expect(
    named(
      ({ permissions = {} }) => Object.values(permissions).filter((level) => level === "write").length > 1,
    ),
  ).toEqual([]);
});

it("gives a bot's pull request no identity, whatever its name, nor one opened with a person's token", () => {
  const { settings, plan } = workflows["diff.yml"]?.jobs ?? {};
  expect(settings?.if?.split(" && ").slice(1)).toEqual([
    "github.event.pull_request.user.type != 'Bot'",
    "!startsWith(github.head_ref, 'renovate/')",
    "!startsWith(github.head_ref, 'dependabot/')",
  ]);
  // Skipped with what it needs: it has no status function.
  expect([plan?.needs, /\b(always|failure|cancelled)\(/.test(plan?.if ?? "")]).toEqual(["settings", false]);
  const renovate = readFileSync(join(GITHUB, "renovate.json"), "utf8");
  expect(renovate).not.toContain("branchPrefix");
});

it("gives a fork's pull request no identity", () => {
  const withIdentity = jobs.filter(
    ([, job, workflow]) =>
      triggers(workflow).includes("pull_request") && job.permissions?.["id-token"] !== undefined,
  );
  expect(withIdentity.map(([name]) => name)).toEqual(["diff.yml: plan"]);
  for (const [, job] of withIdentity)
    expect(job.if).toMatch(/^github\.event\.pull_request\.head\.repo\.full_name == github\.repository &&/);
});

it("has no secret in what a pull request or a branch runs", () => {
  const holding = Object.entries(texts).filter(([, text]) => text.includes("secrets."));
  expect(holding.map(([file]) => file)).toEqual(["send-image.yml"]);
});

it("puts nothing from outside into a script's text", () => {
  expect(steps.filter(({ run }) => run?.includes("${{"))).toEqual([]);
});

it("has scripts that stop at the first failure, also in a pipe", () => {
  // Without a shell that is named, GitHub leaves pipefail out.
  for (const [name, job] of jobs) {
    if (!job.steps?.some(({ run }) => run !== undefined)) continue;
    expect([name, texts[name.split(":")[0] ?? ""]]).toEqual([
      name,
      expect.stringContaining("defaults:\n  run:\n    shell: bash\n"),
    ]);
  }
});

it("has the scripts that it runs", () => {
  const scripts = steps.flatMap(({ run }) => [...(run ?? "").matchAll(/\.github\/scripts\/\S+\.sh/g)]);
  expect(new Set(scripts.map(([script]) => script)).size).toBe(12);
  for (const [script] of scripts) expect(existsSync(join(GITHUB, "..", script))).toBe(true);
});

it("has in its own action only scripts: actionlint, and shellcheck by it, look at workflows alone", () => {
  expect(action.length).toBeGreaterThan(3);
  const inline = action.filter(
    ({ run }) => run !== undefined && !/^\.github\/scripts\/[\w-]+\.sh$/.test(run),
  );
  expect(inline).toEqual([]);
});

it("takes no provider out of a kept folder that its lock file doesn't vouch for", () => {
  const breaking = /^[^#\n]*TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE/m;
  expect(Object.entries(texts).filter(([, text]) => breaking.test(text))).toEqual([]);
});

it("runs every check that merges wait for on each pull request, and on each commit of a merge queue", () => {
  const required = PROTECTION.required_status_checks.checks.map(({ context }) => context);
  const waitedFor = jobs.filter(([name]) => name.startsWith("ci.yml: "));
  // As GitHub names them: a check that no job reports is waited for for ever. docs/delivery.md sets the same.
  const reported = waitedFor.flatMap(([name, { strategy }]) => {
    const job = name.replace("ci.yml: ", "");
    const versions = strategy?.matrix["node"] as readonly number[] | undefined;
    return versions?.map((version) => `${job} (${version})`) ?? [job];
  });
  expect(required).toEqual(reported);
  // Without a filter: a check that is left out is waited for as well.
  for (const [, , { on }] of waitedFor) expect(on).toMatchObject({ pull_request: null, merge_group: null });
});

it("tests every version of Node.js that README names, once: the one in .nvmrc by verify, the others by ci.yml's matrix", () => {
  const read = (file: string) => readFileSync(join(GITHUB, "..", file), "utf8");
  const [, listed = ""] = /or newer \((.*) are tested\)/.exec(read("README.md")) ?? [];
  const matrix = workflows["ci.yml"]?.jobs["node"]?.strategy?.matrix["node"] as readonly number[];
  const tested = [...matrix, Number.parseInt(read(".nvmrc"), 10)];
  expect(tested.toSorted((one, other) => one - other)).toEqual(listed.split(/, | and /).map(Number));
  for (const file of ["README.md", "CONTRIBUTING.md"])
    expect(read(file).replaceAll("\n", " ")).toContain(
      `on Node.js ${matrix.slice(0, -1).join(", ")} and ${matrix.at(-1)}`,
    );
});

it("ends every job that hangs", () => {
  expect(named((job) => job.uses === undefined && job["timeout-minutes"] === undefined)).toEqual([]);
});

it("leaves no token of GitHub in the checkout", () => {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  expect(checkouts.length).toBeGreaterThan(5);
  expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
});

it("goes on after a job only if that wasn't stopped: to GitHub, one that reaches its time limit didn't fail", () => {
  const regardless = jobs.filter(([, job]) => job.if?.includes("!failure()"));
  expect(new Set(regardless.map(([name]) => name))).toEqual(
    new Set([
      ...TURNS.map(([name]) => name).filter((name) => !name.endsWith(": dev")),
      ...["environment.yml: plan", "environment.yml: approval", "environment.yml: deploy", "plan.yml: plan"],
    ]),
  );
  for (const [name, job] of regardless.filter(([, { needs }]) => needs !== undefined))
    expect([name, job.if]).toEqual([
      name,
      expect.stringMatching(
        /^\$\{\{ !failure\(\) && !cancelled\(\) && !contains\(needs\.\*\.result, 'cancelled'\) && /,
      ),
    ]);
});

it("asks for approval, or deploys nothing, whatever was skipped before", () => {
  const { plan, approval, deploy } = workflows["environment.yml"]?.jobs ?? {};
  for (const job of [plan, approval, workflows["plan.yml"]?.jobs["plan"]])
    expect(job?.if).toMatch(/^\$\{\{ !failure\(\) && !cancelled\(\) /);
  expect(approval?.if).toMatch(
    / && needs\.plan\.outputs\.changes == 'true' && inputs\.environment != 'dev' \}\}$/,
  );
  expect(deploy?.if).toMatch(
    / && needs\.plan\.outputs\.changes == 'true' && \(inputs\.environment == 'dev' \|\| needs\.approval\.result == 'success'\) \}\}$/,
  );
});

it("pushes a state again only after a deploy that began", () => {
  const all = workflows["environment.yml"]?.jobs["deploy"]?.steps ?? [];
  const deploy = all.findIndex(({ id }) => id === "deploy");
  expect(all[deploy]?.run).toContain("deploy.sh");
  expect(all.slice(deploy + 1).map((step) => step.if)).toEqual(
    Array(2).fill("${{ (failure() || cancelled()) && steps.deploy.outcome != 'skipped' }}"),
  );
  expect(all.at(-1)?.run).toBe(".github/scripts/push-state.sh");
});

it("lets a deploy take as long as Terraform waits for nodes and the control plane, within the role's session", () => {
  const { "timeout-minutes": limit = 0, steps: all = [] } =
    workflows["environment.yml"]?.jobs["deploy"] ?? {};
  const sessions = all.flatMap((step) => step.with?.["role-duration-seconds"] ?? []);
  const [, role] = rolesOf(ciTargetOf(loadEnvironment("dev", { overrides: WITH_CI })));
  const controlPlane = 45;
  expect(limit).toBeGreaterThan(streamTimes(loadEnvironment("prod")).nodeGroup / 60 + controlPlane);
  expect(sessions).toEqual([3600 * (role?.hours ?? 0), 3600 * (role?.hours ?? 0)]);
  expect(limit * 60).toBeLessThan(sessions[0] as number);
});

it("says to let CodeBuild's runner live as long as any job", () => {
  const page = readFileSync(join(GITHUB, "..", "docs", "delivery.md"), "utf8");
  const minutes = Number(/CodeBuild: set the project's timeout to (\d+) minutes/.exec(page)?.[1]);
  expect(minutes).toBeGreaterThan(Math.max(...jobs.map(([, job]) => job["timeout-minutes"] ?? 0)));
});

it("takes only what a person starts, without an image, for started by hand", () => {
  const [, step] = workflows["environment.yml"]?.jobs["approval"]?.steps ?? [];
  expect(step?.env?.["BY_HAND"]).toBe(
    "${{ github.event_name == 'workflow_dispatch' && inputs.image == '' && github.event.sender.type == 'User' }}",
  );
});

it("reports as drift, too, that the settings can't be read, and leaves no earlier diff on the pull request then", () => {
  const { issue } = workflows["drift.yml"]?.jobs ?? {};
  expect(issue?.if).toContain('!contains(fromJSON(\'["success","skipped"]\'), needs.settings.result)');
  expect(workflows["diff.yml"]?.jobs["comment"]?.if).toBe(issue?.if);
});

it("looks each night at all that ends by itself, with checks that there are", () => {
  const checks = String(workflows["drift.yml"]?.jobs["plan"]?.with?.["checks"]).split(" ");
  expect(checks).toEqual(["images", "nodes", "kubernetes", "add-ons"]);
  expect(Object.keys(CHECKS)).toEqual(expect.arrayContaining(checks));
});

it("has Prometheus for the tests of alerts before the tests run", () => {
  const runs = workflows["ci.yml"]?.jobs["verify"]?.steps?.flatMap(({ run }) => run ?? []) ?? [];
  expect(runs.findIndex((run) => run === ".ci/prometheus")).toBeLessThan(
    runs.findIndex((run) => run.includes("verify")),
  );
  expect(runs).toContain(".ci/prometheus");
});

it("has scripts for macOS's Bash, 3.2, on which their tests may run", () => {
  const scripts = readdirSync(join(GITHUB, "scripts")).map((name) =>
    readFileSync(join(GITHUB, "scripts", name), "utf8"),
  );
  const newer = /\$\{\w+(@[A-Z]|\^|,)|\b(mapfile|readarray|declare -A|local -n|wait -n)\b|&>>|\|&/;
  for (const text of [...scripts, ...steps.flatMap(({ run }) => run ?? [])]) expect(text).not.toMatch(newer);
});

it("takes the deploy role in one place only, behind the environment's approval", () => {
  const deploying = jobs.filter(([, job]) => JSON.stringify(job.steps ?? []).includes("deploy-role"));
  expect(deploying.map(([name]) => name)).toEqual(["environment.yml: deploy"]);
  expect(deploying[0]?.[1].environment).toMatchObject({ name: "${{ inputs.environment }}" });
});

it("plans nothing but pull requests of an older commit than main's, and looks before anything else", () => {
  const [checkout, newest] = workflows["plan.yml"]?.jobs["plan"]?.steps ?? [];
  expect(checkout?.uses).toMatch(/^actions\/checkout@/);
  expect(newest).toEqual({
    if: "github.event_name != 'pull_request'",
    env: {
      ENVIRONMENT: "${{ inputs.environment }}",
      IMAGE: "${{ inputs.image }}",
      COMMIT: "${{ github.sha }}",
      GH_TOKEN: "${{ github.token }}",
    },
    run: ".github/scripts/newest.sh",
  });
});

it("lets one change at a time into an environment, and loses none that waits", () => {
  for (const [, { concurrency, with: inputs }] of TURNS)
    expect(concurrency).toEqual({
      group: `deploy-${inputs?.["environment"] ?? ""}`,
      "cancel-in-progress": false,
      queue: "max",
    });
});

it.each([...DELIVERED])("delivers %s: its merges and images, with its settings, also by hand", (name) => {
  for (const file of ["deploy.yml", "image.yml"])
    expect(Object.fromEntries(TURNS)[`${file}: ${name}`]).toMatchObject({
      if: expect.stringContaining(`fromJSON(needs.settings.outputs.environments || '[]'), '${name}')`),
      with: { environment: name, settings: `\${{ needs.settings.outputs.${name} }}` },
    });
  expect(workflows["deploy.yml"]?.on).toMatchObject({
    workflow_dispatch: { inputs: { environment: { options: expect.arrayContaining([name]) } } },
  });
  const { on, jobs: { settings } = {} } = workflows["settings.yml"] ?? {};
  expect(settings).toMatchObject({ outputs: { [name]: `\${{ steps.settings.outputs.${name} }}` } });
  expect(on).toMatchObject({
    workflow_call: { outputs: { [name]: { value: `\${{ jobs.settings.outputs.${name} }}` } } },
  });
  const script = readFileSync(join(GITHUB, "scripts", "local-settings.sh"), "utf8");
  expect(/^for name in (.*); do$/m.exec(script)?.[1]?.split(" ")).toContain(name);
});

it("checks an image for app alone, which it is deployed to: infra may have to wait for it, such as for other nodes", () => {
  const runs = workflows["plan.yml"]?.jobs["plan"]?.steps?.flatMap(({ run }) => run ?? []) ?? [];
  expect(runs).toContain('npx wbot preflight app --env "$ENVIRONMENT" --only images');
});

it("rolls out an image of every service", () => {
  expect(workflows["image.yml"]?.on).toMatchObject({
    workflow_dispatch: { inputs: { service: { type: "choice", options: SERVICE_KEYS } } },
  });
});

it("only runs by hand what main holds", () => {
  const byHand = Object.entries(workflows).filter(([, each]) => triggers(each).includes("workflow_dispatch"));
  expect(byHand.map(([file]) => file)).toEqual(["deploy.yml", "drift.yml", "image.yml"]);
  for (const [, { jobs: all }] of byHand)
    expect(Object.values(all)[0]?.if).toBe("github.ref == 'refs/heads/main'");
});
